"""What happened to a request: only added to, put right by newer words, told the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.requests import actions, queries, telling
from portal.requests.models import RequestEvent
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person
from tests.requests.conftest import Case
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]


def answer(case: Case, words: str) -> RequestEvent:
    event = actions.answer(case.request, words=words, by=case.agent, at=now())
    db.session.commit()
    return event


def correct_at(case: Case, event: RequestEvent) -> str:
    return f"{case.desk}/events/{event.id}/correct"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "statement", ["UPDATE request_event SET body = 'Another'", "DELETE FROM request_event WHERE kind = 'asked'"]
)
def test_the_database_itself_keeps_what_happened(case: Case, statement: str) -> None:
    db.session.commit()
    with pytest.raises(DatabaseError, match="never changes"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert [event.body for event in queries.public_events(case.request)] == ["Smoke comes out of the back."]


def test_what_was_put_right_is_read_in_its_newest_words_everywhere(visitor: Browser, case: Case) -> None:
    event = answer(case, "Come on Mnday.")
    desk = visitor(case.agent)
    assert correct_at(case, event) in desk.get(case.desk).links()
    for words in ("Come on Monday.", "Come on Monday, please."):
        made = desk.submit(correct_at(case, event), {"body": words})
        assert "It is put right." in desk.follow(made).words
    assert desk.get(correct_at(case, event)).value("body").strip() == "Come on Monday, please."
    assert len([one for one in queries.public_events(case.request) if one.kind == "corrected"]) == 2

    page = visitor(case.customer).get(case.page)
    assert "As first written; put right" in page.words and correct_at(case, event) not in page.links()
    shown = [" ".join("".join(one.itertext()).split()) for one in page.tree.findall(".//ol[@class='events']/li")]
    assert len(shown) == 3, "asked, answered with its older words folded, and what comes next"
    assert shown[1].index("Come on Monday, please.") < shown[1].index("Come on Mnday.")
    csv = visitor(case.customer).get(f"{case.page}.csv").html
    assert csv.index("Come on Monday, please.") < csv.index("As first written: Come on Mnday.")
    mails = [one.body for one in db.session.query(OutboxMessage).filter_by(to_address="anna@example.com")]
    assert len([one for one in mails if "has put right" in one]) == 2


def test_a_note_is_put_right_without_the_customer_hearing_of_it(visitor: Browser, case: Case) -> None:
    note = actions.note(case.request, words="She is angri.", by=case.agent, at=now())
    desk = visitor(case.agent)
    desk.submit(correct_at(case, note), {"body": "She is angry."})
    assert "She is angry." in desk.get(case.desk).words
    assert "angr" not in visitor(case.customer).get(case.page).words
    assert not [one for one in db.session.query(OutboxMessage) if "angr" in one.body]


def test_only_ones_own_words_are_put_right(visitor: Browser, case: Case) -> None:
    event = answer(case, "Come on Monday.")
    asked = queries.public_events(case.request)[0]
    address = correct_at(case, event)
    visitor(a_person(roles=("agent",))).post(address, {"body": "Never"}, expect=404)
    visitor(case.customer).post(address, {"body": "Never"}, expect=403)
    desk = visitor(case.agent)
    desk.get(correct_at(case, asked), expect=404)
    desk.get(f"{case.desk}/events/999999/correct", expect=404)
    desk.get(f"{case.desk}/events/nonsense/correct", expect=404)
    for words in ("", "Come on Monday.", "x" * 5001):
        assert desk.submit(address, {"body": words}, expect=422).value("body").strip() == words
    form = desk.get(address).form_for(address) | {"body": "Come on Tuesday."}
    first = desk.post(address, form)
    assert desk.post(address, form).location == first.location
    assert case.kinds().count("corrected") == 1


def test_who_cannot_be_proved_is_named_by_the_address_alone_everywhere(visitor: Browser, case: Case) -> None:
    data = {"unverified": "anna@elsewhere.example", "quoted": "On Monday Kyra wrote: hello"}
    actions.happen(case.request, "replied", None, now(), body="It is me.", data=data)
    db.session.commit()
    said = "Came by mail from anna@elsewhere.example. We could not prove who wrote it."
    for page in (visitor(case.customer).get(case.page), visitor(case.agent).get(case.desk)):
        assert said in page.words and "Earlier messages that this mail repeats" in page.words
        quoted = [one for one in page.tree.iter("details") if "On Monday Kyra wrote" in "".join(one.itertext())]
        assert len(quoted) == 1, "what is quoted is folded"
    csv = visitor(case.customer).get(f"{case.page}.csv").html
    assert said in csv and "anna@elsewhere.example wrote" in csv


def test_a_long_timeline_comes_in_parts_at_the_same_cost(visitor: Browser, case: Case) -> None:
    browser = visitor(case.customer)
    browser.get(case.page)
    with counted_statements() as short:
        browser.get(case.page)
    first = answer(case, "Number 0")
    for number in range(1, queries.EVENTS_SHOWN + 10):
        answer(case, f"Number {number},")
    actions.happen(case.request, "corrected", case.agent, now(), body="The very first", data={"event": first.id})
    db.session.commit()
    with counted_statements() as long:
        newest = browser.get(case.page)
    assert len(long) == len(short) <= 8
    assert "Number 59," in newest.words and "Number 9," not in newest.words
    earlier = next(one for one in newest.links() if "before=" in one)
    page = browser.get(earlier)
    assert "Number 9," in page.words and "Number 59," not in page.words
    assert "The very first" in page.words and "As first written" in page.words
    assert not [one for one in page.links() if "before=" in one] and case.page in page.links()
    assert browser.get(f"{case.page}?before=999999").words
    assert "Number 59," in visitor(case.agent).get(case.desk).words
    assert len(queries.timeline(case.request).events) == queries.EVENTS_SHOWN


class Anything(dict[str, str]):
    """Whatever a kind keeps beside its words."""

    def __missing__(self, _key: str) -> str:
        return TUESDAY_10.isoformat()

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        return 5 if key == "minutes" else default


def test_every_kind_says_something_and_customers_read_no_staff_words(case: Case) -> None:
    staff = ("ticket", "SLA", "breach", "merge", "split", "escalat", "assignee")
    here = [kind for kind, words in telling._said.items() if words.__module__ == telling.__name__]
    assert len(here) > 20
    for kind in here:
        event = RequestEvent(kind=kind, at=TUESDAY_10, public=True, body=None, data=Anything(), actor=case.agent)
        words = telling.happened(event, "Kyra")
        assert len(words) > 8 and words != "Kyra", kind
        assert not [word for word in staff if word.lower() in words.lower()], kind
    db.session.rollback()


def test_what_happened_stands_in_the_table_too(visitor: Browser, case: Case) -> None:
    actions.note(case.request, words="A secret note", by=case.agent, at=now())
    answer(case, "We come.")
    actions.resolve(case.request, words="Done.", by=case.agent, at=now() + timedelta(minutes=5))
    csv = visitor(case.customer).get(f"{case.page}.csv").html
    assert "Kyra Lind answered" in csv and "We come." in csv and "Resolved by Kyra Lind" in csv
    assert "secret" not in csv and "note" not in csv
