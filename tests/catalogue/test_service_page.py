"""Everything before asking: what is known, what is asked, how people rate it, and what is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.catalogue import queries
from portal.catalogue.actions import index_service, note_rating, reindex_services
from portal.catalogue.asked import what_is_asked
from portal.catalogue.models import Service, ServiceChange
from portal.extensions import db
from portal.people.models import Segment
from portal.questions.rules import read_questions
from portal.search.actions import put
from portal.search.models import Document
from portal.surveys import actions as surveys
from portal.surveys.background import count_ratings
from portal.surveys.instruments import ensure_standard_wave
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person, a_request, a_segment, a_service, resolve
from tests.visitor import Visitor

Browser = Callable[..., Visitor]

QUESTIONS = [
    {"key": "part", "kind": "section", "wording": "Your device"},
    {"key": "hint", "kind": "information", "wording": "The number is on the sticker."},
    {"key": "device", "kind": "choice", "wording": "What is it?", "choices": ["laptop", "tablet"], "required": True},
    {
        "key": "number",
        "kind": "text",
        "wording": "Which number?",
        "required": True,
        "shown_if": {"question": "device", "is": "equals", "value": "laptop"},
        "translations": {"fr": {"wording": "Quel numéro ?"}},
    },
    {
        "key": "who",
        "kind": "rows",
        "wording": "Who uses it?",
        "columns": [{"key": "n", "kind": "text", "wording": "Name"}],
    },
    {"key": "yes", "kind": "consent", "wording": "You may look at my screen", "required": True},
]


def known(kind: str, title: str, service: Service, **more: object) -> None:
    put(kind, title, title=title, summary="So it is.", words="", address="/x", about=(service.slug,), at=now(), **more)  # type: ignore[arg-type]


def test_the_page_says_what_will_be_asked_and_when(visitor: Browser) -> None:
    a_service("Repair", slug="repair", questions=QUESTIONS)
    words = visitor(a_person()).get("/services/repair").words
    assert "Your device" in words and "The number is on the sticker." not in words
    assert "Which number? (only if “What is it?” is “laptop”)" in words
    assert "Who uses it? (Name; if you like)" in words
    assert "You may look at my screen (we need your yes)" in words


def test_questions_are_said_in_the_readers_language() -> None:
    lines = what_is_asked(read_questions(QUESTIONS), "fr")
    assert "Quel numéro ?" in [line.words for line in lines]


def test_an_incident_stands_before_the_button_and_an_article_beside_the_questions(visitor: Browser) -> None:
    service = a_service("Mail", slug="mail")
    known("maintenance", "The server restarts", service)
    known("incident", "Mail is late", service)
    known("article", "Send it later", service)
    html = visitor(a_person()).get("/services/mail").html
    places = [html.index(words) for words in ("Mail is late", "The server restarts", "Ask for this", "Send it later")]
    assert places == sorted(places)


def test_what_is_known_is_for_those_whom_it_concerns_and_while_it_lasts(visitor: Browser) -> None:
    service, finance = a_service("Mail", slug="mail"), a_segment("Finance")
    known("incident", "Only for finance", service, for_segments=[finance])
    known("incident", "Over by now", service, ends_at=now() - timedelta(minutes=1))
    known("incident", "Not yet", service, starts_at=now() + timedelta(hours=1))
    assert "We already know" not in visitor(a_person()).get("/services/mail").words
    words = visitor(a_person(segment=finance)).get("/services/mail").words
    assert "Only for finance" in words and "Over by now" not in words and "Not yet" not in words


def test_a_service_leads_to_its_status_and_its_messages(visitor: Browser) -> None:
    a_service("Mail", slug="mail")
    browser = visitor(a_person())
    page = browser.get("/services/mail")
    assert "We know of no trouble." in page.words
    browser.get(next(link for link in page.links() if link.startswith("/notices/services/mail")))
    browser.post("/notices/services/mail/subscribe", page.form_for("/notices/services/mail/subscribe"))


@pytest.mark.parametrize(
    ("good", "n", "said", "silent"),
    [
        (4, 4, "Too few have rated it", "satisfied or very satisfied"),
        (8, 8, "nearly all", "8 of 8"),
        (0, 6, "almost none", "0 of 6"),
        (7, 8, "7 of 8", "87.5 %"),
        (18, 20, "90.0 %", "nearly all"),
    ],
)
def test_a_rating_is_said_with_its_number_and_interval_or_not_at_all(
    visitor: Browser, good: int, n: int, said: str, silent: str
) -> None:
    service = a_service("Mail", slug="mail", decided_lately=20, kept_lately=19)
    note_rating(service, good=good if n >= 5 else 0, n=n if n >= 5 else 0)
    words = visitor(a_person()).get("/services/mail").words
    assert said in words and silent not in words
    if n >= 10:
        assert "18 of 20 answers in the last 90 days" in words and "between 70 % and 97 %" in words


def answers_for(service: Service, scores: list[int]) -> None:
    wave = ensure_standard_wave(at=now() - timedelta(days=9))
    agent = a_person(roles=("agent",))
    for score in scores:
        request = a_request(a_person(), service, at=now() - timedelta(days=2))
        resolve(request, by=agent, at=now() - timedelta(days=1))
        case = surveys.make_case(wave, request, at=now() - timedelta(hours=20))
        assert case is not None
        answer(case, score)
    db.session.commit()


def answer(case: object, score: int) -> None:
    from portal.surveys.models import Answer, QuestionVersion, Response, SampleCase

    assert isinstance(case, SampleCase)
    question = db.session.query(QuestionVersion).filter_by(variable_name="csat_overall").one()
    response = Response(
        id=f"r{case.id}",
        wave_id=case.wave_id,
        instrument_version_id=question.instrument_version_id,
        case_id=case.id,
        status="complete",
        submitted_on=now().date(),
        submitted_at=now(),
        released=True,
    )
    db.session.add(response)
    db.session.add(Answer(id=f"a{case.id}", response=response, question=question, value=score))
    db.session.flush()


def test_ratings_are_counted_for_each_service_and_small_ones_stay_silent(app: Flask) -> None:
    many, also, few = a_service("Many"), a_service("Also"), a_service("Few")
    answers_for(many, [5, 5, 4, 4, 2, 1])
    answers_for(also, [5, 5, 5, 5, 3])
    answers_for(few, [1, 1])
    count_ratings()
    db.session.expire_all()
    assert (many.rated_good_lately, many.rated_lately) == (4, 6)
    assert (few.rated_good_lately, few.rated_lately) == (0, 0)
    assert also.rated_lately == 0, "one silent service alone could be got by subtraction from all of them"


def test_ratings_that_have_grown_old_are_forgotten(app: Flask) -> None:
    service = a_service("Old", rated_lately=9, rated_good_lately=9)
    count_ratings()
    db.session.expire_all()
    assert (service.rated_lately, service.rated_good_lately) == (0, 0)


# --- new this month ----------------------------------------------------------------------------------------------


def tell(service: Service, note: str, *, days: int = 1, public: bool = True, kind: str = "changed") -> None:
    db.session.add(ServiceChange(service=service, at=now() - timedelta(days=days), kind=kind, note=note, public=public))
    db.session.flush()


def test_what_is_new_is_told_on_home_in_the_catalogue_and_on_the_service(visitor: Browser) -> None:
    service = a_service("Printing", slug="printing")
    tell(service, "Now in colour.")
    tell(service, "For keepers only.", public=False)
    browser = visitor(a_person())
    for address in ("/", "/services"):
        words = browser.get(address).words
        assert "New this month" in words and "Now in colour." in words and "For keepers" not in words
    assert "What is new here Now in colour." in browser.get("/services/printing").words


def test_news_are_of_this_month_and_of_what_one_may_ask_for(visitor: Browser) -> None:
    finance = a_segment("Finance")
    tell(a_service("Old news"), "Long ago.", days=31)
    tell(a_service("Ledger", for_segments=[finance]), "Faster now.")
    tell(a_service("Draft", state="draft"), "Soon.")
    tell(a_service("Ended", state="retired"), "Gone.")
    assert "New this month" not in visitor(a_person()).get("/").words
    words = visitor(a_person(segment=finance)).get("/").words
    assert "Faster now." in words and not any(one in words for one in ("Long ago.", "Soon.", "Gone."))


def test_a_service_with_much_news_is_named_once(app: Flask) -> None:
    service = a_service("Busy")
    for number in range(6):
        tell(service, f"News {number}", days=number + 1)
    tell(a_service("Quiet"), "One thing.", days=9)
    found = queries.news_for(a_person(), since=now() - timedelta(days=30))
    assert [(one.name, one.note) for one in found] == [("Busy", "News 0"), ("Quiet", "One thing.")]


# --- the search knows the offer ----------------------------------------------------------------------------------


def documents() -> dict[str, Document]:
    return {one.key: one for one in db.session.query(Document).filter_by(kind="service")}


def test_services_that_the_search_does_not_know_are_put_in_and_strays_taken_out(app: Flask) -> None:
    finance = a_segment("Finance")
    a_service("Live", slug="live", for_segments=[finance], have_ready="The badge")
    a_service("Draft", slug="draft", state="draft")
    put("service", "gone", title="Gone", summary="", words="", address="/services/gone", at=TUESDAY_10)
    assert reindex_services(at=TUESDAY_10) == 2
    found = documents()
    assert set(found) == {"live"} and reindex_services(at=TUESDAY_10) == 0
    assert found["live"].for_segments == [finance] and not found["live"].for_everyone
    assert [topic.topic for topic in found["live"].topics] == ["live"]
    assert "badge" in found["live"].body_words and "shelf" in found["live"].body_words


def test_a_service_for_a_segment_of_nobody_is_not_found_by_everybody(app: Flask) -> None:
    """A restriction whose segments are gone stays a restriction."""
    service = a_service("Live", slug="live")
    service.for_everyone = False
    index_service(service, at=TUESDAY_10)
    assert not documents()


@pytest.fixture
def both_segments(app: Flask) -> tuple[Segment, Segment]:
    return a_segment("Finance"), a_segment("Plant")


def test_the_shelf_is_served_by_its_index(app: Flask, both_segments: tuple[Segment, Segment]) -> None:
    person = a_person(segment=both_segments[0])
    query = db.select(Service.id).where(queries.offered_to(person))
    query = query.order_by(Service.asked_lately.desc(), Service.name, Service.id).limit(100)
    sql = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = " ".join(row[3] for row in db.session.execute(db.text(f"EXPLAIN QUERY PLAN {sql}")))
    assert "ix_service_shelf" in plan and "TEMP B-TREE" not in plan, plan
