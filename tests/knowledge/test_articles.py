"""What is done with articles, from the draft to the old address."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.extensions import db
from portal.knowledge import actions, queries
from portal.knowledge.background import remind_owners
from portal.knowledge.compare import Line, compared
from portal.knowledge.models import DRAFT, PUBLISHED, RETIRED, ArticleVersion
from portal.mail.models import OutboxMessage
from portal.refusal import Conflict, Refusal
from portal.search.models import AvoidedRequest, Document
from portal.search.queries import about
from portal.web.moment import as_if, now
from tests.builders import TUESDAY_10, a_person, a_segment, a_service
from tests.knowledge.articles import a_draft, an_article, publish, rewrite, say

pytestmark = pytest.mark.usefixtures("app")


def found(person: object) -> list[str]:
    return [reading.text.title for reading in queries.articles_for(person, size=50)]  # type: ignore[arg-type]


def documents() -> list[Document]:
    return list(db.session.scalars(select(Document).where(Document.kind == "article").order_by(Document.key)))


def test_a_draft_is_seen_by_nobody_who_reads() -> None:
    article = a_draft()
    assert article.state == DRAFT
    assert found(a_person()) == []
    assert queries.find_reading(a_person(), article.slug) is None
    assert documents() == []


def test_publishing_makes_a_version_that_is_found() -> None:
    service, writer = a_service("Printing"), a_person(roles=("agent",))
    article = an_article(writer, services=[service])
    assert (article.state, article.number) == (PUBLISHED, 1)
    assert found(a_person()) == [article.title]
    assert [one.address for one in about(a_person(), service.slug, kinds=["article"], at=now())] == [
        f"/knowledge/{article.slug}"
    ]


@pytest.mark.both_databases
def test_a_published_version_never_changes() -> None:
    article = an_article()
    db.session.commit()
    for statement in ("UPDATE article_version SET body = 'x'", "DELETE FROM article_version"):
        with pytest.raises(DBAPIError, match="never changes"):
            db.session.execute(text(statement))
        db.session.rollback()
    version = queries.find_version(article, 1)
    assert version is not None and version.body.startswith("Turn it")


def test_a_new_draft_changes_nothing_for_readers_until_it_is_published() -> None:
    writer, reader = a_person(roles=("agent",)), a_person()
    article = an_article(writer, title="Old words")
    rewrite(article, writer, title="New words")
    assert found(reader) == ["Old words"]
    assert documents()[0].title == "Old words"
    publish(article, writer, note="Better words")
    assert found(reader) == ["New words"]
    assert documents()[0].title == "New words"
    assert [(one.number, one.change_note) for one in queries.versions(article)] == [(2, "Better words"), (1, "New")]


def test_the_same_words_are_not_published_twice() -> None:
    writer = a_person(roles=("agent",))
    article = an_article(writer)
    with pytest.raises(Refusal, match="Nothing was changed"):
        publish(article, writer)


def test_an_address_stays_when_the_title_changes_and_two_never_share_one() -> None:
    writer = a_person(roles=("agent",))
    first, second = an_article(writer, title="Łódź: VPN?"), an_article(writer, title="Łódź, VPN")
    assert (first.slug, second.slug) == ("lodz-vpn", "lodz-vpn-2")
    rewrite(first, writer, title="Another title")
    publish(first, writer)
    assert first.slug == "lodz-vpn"
    assert a_draft(title="New").slug == "new-2"
    assert a_draft(title="写作").slug == "article"


def test_an_article_is_read_by_the_segments_it_is_meant_for_only() -> None:
    finance, plant = a_segment("Finance"), a_segment("Plant")
    service = a_service()
    article = an_article(segments=[finance], services=[service])
    inside, outside = a_person(segment=finance), a_person(segment=plant)
    assert found(inside) == [article.title]
    assert found(outside) == found(a_person()) == []
    assert queries.find_reading(inside, article.slug) is not None
    assert queries.find_reading(outside, article.slug) is None
    assert queries.shelves_for(outside) == []
    assert about(outside, service.slug, kinds=["article"], at=now()) == []
    assert len(about(inside, service.slug, kinds=["article"], at=now())) == 1


def test_meaning_it_for_others_takes_effect_with_the_next_version() -> None:
    finance, writer = a_segment("Finance"), a_person(roles=("agent",))
    article = an_article(writer)
    rewrite(article, writer, segments=["finance"])
    assert found(a_person()) == [article.title]
    publish(article, writer)
    assert found(a_person()) == []
    assert found(a_person(segment=finance)) == [article.title]
    assert not documents()[0].for_everyone


def test_an_article_for_a_group_that_is_gone_is_for_nobody() -> None:
    writer = a_person(roles=("agent",))
    article = an_article(writer)
    rewrite(article, writer, segments=["gone"])
    publish(article, writer)
    assert found(a_person()) == []
    assert documents() == []


def test_two_writers_do_not_undo_each_others_work() -> None:
    writer, other = a_person(roles=("agent",)), a_person(roles=("agent",))
    article = a_draft(writer)
    seen = article.version
    rewrite(article, other, title="Quicker")
    standing = actions.Written(title="Slower", summary="s", body="b")
    with pytest.raises(Conflict):
        actions.save(article, standing, version=seen, by=writer, at=TUESDAY_10)
    with pytest.raises(Conflict):
        actions.publish(article, note="n", version=seen, by=writer, at=TUESDAY_10)
    assert article.title == "Quicker"


def test_a_retired_article_is_not_found_and_may_come_back() -> None:
    writer = a_person(roles=("agent",))
    article = an_article(writer)
    actions.retire(article, why="The printers are gone.", version=article.version, by=writer, at=TUESDAY_10)
    assert article.state == RETIRED
    assert found(a_person()) == []
    assert documents() == []
    with pytest.raises(Refusal):
        actions.retire(article, why="Again", version=article.version, by=writer, at=TUESDAY_10)
    publish(article, writer, note="They are back")
    assert (article.state, article.number, article.retired_why) == (PUBLISHED, 2, None)
    assert found(a_person()) == [article.title]


def test_each_person_counts_once_and_may_think_again() -> None:
    article, reader, other = an_article(), a_person(), a_person()
    say(article, reader, solved=True)
    say(article, reader, solved=True)
    assert (article.helped, article.judged) == (1, 1)
    say(article, other, solved=False, missing="Which button?")
    say(article, reader, solved=False)
    assert (article.helped, article.judged) == (0, 2)
    assert [one.missing for one in queries.missing_words(article, 1)] == ["Which button?"]
    say(article, other, solved=True)
    assert (article.helped, article.judged) == (1, 2)
    assert queries.missing_words(article, 1) == []


def test_a_yes_is_counted_as_a_request_that_was_not_needed_once_a_day() -> None:
    service = a_service()
    article, reader = an_article(services=[service]), a_person()
    say(article, reader, solved=False)
    assert db.session.scalars(select(AvoidedRequest)).all() == []
    say(article, reader, solved=True)
    say(article, reader, solved=False)
    say(article, reader, solved=True)
    counted = db.session.scalars(select(AvoidedRequest)).all()
    assert [(one.kind, one.key, one.service) for one in counted] == [("article", article.slug, service.slug)]


def test_each_version_is_judged_for_itself() -> None:
    writer = a_person(roles=("agent",))
    article = an_article(writer)
    readers = [a_person() for _ in range(3)]
    for reader in readers:
        say(article, reader, solved=False)
    rewrite(article, writer, body="Better")
    publish(article, writer, note="Better")
    say(article, readers[0], solved=True)
    judged = queries.judgements(article)
    assert {number: (share.x, share.n) for number, share in judged.items()} == {1: (0, 3), 2: (1, 1)}


def test_what_helped_most_comes_first() -> None:
    first, second = an_article(title="First"), an_article(title="Second")
    say(second, a_person(), solved=True)
    assert found(a_person()) == ["Second", "First"]
    assert first.helped == 0


def test_the_owner_is_reminded_once_when_the_day_has_come() -> None:
    owner = a_person("Olga Owner", roles=("agent",))
    an_article(owner, owner=owner, review_on=date(2026, 4, 20), title="Old one")
    an_article(owner, owner=owner, review_on=date(2027, 4, 20))
    a_draft(owner, owner=owner, review_on=date(2026, 4, 15))
    with as_if(TUESDAY_10):
        remind_owners()
    assert db.session.scalars(select(OutboxMessage)).all() == []
    with as_if(TUESDAY_10 + timedelta(days=6)):
        remind_owners()
        remind_owners()
    mails = db.session.scalars(select(OutboxMessage)).all()
    assert [mail.subject for mail in mails] == ["Is this article still right? Old one"]
    assert "/knowledge/old-one/versions" in mails[0].body


def test_an_article_that_was_checked_is_due_again_on_its_new_day() -> None:
    owner = a_person(roles=("agent",))
    article = an_article(owner, owner=owner, review_on=date(2026, 4, 20))
    later = TUESDAY_10 + timedelta(days=6)
    with as_if(later):
        remind_owners()
        actions.look_again(article, review_on=date(2026, 5, 4), version=article.version, by=owner, at=later)
        assert (article.checked_on, article.checked_by_id) == (date(2026, 4, 20), owner.id)
        with pytest.raises(Refusal, match="day to come"):
            actions.look_again(article, review_on=date(2026, 4, 20), version=article.version, by=owner, at=later)
    with as_if(TUESDAY_10 + timedelta(days=20)):
        remind_owners()
    assert db.session.query(OutboxMessage).count() == 2


def test_what_differs_is_told_line_by_line() -> None:
    old = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine"
    new = "one\nTWO\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten"
    how = [(line.how, line.words) for line in compared(old, new)]
    assert ("gone", "two") in how and ("added", "TWO") in how and ("added", "ten") in how
    assert ("left_out", "") in how and ("same", "five") not in how
    assert compared(old, old) == []
    assert compared("", "new") == [Line("added", "new")]


def test_the_writer_of_a_version_is_who_wrote_it_not_who_published_it() -> None:
    writer, other = a_person(roles=("agent",)), a_person(roles=("communicator",))
    article = a_draft(writer)
    publish(article, other)
    version = db.session.get(ArticleVersion, (article.id, 1))
    assert version is not None and version.written_by_id == writer.id
    assert article.checked_by_id == other.id
