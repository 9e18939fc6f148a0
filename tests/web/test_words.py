"""Times, spans, shares and texts as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import html5lib
import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.files.policy import clean_name, media_type
from portal.web import words

pytestmark = pytest.mark.usefixtures("request_context")
AT_ONCE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

TUESDAY = datetime(2026, 4, 14, 8, 0, tzinfo=UTC)
"""10:00 in Berlin."""


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 4, 14, 6, 14, tzinfo=UTC), "today, 08:14"),
        (datetime(2026, 4, 14, 21, 59, tzinfo=UTC), "today, 23:59"),
        (datetime(2026, 4, 14, 22, 1, tzinfo=UTC), "Wed 00:01"),
        (datetime(2026, 4, 8, 6, 36, tzinfo=UTC), "Wed 08:36"),
        (datetime(2026, 4, 7, 6, 36, tzinfo=UTC), "Tue 7 Apr, 08:36"),
        (datetime(2025, 12, 9, 7, 14, tzinfo=UTC), "Tue 9 Dec 2025, 08:14"),
    ],
)
def test_a_moment_is_said_from_where_the_reader_stands(at: datetime, said: str) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        assert plain(words.moment(at)) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 4, 14, 16, 0, tzinfo=UTC), "today 18:00"),
        (datetime(2026, 4, 15, 6, 36, tzinfo=UTC), "Wednesday 08:36"),
        (datetime(2026, 4, 13, 6, 36, tzinfo=UTC), "Monday 13 April, 08:36"),
        (datetime(2026, 4, 21, 6, 36, tzinfo=UTC), "Tuesday 21 April, 08:36"),
    ],
)
def test_a_promised_moment_is_said_in_full(at: datetime, said: str) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        assert plain(words.promised(at)) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 4, 14, 16, 0, tzinfo=UTC), "Tuesday 14 April, 18:00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Friday 1 January 2027, 00:30"),
    ],
)
def test_a_letter_says_the_day_even_when_it_is_today(at: datetime, said: str) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        assert plain(words.in_full(at)) == said


def test_the_same_wall_clock_hour_twice_is_told_apart_for_machines() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert words.clock_time(first) == words.clock_time(second) == "02:30"
    assert words.iso(first) == "2026-10-25T02:30+02:00"
    assert words.iso(second) == "2026-10-25T02:30+01:00"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (-5, "0 min"),
        (0.9, "0 min"),
        (59.9, "59 min"),
        (60, "1 h"),
        (200, "3 h 20 min"),
        (47 * 60 + 59, "47 h 59 min"),
        (48 * 60, "2 days"),
        (52 * 60 + 30, "2 days 4 h"),
    ],
)
def test_a_span_is_never_said_longer_than_it_is(minutes: float, said: str) -> None:
    assert plain(words.span(timedelta(minutes=minutes))) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(60, "1 working hour"), (600, "1 working day"), (1200, "2 working days"), (90, "90 working minutes")],
)
def test_a_promise_is_said_in_service_time(minutes: int, said: str) -> None:
    assert words.service_span(minutes, 600) == said


@pytest.mark.parametrize(("share", "said"), [(None, "–"), (0, "0.0 %"), (0.9337, "93.4 %"), (1, "100.0 %")])
def test_a_share_is_said_in_per_cent_and_an_undefined_one_is_not_zero(share: float | None, said: str) -> None:
    assert plain(words.percent(share)) == said


def test_numbers_carry_the_separators_of_the_reader() -> None:
    assert words.number(None) == "–"
    assert words.number(17136) == "17,136"
    assert words.number(2.349, 2) == "2.35"


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (214_300, "214 kB"), (1_500_000, "1.5 MB")]
)
def test_a_size_is_said_shortly(size: int, said: str) -> None:
    assert plain(words.file_size(size)) == said


def test_a_kept_day_is_read_back() -> None:
    assert plain(words.read_day("2020-04-14")) == "Tuesday 14 April 2020"


def test_a_day_of_this_year_needs_no_year() -> None:
    with time_machine.travel(TUESDAY, tick=False):
        assert plain(words.day(date(2026, 4, 9))) == "Thu 9 Apr"


# --- what people wrote -------------------------------------------------------------------------------------------

LIVE = {"script", "img", "iframe", "svg", "style", "form", "input", "object", "embed", "link", "meta", "base"}
HARD = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<a href='javascript:alert(1)'>x</a>",
    "</p></div><h1>Free iPhones</h1>",
    '<b data-hx-get="/people" data-hx-trigger="load">x</b>',
    'http://127.0.0.1:8000/"onmouseover="alert(1)',
    "http://127.0.0.1:8000/<script>alert(1)</script>",
    "{{ 7 * 7 }} {% include 'x' %} %(name)s {0}",
    "&lt;script&gt; &amp; &#60;b&#62;",
]


def check_harmless(text: str) -> None:
    tree = html5lib.parseFragment(str(words.lines(text)), namespaceHTMLElements=False)
    for element in tree.iter():
        assert element.tag in {"DOCUMENT_FRAGMENT", "p", "br", "a"}, element.tag
        assert set(element.keys()) <= ({"href"} if element.tag == "a" else set())
        if element.tag == "a":
            assert element.get("href").startswith("http://127.0.0.1:8000/")
    seen = "".join(tree.itertext())
    assert "".join(seen.split()) == "".join(text.split()), "every character is still there to read"


@pytest.mark.parametrize("text", HARD)
def test_hard_texts_come_back_character_for_character(text: str) -> None:
    check_harmless(text)


PIECES = st.sampled_from([*HARD, "\n", "\n\n", " ", "<", ">", "&", '"', "'", "http://127.0.0.1:8000/requests", "a"])


@AT_ONCE
@given(st.lists(PIECES | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), max_size=8).map("".join))
def test_whatever_people_write_nothing_in_it_is_live(text: str) -> None:
    check_harmless(text)


def test_paragraphs_and_line_breaks_are_kept() -> None:
    assert words.lines("One\r\ntwo\r\n\r\n\nThree\n") == "<p>One<br>two</p><p>Three</p>"
    assert words.lines(None) == words.lines("  \n ") == ""


def test_only_addresses_of_this_portal_become_links() -> None:
    here = "http://127.0.0.1:8000/requests/REQ-1001"
    assert words.lines(f"See {here} now") == f'<p>See <a href="{here}">{here}</a> now</p>'
    assert "<a" not in words.lines("See https://evil.example/ and http://127.0.0.1:8000.evil.example/")


def test_a_browser_is_named_in_two_words() -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    assert words.browser_name(firefox) == "Firefox on Linux"
    assert words.browser_name("<script>") == "A browser"


# --- names of files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\maria\\screen.png", "screen.png"),
        (".htaccess.txt", "htaccess.txt"),
        ("pay\u202egnp.exe.png", "paygnp.exe.png"),
        ("a\x00b\r\nc.png", "abc.png"),
        ("", "file"),
        ("...", "file"),
        ("über größe.pdf", "über größe.pdf"),
    ],
)
def test_hostile_file_names_are_made_harmless(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


@AT_ONCE
@given(st.text(max_size=400))
def test_no_file_name_leads_out_of_its_folder(name: str) -> None:
    kept = clean_name(name)
    assert kept and len(kept) <= 120
    assert not set(kept) & set("/\\\x00\r\n\u202e\u2028")
    assert not kept.startswith(".")


def test_a_type_is_believed_only_when_name_and_content_agree() -> None:
    assert media_type("a.png", b"\x89PNG\r\n\x1a\n...") == "image/png"
    assert media_type("a.png", b"<svg onload=alert(1)>") is None
    assert media_type("a.svg", b"<svg/>") is None
    assert media_type("a.txt", b"MZ\x00\x01") is None


def test_templates_have_all_these_words(app: Flask) -> None:
    assert {word.__name__ for word in words.WORDS} <= set(app.jinja_env.filters)
