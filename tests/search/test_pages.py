"""The search page, suggestions while asking, and what was solved without a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.people.models import Person
from portal.search import queries
from portal.search.actions import solved
from portal.search.marking import Marker
from portal.search.models import AvoidedRequest
from portal.search.sources import _after_solving, after_solving
from portal.search.words import wanted
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person, a_request, a_segment, a_service, resolve
from tests.search.documents import a_document, suggested
from tests.visitor import Visitor, counted_statements

Open = Callable[..., Visitor]
PIECE = {"HX-Request": "true"}


# --- the page ---------------------------------------------------------------------------------------------------------


def test_one_box_finds_everything_by_kind(app: Flask, visitor: Open) -> None:
    maria = a_person("Maria")
    a_document("Printer help", kind="service")
    a_document("Clear a printer")
    a_document("Printers are down", kind="incident", address="/notices/one")
    a_request(maria, summary="My printer smokes")
    browser = visitor(maria)
    page = browser.get("/search?q=printer")
    for words in ("Known incidents", "Services", "Help articles", "Your requests", "All 4", "REQ-"):
        assert words in page.words
    only = browser.get("/search?q=printer&kind=article")
    assert "Clear a printer" in only.words
    assert "Printers are down" not in only.words
    assert "All 4" in only.words


def test_what_was_looked_for_is_marked_and_nothing_is_live(app: Flask, visitor: Open) -> None:
    a_document("<b>Printer</b> & Łódź", summary="<script>alert(1)</script> printers", address="/knowledge/x")
    page = visitor(a_person()).get("/search?q=printer+lodz")
    assert "&lt;b&gt;<mark>Printer</mark>&lt;/b&gt; &amp; <mark>Łódź</mark>" in page.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>printers</mark>" in page.html
    nothing = visitor(a_person()).get("/search?q=<script>zzzz</script>")
    assert "<script>zzzz" not in nothing.html


def test_marks_leave_the_rest_of_a_text_as_it_was(app: Flask) -> None:
    assert str(Marker(wanted("print"))("A <Printer> & more")) == "A &lt;<mark>Printer</mark>&gt; &amp; more"
    assert str(Marker(())("<i>")) == "&lt;i&gt;"


def test_a_typing_error_is_said_and_the_word_itself_can_be_insisted_on(app: Flask, visitor: Open) -> None:
    a_document("Printer help", kind="service")
    browser = visitor(a_person())
    page = browser.get("/search?q=pirnter")
    assert "Nothing with “pirnter”; this is for “printer”." in page.words
    assert "Printer help" in page.words
    assert "Nothing found for “pirnter”" in browser.get("/search?q=pirnter&exact=1").words


def test_a_word_of_ones_own_request_is_no_typing_error(app: Flask, visitor: Open) -> None:
    maria = a_person()
    a_document("Printer help", kind="service")
    a_request(maria, summary="Pirnter is what my group is called")
    page = visitor(maria).get("/search?q=pirnter")
    assert "Nothing with" not in page.words
    assert "my group is called" in page.words


def test_nothing_found_offers_something_else_and_what_is_popular(app: Flask, visitor: Open) -> None:
    a_service("A new laptop", slug="a-new-laptop")
    page = visitor(a_person()).get("/search?q=zeppelin")
    assert "Nothing found for “zeppelin”" in page.words
    assert {"/services/something-else/ask", "/services/a-new-laptop"} <= set(page.links())


def test_results_come_alone_as_one_types(app: Flask, visitor: Open) -> None:
    a_document("Printer help", kind="service")
    browser = visitor(a_person())
    piece = browser.get("/search?q=pri", review=False, headers={**PIECE, "HX-Target": "results"})
    assert piece.html.strip().startswith('<div id="results"')
    assert "<header" not in piece.html.partition("<title>")[0].replace('<header class="opening"', "")
    assert piece.html.partition("<title>")[0].strip() in browser.get("/search?q=pri").html


def test_strangers_are_sent_to_sign_in(app: Flask, visitor: Open) -> None:
    for address in ("/search?q=printer", "/search/suggestions?q=printer"):
        assert "/sign-in" in visitor().get(address, expect=303).location


@pytest.mark.parametrize("query", ["q=" + "x" * 600, "q=%F0%9F%98%80", "q=a&after=-3", "q=a&after=99999999999",
                                   "q=a&kind=%27", "q=%22&kind=article&after=20", "kind=article"])  # fmt: skip
def test_odd_addresses_answer_plainly(app: Flask, visitor: Open, query: str) -> None:
    visitor(a_person()).get(f"/search?{query}")


@pytest.fixture
def remembering(app: Flask) -> Flask:
    """As in real life: what is the same for everybody is kept for a while."""
    app.config["REMEMBER_SECONDS"] = 3600
    return app


@pytest.mark.parametrize("query", ["printer", "printer help please", "pirnter", "printer zeppelin", "zeppelin",
                                   "printer&kind=article", ""])  # fmt: skip
def test_a_search_takes_five_statements_and_twenty_kilobytes(remembering: Flask, visitor: Open, query: str) -> None:
    maria = a_person()
    for number in range(120):
        kind = ("service", "article", "incident", "announcement")[number % 4]
        a_document(f"Printer {number}", kind=kind, summary="What it says about the printer in a line. " * 6)
        a_request(maria, a_service() if not number else None, summary=f"Printer {number}") if number < 8 else None
    browser = visitor(maria)
    browser.get(f"/search?q={query}")
    with counted_statements() as sent:
        page = browser.get(f"/search?q={query}")
    assert len(sent) <= 5, sent
    assert len(page.html.encode()) < 20_000


# --- suggestions ------------------------------------------------------------------------------------------------------


@pytest.fixture
def known(app: Flask) -> Person:
    """Somebody with an open request, in a portal that knows a few answers."""
    maria = a_person("Maria")
    for number in range(4):
        a_document(f"Printer shows error {number}", words="Switch the printer off and on.")
    a_document("Mail on the telephone", words="Open the settings.")
    a_document("Printers show an error in the hall", kind="incident", address="/notices/hall")
    a_document("Printer help", kind="service")
    a_request(maria, summary="Printer shows an error again", details="Since Monday")
    done = a_request(maria, summary="Printer shows an error, long ago")
    resolve(done, at=TUESDAY_10 + timedelta(hours=1))
    return maria


@pytest.mark.both_databases
def test_what_is_broken_comes_first_then_articles_then_own_open_requests(known: Person) -> None:
    found = suggested(known, "printer shows error")
    assert found[0] == "Printers show an error in the hall"
    assert len(found) == 5
    assert all(one.startswith("Printer shows error") for one in found[1:4])
    assert found[4] == "Printer shows an error again", "one's own open request keeps a place"
    db.session.query(queries.Document).filter(queries.Document.title.like("Printer shows error%")).delete()
    assert suggested(known, "printer shows error") == [
        "Printers show an error in the hall",
        "Printer shows an error again",
    ]


@pytest.mark.both_databases
@pytest.mark.parametrize("typed", ["", "p", "my", "how do I", "a new chair for the kitchen", "coffee", "\0", '"'])
def test_nothing_is_suggested_when_nothing_is_near(known: Person, typed: str) -> None:
    assert suggested(known, typed) == []


@pytest.mark.both_databases
def test_typing_errors_and_unfinished_words_still_find_the_answer(known: Person) -> None:
    assert "Mail on the telephone" in suggested(known, "mail on my telefone")
    assert "Mail on the telephone" in suggested(known, "mails teleph")


@pytest.mark.both_databases
def test_what_is_about_the_service_comes_before_what_fits_as_well(app: Flask) -> None:
    a_document("Reset a password here", about=("other",))
    a_document("Reset a password there", about=("accounts",))
    assert suggested(a_person(), "reset password", service="accounts")[0] == "Reset a password there"
    assert suggested(a_person(), "reset password", service="other")[0] == "Reset a password here"


def test_suggestions_stand_alone_and_in_a_form(known: Person, visitor: Open) -> None:
    browser = visitor(known)
    page = browser.get("/search/suggestions?q=printer+shows+error&service=printer-help")
    assert "We already know" in page.words
    assert page.form_for("/search/solved")["service"] == "printer-help"
    piece = browser.get("/search/suggestions?q=coffee", review=False, headers={**PIECE, "HX-Target": "suggestions"})
    assert " ".join(piece.html.partition("<title>")[0].split()) == '<div id="suggestions" class="suggestions"> </div>'


def test_a_known_problem_solves_nothing_but_one_need_not_ask(known: Person, visitor: Open) -> None:
    browser = visitor(known)
    page = browser.get("/search/suggestions?q=printers+are+down")
    incident, others = page.words.partition("We already know")[2].partition("This may help")[::2]
    assert "I need not ask" in incident and "This solved it" not in incident and "I need not ask" not in others
    form = page.form_for("/search/solved")
    assert form["kind"] == "incident"
    assert "Good that you know now. Nothing was sent." in browser.follow(browser.post("/search/solved", form)).words


# --- solved -----------------------------------------------------------------------------------------------------------


def test_what_is_solved_is_counted_once_a_day_for_each_person(known: Person, visitor: Open) -> None:
    a_document("Mail", kind="service", key="mail")
    sent = {"kind": "article", "key": "mail-on-the-telephone", "service": "mail"}
    first, second = visitor(known), visitor(a_person())
    page = first.follow(first.post("/search/solved", sent))
    assert "Good that it is solved. Nothing was sent." in page.words
    for browser in (first, second, second):
        browser.post("/search/solved", sent)
    assert queries.avoided_since(now() - timedelta(hours=1)) == 2
    assert queries.avoided_since(now() + timedelta(hours=1)) == 0
    assert queries.avoided_by_service(TUESDAY_10) == {"mail": 2}
    assert queries.avoided_by_document("article", TUESDAY_10) == {"mail-on-the-telephone": 2}
    assert queries.avoided_by_document("incident", TUESDAY_10) == {}


@pytest.mark.both_databases
def test_the_same_answer_counts_again_on_another_day(app: Flask) -> None:
    assert solved("article", "a", service=None, once="monday", at=TUESDAY_10)
    assert not solved("article", "a", service=None, once="monday", at=TUESDAY_10)
    assert solved("article", "a", service=None, once="tuesday", at=TUESDAY_10)
    assert queries.avoided_since(TUESDAY_10) == 2
    assert queries.avoided_by_service(TUESDAY_10) == {}


def test_nobody_can_be_read_from_what_was_counted(known: Person, visitor: Open) -> None:
    visitor(known).post("/search/solved", {"kind": "article", "key": "mail-on-the-telephone"})
    kept = db.session.query(AvoidedRequest).one()
    assert len(kept.once) == 64
    assert {column.name for column in AvoidedRequest.__table__.columns} == {
        "id",
        "at",
        "kind",
        "key",
        "service",
        "once",
    }


def test_what_one_may_not_find_solves_nothing(app: Flask, visitor: Open) -> None:
    a_document("For the plant", for_segments=[a_segment("Plant")])
    browser = visitor(a_person())
    browser.post("/search/solved", {"kind": "article", "key": "for-the-plant"}, expect=404)
    browser.post("/search/solved", {"kind": "request", "key": "REQ-1001"}, expect=404)
    browser.post("/search/solved", {"kind": "article", "key": "k" * 300}, expect=400)
    browser.post("/search/solved", {"kind": "", "key": ""}, expect=400)
    assert queries.avoided_since(TUESDAY_10) == 0


def test_nobody_counts_for_a_service_that_is_not_there_for_them(known: Person, visitor: Open) -> None:
    a_document("Plant", kind="service", key="plant", for_segments=[a_segment("Plant workers")])
    for service in ("plant", "no-such-service"):
        sent = {"kind": "article", "key": "mail-on-the-telephone", "service": service}
        visitor(a_person()).post("/search/solved", sent)
    assert queries.avoided_since(now() - timedelta(hours=1)) == 2
    assert queries.avoided_by_service(TUESDAY_10) == {}


def test_a_room_above_hears_that_it_is_solved(known: Person, visitor: Open) -> None:
    heard = []
    after_solving(lambda viewer, service, at: heard.append((viewer.name, service)))
    try:
        sent = {"kind": "article", "key": "mail-on-the-telephone", "service": "mail"}
        visitor(known).post("/search/solved", sent)
    finally:
        _after_solving.pop()
    assert heard == [("Maria", "mail")]
