"""The pages of articles, as readers and writers see them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.knowledge import actions, queries
from portal.knowledge.models import Article
from portal.people.models import Person
from portal.search.models import AvoidedRequest
from tests.builders import TUESDAY_10, a_person, a_segment, a_service
from tests.knowledge.articles import a_draft, an_article, publish, rewrite, say
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]


@pytest.fixture
def writer(app: object) -> Person:
    return a_person("Wanda Writer", roles=("agent",))


def retire(article: Article, writer: Person) -> None:
    actions.retire(article, why="The old printers are gone.", version=article.version, by=writer, at=TUESDAY_10)


# --- reading -----------------------------------------------------------------------------------------------------


def test_the_list_shows_what_one_may_read(visitor: Browser) -> None:
    plant = a_segment("Plant")
    service = a_service("Printing")
    an_article(title="For all", services=[service])
    an_article(title="For the plant", segments=[plant])
    page = visitor(a_person()).get("/knowledge")
    assert "For all" in page.words and "For the plant" not in page.words
    assert f"/knowledge?category={service.category.slug}" in page.links()
    assert "For the plant" in visitor(a_person(segment=plant)).get("/knowledge").words


def test_the_list_is_narrowed_by_category_and_service_and_goes_on(visitor: Browser) -> None:
    service = a_service("Printing")
    for number in range(32):
        an_article(title=f"Paper {number}", services=[service])
    an_article(title="Something about screens", services=[a_service("Screens")])
    browser = visitor(a_person())
    page = browser.get(f"/knowledge?category={service.category.slug}")
    assert "Something about screens" not in page.words
    more = next(link for link in page.links() if "after=30" in link)
    assert "Paper 31" in browser.get(more).words
    assert "Paper 3" in browser.get(f"/knowledge?about={service.slug}").words
    assert "There is no article here" in browser.get("/knowledge?category=none").words


def test_an_article_is_read_as_it_was_written(visitor: Browser, writer: Person) -> None:
    article = an_article(writer, body="# Do this\n\n1. Wait\n2. <b>Go</b> [on](javascript:x)", title="It hangs")
    page = visitor(a_person()).get(f"/knowledge/{article.slug}")
    assert page.heading == "It hangs"
    assert next(h.text for h in page.tree.iter("h2")) == "Do this"
    assert "<b>Go</b>" in page.words
    assert not [link for link in page.links() if link.startswith("javascript")]
    assert "Last checked" in page.words and "Wanda Writer" in page.words


def test_what_is_not_meant_for_one_is_not_there(visitor: Browser, writer: Person) -> None:
    hidden = an_article(writer, segments=[a_segment("Plant")])
    draft = a_draft(writer)
    for reader in (a_person(), writer):
        browser = visitor(reader)
        for slug in (hidden.slug, draft.slug, "nothing"):
            browser.get(f"/knowledge/{slug}", expect=404)
            browser.post(f"/knowledge/{slug}/solved", {"solved": "yes", "number": "1"}, expect=404)


def test_an_old_address_leads_to_a_sentence(visitor: Browser, writer: Person) -> None:
    service = a_service("Printing")
    article = an_article(writer, services=[service])
    retire(article, writer)
    page = visitor(a_person()).get(f"/knowledge/{article.slug}", expect=410)
    assert "not kept any more. The old printers are gone." in page.words
    assert f"/services/{service.slug}/ask" in page.links()
    visitor(a_person()).post(f"/knowledge/{article.slug}/solved", {"solved": "yes", "number": "1"}, expect=410)


# --- did this solve it? ------------------------------------------------------------------------------------------


def test_yes_is_thanked_for_and_counted(visitor: Browser) -> None:
    article = an_article()
    browser = visitor(a_person())
    answer = browser.submit(f"/knowledge/{article.slug}/solved", {"solved": "yes"}, at=f"/knowledge/{article.slug}")
    assert answer.location.endswith("#solved")
    assert "a request that was not needed" in browser.follow(answer).words
    db.session.refresh(article)
    assert (article.helped, article.judged) == (1, 1)
    assert db.session.query(AvoidedRequest).count() == 1


def test_no_leads_to_where_one_can_ask(visitor: Browser, writer: Person) -> None:
    service = a_service("Printing")
    other = a_service("Secret printing", for_segments=[a_segment("Plant")])
    article = an_article(writer, services=[service, other])
    browser = visitor(a_person())
    address = f"/knowledge/{article.slug}/solved"
    page = browser.follow(browser.post(address, {"solved": "no", "number": "1"}))
    assert f"/services/{service.slug}/ask" in page.links()
    assert "Secret printing" not in page.words
    browser.post(address, {"solved": "no", "number": "1", "missing": "Where is the button?"})
    assert "Where is the button?" in visitor(writer).get(f"/knowledge/{article.slug}/versions").words
    assert db.session.query(AvoidedRequest).count() == 0


def test_without_a_service_no_leads_to_something_else(visitor: Browser) -> None:
    article = an_article()
    browser = visitor(a_person())
    page = browser.follow(browser.post(f"/knowledge/{article.slug}/solved", {"solved": "no", "number": "1"}))
    assert "/services/something-else/ask" in page.links()


def test_a_vote_for_words_that_were_replaced_is_not_counted(visitor: Browser, writer: Person) -> None:
    article = an_article(writer)
    rewrite(article, writer, body="New words")
    publish(article, writer)
    browser = visitor(a_person())
    page = browser.follow(browser.post(f"/knowledge/{article.slug}/solved", {"solved": "yes", "number": "1"}))
    assert "changed while you read it" in page.words
    db.session.refresh(article)
    assert article.judged == 0


def test_bad_answers_are_refused_and_keep_what_was_typed(visitor: Browser) -> None:
    article = an_article()
    browser = visitor(a_person())
    address = f"/knowledge/{article.slug}/solved"
    browser.post(address, {"solved": "perhaps", "number": "1"}, expect=400)
    browser.post(address, {"solved": "no", "number": "1"})
    page = browser.post(address, {"solved": "no", "number": "1", "missing": "x" * 1001}, expect=422)
    assert "x" * 1001 in page.value("missing")
    browser.get(address, expect=405, review=False)
    visitor().post(address, {"solved": "yes", "number": "1"})


# --- writing -----------------------------------------------------------------------------------------------------


def test_an_article_is_written_looked_at_and_published(visitor: Browser, writer: Person) -> None:
    service, segment = a_service("Printing"), a_segment("Plant")
    browser = visitor(writer)
    words = {"title": "No paper", "summary": "Fill it.", "body": "Open **tray 2**.", "another": service.slug}
    answer = browser.submit("/knowledge/new", {**words, "segments": segment.slug})
    page = browser.follow(answer)
    assert page.heading == "No paper"
    assert "tray 2" in page.words and "Plant" in page.words and "Printing" in page.words
    visitor(a_person(segment=segment)).get("/knowledge/no-paper", expect=404)
    browser.submit("/knowledge/no-paper/publish", {"note": "The first words"}, at="/knowledge/no-paper/preview")
    assert "Open tray 2." in visitor(a_person(segment=segment)).get("/knowledge/no-paper").words
    visitor(a_person()).get("/knowledge/no-paper", expect=404)
    assert "The first words" in browser.get("/knowledge/no-paper/versions").words


def test_sending_the_same_form_twice_makes_one_article(visitor: Browser, writer: Person) -> None:
    browser = visitor(writer)
    form = browser.get("/knowledge/new").form_for("/knowledge/new")
    data = {**form, "title": "No paper", "summary": "Fill it.", "body": "Open it."}
    assert browser.post("/knowledge/new", data).location == browser.post("/knowledge/new", data).location
    assert db.session.query(Article).count() == 1


def test_what_is_missing_is_said_and_what_was_typed_is_kept(visitor: Browser, writer: Person) -> None:
    page = visitor(writer).submit("/knowledge/new", {"title": "", "summary": "s", "body": "My words"}, expect=422)
    assert "Enter a title." in page.words
    assert page.value("body").strip() == "My words"


def test_the_draft_is_kept_and_customers_read_the_old_words(visitor: Browser, writer: Person) -> None:
    service = a_service("Printing")
    article = an_article(writer, services=[service])
    browser = visitor(writer)
    address = f"/knowledge/{article.slug}/edit"
    browser.submit(address, {"body": "Quite new words", "services": service.slug})
    assert "Quite new words" not in visitor(a_person()).get(f"/knowledge/{article.slug}").words
    page = browser.get(f"/knowledge/{article.slug}/versions")
    assert "a draft that customers do not read yet" in page.words
    differs = browser.get(f"/knowledge/{article.slug}/compare?old=1")
    assert "Quite new words" in differs.words
    db.session.refresh(article)
    assert article.services == [service.slug]


def test_who_was_slower_keeps_the_text_and_is_told(visitor: Browser, writer: Person) -> None:
    article = a_draft(writer)
    browser, address = visitor(writer), f"/knowledge/{article.slug}/edit"
    form = browser.get(address).form_for(address)
    rewrite(article, a_person(roles=("agent",)), body="Somebody was quicker")
    page = browser.post(address, {**form, "body": "My long text"}, expect=409)
    assert "Your text is below, untouched" in page.words
    assert "Somebody was quicker" in page.words
    assert page.value("body").strip() == "My long text"
    browser.post(address, {**page.form_for(address), "body": "My long text"})
    db.session.refresh(article)
    assert article.body.strip() == "My long text"


def test_publishing_needs_a_note_and_the_words_that_one_saw(visitor: Browser, writer: Person) -> None:
    article = a_draft(writer)
    browser, address = visitor(writer), f"/knowledge/{article.slug}/publish"
    assert "Enter what is new." in browser.post(address, {"note": " ", "version": "1"}, expect=422).words
    assert browser.post(address, {"note": "New"}, expect=409).heading == article.title
    browser.post(address, {"note": "New", "version": str(article.version)})
    db.session.refresh(article)
    again = {"note": "Again", "version": str(article.version)}
    assert "Nothing was changed" in browser.post(address, again, expect=422).words


def test_an_article_is_checked_again(visitor: Browser, writer: Person) -> None:
    article = an_article(writer)
    browser, address = visitor(writer), f"/knowledge/{article.slug}/look-again"
    page = browser.post(address, {"review_on": "2001-01-01", "version": str(article.version)}, expect=422)
    assert "Choose a day to come." in page.words
    browser.submit(address, at=f"/knowledge/{article.slug}/versions")
    db.session.refresh(article)
    assert article.checked_by_id == writer.id
    browser.post(address, {"review_on": "2099-01-01", "version": "1"}, expect=409)


def test_an_article_is_retired_with_a_reason(visitor: Browser, writer: Person) -> None:
    article = an_article(writer)
    browser, address = visitor(writer), f"/knowledge/{article.slug}/retire"
    assert "Enter why." in browser.post(address, {"why": "", "version": str(article.version)}, expect=422).words
    browser.post(address, {"why": "Gone", "version": str(article.version - 1)}, expect=409)
    browser.submit(address, {"why": "They are gone."}, at=f"/knowledge/{article.slug}/versions")
    assert "They are gone." in visitor(a_person()).get(f"/knowledge/{article.slug}", expect=410).words
    assert article.title in browser.get("/knowledge/writing?view=retired").words


def test_the_register_has_its_views_and_is_silent_about_few(visitor: Browser, writer: Person) -> None:
    article = an_article(writer)
    for solved in (True, True, True, False):
        say(article, a_person(), solved=solved)
    browser = visitor(writer)
    assert "too few to say" in browser.get("/knowledge/writing").words
    say(article, a_person(), solved=True)
    assert "4 of 5" in browser.get("/knowledge/writing").words
    assert "4 of 5" in browser.get(f"/knowledge/{article.slug}/versions").words
    for view in queries.VIEWS:
        browser.get(f"/knowledge/writing?view={view}")
    browser.get("/knowledge/writing?view=none", expect=404)


def test_two_versions_are_compared(visitor: Browser, writer: Person) -> None:
    article = an_article(writer, body="Old line\nkept", title="T")
    rewrite(article, writer, body="New line\nkept", segments=[a_segment("Plant").slug])
    publish(article, writer)
    browser = visitor(writer)
    page = browser.get(f"/knowledge/{article.slug}/compare?old=1&new=2")
    assert "gone Old line" in page.words and "new New line" in page.words and "new plant" in page.words
    browser.get(f"/knowledge/{article.slug}/compare?old=1&new=9", expect=404)
    assert "They are the same." in browser.get(f"/knowledge/{article.slug}/compare").words
    browser.get(f"/knowledge/{a_draft(writer).slug}/compare", expect=404)


@pytest.mark.parametrize("deed", ["publish", "look-again", "retire"])
def test_deeds_of_writers_are_refused_to_strangers_and_to_a_look(visitor: Browser, deed: str) -> None:
    article = an_article()
    visitor(a_person()).post(f"/knowledge/{article.slug}/{deed}", {"version": "1"}, expect=403)
    assert visitor().post(f"/knowledge/{article.slug}/{deed}", {"version": "1"}).location.startswith("/sign-in")
    writer = visitor(a_person(roles=("communicator",)))
    writer.get(f"/knowledge/{article.slug}/{deed}", expect=405, review=False)
    writer.post(f"/knowledge/nothing/{deed}", {"version": "1"}, expect=404)


@pytest.mark.parametrize("address", ["writing", "new", "{slug}/edit", "{slug}/preview", "{slug}/versions"])
def test_pages_of_writers_are_for_writers(visitor: Browser, address: str) -> None:
    slug = an_article().slug
    where = f"/knowledge/{address.format(slug=slug)}"
    visitor(a_person()).get(where, expect=403)
    visitor(a_person(roles=("liaison",))).get(where, expect=403)
    visitor(a_person(roles=("specialist",))).get(where)


def test_the_pages_ask_the_database_the_same_however_much_there_is(visitor: Browser, writer: Person) -> None:
    service, reader = a_service(), a_person()
    article = an_article(writer, owner=writer, services=[service])
    addresses = ["/knowledge", f"/knowledge/{article.slug}"]
    desk = ["/knowledge/writing", f"/knowledge/{article.slug}/versions"]
    browsers = [(visitor(reader), one) for one in addresses] + [(visitor(writer), one) for one in desk]

    def asked() -> list[int]:
        numbers = []
        for browser, address in browsers:
            browser.get(address)
            with counted_statements() as seen:
                browser.get(address)
            numbers.append(len(seen))
        return numbers

    few = asked()
    for number in range(12):
        an_article(owner=a_person(roles=("agent",)), services=[service], title=f"More {number}")
        say(article, a_person(), solved=bool(number % 2), missing="More")
        rewrite(article, writer, body=f"Words {number}")
        publish(article, writer)
    assert asked() == few
    assert all(number <= limit for number, limit in zip(few, (4, 6, 5, 8), strict=True)), few
