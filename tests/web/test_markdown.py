"""Markdown becomes safe markup: nothing in it is live, and no text keeps the portal busy."""

from __future__ import annotations

import gc
import re
import time

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.markdown import TAGS, marked_up


def tags_in(html: str) -> list[str]:
    return re.findall(r"<([a-z0-9]+)", html)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "Text <b onclick=alert(1)>here</b>",
        "<style>body{display:none}</style>\n\nmore",
        "<!-- a --> <iframe src='https://example.com'></iframe>",
        "<svg/onload=alert(1)>",
    ],
)
def test_raw_html_is_shown_as_words(text: str) -> None:
    html = marked_up(text)
    assert set(tags_in(html)) <= {"p"}
    assert "&lt;" in html


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#x0A;script:alert(1)",
        "&#106;avascript:alert(1)",
        "vbscript:x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "file:///etc/passwd",
    ],
)
def test_a_link_leads_nowhere_dangerous(target: str) -> None:
    tree = html5lib.parse(marked_up(f"[press me]({target}) and <{target}>"), namespaceHTMLElements=False)
    addresses = [(a.get("href") or "").lower() for a in tree.iter("a")]
    assert not [one for one in addresses if re.match(r"\s*(javascript|vbscript|data|file):", one)]


def test_a_title_or_an_attribute_cannot_be_smuggled_into_a_link() -> None:
    html = marked_up('[a](https://example.com "x\\" onmouseover=alert(1) y=\\"")')
    link = next(html5lib.parse(html, namespaceHTMLElements=False).iter("a"))
    assert set(link.attrib) == {"href", "rel", "title"}


def test_links_open_normally_and_tell_the_other_side_nothing() -> None:
    html = marked_up("[there](https://example.com/a) [here](/services) [mail](mailto:a@example.com)")
    assert html.count("<a ") == html.count('rel="noopener noreferrer"') == 3
    assert "target" not in html
    assert 'href="/services"' in html


@pytest.mark.parametrize("address", ["data:image/png;base64,iVBORw0KGgo=", "https://example.com/track.png", "/x.png"])
def test_a_picture_is_only_its_words(address: str) -> None:
    html = marked_up(f"Look: ![the *printer* menu]({address})")
    assert set(tags_in(html)) == {"p"}
    assert "menu" in html
    assert address not in html


def test_headings_begin_under_the_page_and_leave_no_gap() -> None:
    html = marked_up("# First\n\n#### Second\n\n###### Third\n\n#Fourth")
    assert re.findall(r"<h(\d)>", html) == ["2", "3", "4", "2"]
    assert re.findall(r"<h(\d)>", marked_up("### A\n\n## B", below=3)) == ["5", "4"]
    assert "h1" not in tags_in(html)


def test_tables_and_nested_lists_are_kept() -> None:
    table = marked_up("| Key | Does |\n|---|---|\n| `F5` | reload |")
    assert [tags_in(table).count(tag) for tag in ("table", "th", "td")] == [1, 2, 2]
    lists = marked_up("1. One\n   - a\n   - b\n     1. deep\n2. Two\n")
    assert [tags_in(lists).count(tag) for tag in ("ol", "ul", "li")] == [2, 1, 5]


def test_strong_words_code_and_quotes_are_kept() -> None:
    html = marked_up("**Press** `Ctrl+C`, *then* ~~wait~~\n\n> said\n\n```\nping <host>\n```")
    assert {"strong", "code", "em", "s", "blockquote", "pre"} <= set(tags_in(html))
    assert "ping &lt;host&gt;" in html


def test_all_words_of_a_long_text_are_there() -> None:
    text = "\n\n".join(f"Paragraph {number} says something that is long enough." for number in range(2000))
    assert len(text) > 100_000
    html, seconds = timed(text)
    assert seconds < 1
    assert html.count("<p>") == 2000


def timed(text: str) -> tuple[str, float]:
    """The markup and the seconds of work it took; what earlier tests left in memory is not walked through meanwhile."""
    gc.collect()
    gc.freeze()
    began = time.thread_time()
    html = marked_up(text)
    seconds = time.thread_time() - began
    gc.unfreeze()
    return html, seconds


BOMBS = {
    "quotes": ">" * 5000,
    "spaced quotes": "> " * 5000 + "a",
    "quotes that go on": "> " * 200 + "a\n" + "b\n" * 10_000,
    "brackets": "[" * 5000,
    "links in links": "[a](" * 5000,
    "links that close": "[x]" * 5000 + "(" * 5000,
    "pictures": "![" * 5000,
    "lists": "- " * 5000 + "a",
    "deeper lists": "\n".join("  " * depth + "- a" for depth in range(200)),
    "stars": "*a " * 5000,
    "stars within": "**a*" * 5000,
    "ticks": "".join("`" * length + " " for length in range(1, 300)),
    "lines": "_" * 50_000,
    "signs": "<" * 20_000,
    "entities": "&" * 20_000,
    "blanks": "\n" * 100_000,
    "definitions": "".join(f"[{number}]: x\n" for number in range(5000)),
    "broad table": "|" * 5000 + "\n" + "|-" * 5000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_text_keeps_the_portal_busy(name: str) -> None:
    html, seconds = timed(BOMBS[name])
    assert seconds < 1
    assert len(html) < 1_000_000


def test_deep_quotes_keep_their_words() -> None:
    assert "the words" in marked_up(">" * 300 + " the words")


@given(st.text(alphabet=st.sampled_from("<>[]()!*_`#-|~&\"'\n \\ajs:/=x1."), max_size=300))
def test_whatever_is_written_only_known_tags_come_out(text: str) -> None:
    tree = html5lib.parseFragment(marked_up(text), namespaceHTMLElements=False)
    for element in tree.iter():
        assert element.tag in TAGS | {"DOCUMENT_FRAGMENT"}, text
        assert set(element.attrib) <= {"href", "rel", "title"}, text
        assert not (element.get("href") or "").lower().startswith(("javascript", "data", "vbscript")), text
