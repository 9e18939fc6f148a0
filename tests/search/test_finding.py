"""What is found, for whom and in which order, on both databases alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.requests.findable import put_findable
from portal.search import queries
from portal.search.actions import put, remove
from portal.search.models import Document
from portal.search.words import stem, wanted, words_of
from tests.builders import TUESDAY_10, a_person, a_request, a_segment
from tests.search.documents import a_document, found, suggested, titles

pytestmark = pytest.mark.both_databases


# --- who may find what ------------------------------------------------------------------------------------------------


def test_what_is_for_another_segment_is_found_nowhere(app: Flask) -> None:
    finance, plant = a_segment("Finance"), a_segment("Plant")
    a_document("Badge printer of the plant", for_segments=[plant])
    stranger, worker, nobody = a_person(segment=finance), a_person(segment=plant), a_person()
    for person, expected in ((stranger, []), (worker, ["Badge printer of the plant"]), (nobody, [])):
        assert titles(person, "badge printer") == expected
        assert titles(person, "badge printer", kind="article") == expected
        assert suggested(person, "badge printer") == expected
        assert found(person, "badge printer").counts == ({"article": 1} if expected else {})


def test_a_change_of_segment_counts_at_once(app: Flask) -> None:
    finance, plant = a_segment("Finance"), a_segment("Plant")
    a_document("Badge printer", for_segments=[plant])
    person = a_person(segment=finance)
    assert titles(person, "badge") == []
    person.segment = plant
    db.session.flush()
    assert titles(person, "badge") == ["Badge printer"]
    put("article", "badge-printer", title="Badge printer", summary="", words="", address="/", for_segments=[finance],
        at=TUESDAY_10)  # fmt: skip
    assert titles(person, "badge") == []


def test_a_notice_is_found_while_it_lasts(app: Flask) -> None:
    hour = timedelta(hours=1)
    a_document("Mail stops", kind="maintenance", starts_at=TUESDAY_10, ends_at=TUESDAY_10 + hour)
    person = a_person()
    assert titles(person, "mail", at=TUESDAY_10 - hour) == []
    assert titles(person, "mail", at=TUESDAY_10) == ["Mail stops"]
    assert titles(person, "mail", at=TUESDAY_10 + hour) == []


def test_of_requests_one_finds_ones_own_alone(app: Flask) -> None:
    maria, tom, helper = a_person("Maria"), a_person("Tom"), a_person("Helper", roles=("agent",))
    mine = a_request(maria, summary="The scanner is silent", details="It blinks")
    a_request(tom, summary="The scanner is loud")
    mine.asked_by = helper
    put_findable(mine)
    assert titles(maria, "scanners") == titles(helper, "scanners") == ["The scanner is silent"]
    assert titles(tom, "scanner") == ["The scanner is loud"]
    assert titles(maria, "blinks") == titles(maria, mine.reference) == ["The scanner is silent"]
    assert titles(tom, mine.reference) == []


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["printer", "printers", "PRINTER", "prin", "lodz", "Łódź", "ŁÓDŹ", "in lodz the printers"]
)
def test_plurals_accents_and_beginnings_are_found(app: Flask, typed: str) -> None:
    a_document("Printers in Łódź")
    assert titles(a_person(), typed) == ["Printers in Łódź"]


def test_a_plural_that_was_typed_finds_the_singular(app: Flask) -> None:
    a_document("A printer and its batteries")
    assert titles(a_person(), "printers battery") == ["A printer and its batteries"]


ERRORS = (
    ("pirnter", "printer"),
    ("printr", "printer"),
    ("pasword", "password"),
    ("certificatte", "certificate"),
    ("certifcatee", "certificate"),
)


@pytest.mark.parametrize(("typed", "meant"), ERRORS)
def test_a_typing_error_is_forgiven(app: Flask, typed: str, meant: str) -> None:
    a_document("The printer wants a password")
    a_document("Renew a certificate")
    pairs = queries.vocabulary().mended(wanted(typed))[1]
    assert pairs == [(typed, meant)]
    assert titles(a_person(), typed)


def test_what_is_too_short_holds_digits_or_is_known_is_not_altered(app: Flask) -> None:
    a_document("Cat tower, LT-2041 and the panting hill", words="painting")
    for typed in ("cta", "2042", "hilly1", "panting", "paint", "tow"):
        assert queries.vocabulary().mended(wanted(typed))[1] == [], typed


def test_small_words_do_not_hide_an_answer(app: Flask) -> None:
    a_document("Reset a password", words="Open the page for passwords")
    results = found(a_person(), "how do I reset my password please")
    assert not results.every_word
    assert [one.title for one in results.kinds["article"]] == ["Reset a password"]


ODD = (
    *("", " ", "\0", "\0printer", '"', '"printer', "printer*", "NEAR(printer)", "printer AND", "OR", "-printer", "("),
    *(")", "title_words:printer", "'; DROP TABLE document; --", "😀", "😀 printer", "%", "_", "\\", "!&|:*<->"),
    *("a" * 500, "x " * 250, "½ ⅷ", "printer:* & !b", "ﬁle", "\u0301\u0301", "नमस्ते", "打印机", "İ", "ß"),
    *("{printer}", "^printer", "+printer"),
)


@pytest.mark.parametrize("typed", ODD)
def test_no_sign_means_anything(app: Flask, typed: str) -> None:
    a_document("The printer", words="打印机 नमस्ते file")
    person = a_person()
    shown = titles(person, typed)
    assert shown == (["The printer"] if {"printer", "file", "打印机"} & set(words_of(typed)) else shown)
    suggested(person, typed)
    assert db.session.query(Document).count() == 1


# --- order ------------------------------------------------------------------------------------------------------------


def test_the_title_counts_for_more_than_the_text(app: Flask) -> None:
    a_document("About paper", words="The printer takes it. " * 3)
    a_document("The printer and its paper tray", words="It is in the hall.")
    assert titles(a_person(), "printer") == ["The printer and its paper tray", "About paper"]


def test_the_exact_title_comes_first_then_what_is_broken_now(app: Flask) -> None:
    a_document("Printer printer printer help", kind="service")
    a_document("All printers are down today", kind="incident", words="long story " * 30)
    a_document("Printer", words="many other words " * 30)
    assert titles(a_person(), "printer") == ["Printer", "All printers are down today", "Printer printer printer help"]
    assert titles(a_person(), "printers")[0] == "All printers are down today"


def test_equals_stand_in_a_fixed_order_and_pages_follow_each_other(app: Flask) -> None:
    for number in range(45):
        a_document("A cable", key=f"cable-{number}", address=f"/{number}")
    person = a_person()
    pages = [found(person, "cable", kind="article", after=after).kinds["article"] for after in (0, 20, 40)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert [one.address for page in pages for one in page] == [f"/{number}" for number in range(45)]
    assert found(person, "cable").counts == {"article": 45}


# --- in step ----------------------------------------------------------------------------------------------------------


def test_the_index_follows_each_change(app: Flask) -> None:
    person = a_person()
    a_document("Old words", key="one")
    a_document("New words", key="one", words="fresh")
    assert titles(person, "old") == []
    assert titles(person, "fresh") == titles(person, "new") == ["New words"]
    remove("article", "one")
    assert titles(person, "words") == []
    assert queries.vocabulary().occurs == {}


def test_what_is_rolled_back_is_not_found(app: Flask) -> None:
    person = a_person()
    db.session.commit()
    a_document("A passing thought")
    db.session.rollback()
    assert titles(person, "thought") == []


def test_putting_the_same_again_changes_nothing(app: Flask) -> None:
    a_document("A cable", about=("cables",))
    a_document("A cable", about=("cables",), at=TUESDAY_10 + timedelta(days=1))
    assert db.session.query(Document).one().changed_at == TUESDAY_10


LETTERS = st.sampled_from("abeinrst łóüßéçñд中あ5")
TEXTS = st.lists(st.text(LETTERS, min_size=1, max_size=24), min_size=1, max_size=6)


@given(texts=TEXTS, typed=st.text(LETTERS, min_size=1, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_exactly_the_documents_with_every_word_are_found(app: Flask, texts: list[str], typed: str) -> None:
    """Said without a database, so it holds on both of them alike."""
    for number, text in enumerate(texts):
        a_document(text, key=str(number), address=str(number))
    results = queries.find(a_person(), wanted(typed, typing=False), at=TUESDAY_10, kind="article")
    words = words_of(typed)
    expected = {n for n, text in enumerate(texts) if words and all(_holds(text, word) for word in words)}
    if results.every_word:
        assert {int(one.address) for one in results.kinds.get("article", ())} == expected
    else:
        assert not expected
    db.session.rollback()


def _holds(text: str, word: str) -> bool:
    held = {form for one in words_of(text) for form in (one, stem(one))}
    return word in held or stem(word) in held
