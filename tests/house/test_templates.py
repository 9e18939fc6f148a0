"""Templates carry no words that cannot be translated and nothing that a strict policy would have to forbid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tests.conftest import ROOT

TEMPLATES = ROOT / "portal" / "templates"
FILES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
TRANSLATED = {"_", "gettext", "ngettext"}

NAMES = {"CSV", "JSON", "PDF"}
"""Called so in every language."""
SPOKEN = re.compile(r'\b(?:aria-label|title|alt|placeholder|aria-description)="([^"]*)"')
MARKUP = re.compile(r"<!doctype[^>]*>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r'\s[\w-]+="[^"]*"')
"""One that a block or macro adds to an element."""
CODE = (
    re.compile(r"\{#.*?#\}", re.DOTALL),
    re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL),
    re.compile(r"\{%.*?%\}", re.DOTALL),
    re.compile(r"\{\{.*?\}\}", re.DOTALL),
)


def without_code(source: str) -> str:
    for pattern in CODE:
        source = pattern.sub("", source)
    return source


def bare_words(source: str) -> list[str]:
    """Words that a reader would see or hear and that no translator would."""
    plain = without_code(source)
    heard = [words for words in SPOKEN.findall(plain) if re.search("[A-Za-z]{2}", words)]
    seen = ATTRIBUTE.sub(" ", re.sub(r"&\w+;", " ", MARKUP.sub(" ", plain)))
    return heard + [word for word in re.findall(r"[A-Za-z]{2}[A-Za-z']*", seen) if word not in NAMES]


@pytest.mark.parametrize("name", FILES)
def test_all_words_can_be_translated(name: str) -> None:
    source = (TEMPLATES / name).read_text()
    assert bare_words(source) == []
    assert list(untranslated_sentences(source)) == []


def untranslated_sentences(source: str) -> Iterator[str]:
    """Sentences inside expressions that reach the reader without gettext: {{ empty('Nothing here') }}."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)
    translated = {
        id(inner)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATED
        for inner in call.find_all(nodes.Const)
    }
    for const in tree.find_all(nodes.Const):
        sentence = isinstance(const.value, str) and re.match(r"[A-Z][a-z]+ [a-z]+", const.value)
        if sentence and id(const) not in translated:
            yield const.value


@pytest.mark.parametrize("name", FILES)
def test_nothing_in_it_is_live_or_trusted(name: str) -> None:
    source = (TEMPLATES / name).read_text()
    plain = without_code(source)
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", source)
    assert not re.search(r"<style|\sstyle\s*=", plain)
    assert not re.search(r"\son\w+\s*=|hx-on|javascript:|[\"']js:", plain)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert not re.search(r"(?<!data-)\bhx-(?:get|post|target|swap|trigger|boost|push)", plain)


def test_the_scan_finds_what_it_looks_for() -> None:
    assert bare_words("<p>Hello there {{ name }}</p>") == ["Hello", "there"]
    assert bare_words('<a title="Go home">{{ _("x") }}</a>') == ["Go home"]
    assert bare_words("{% trans %}Hello{% endtrans %}<b class=\"a > b\">{{ _('x') }}&nbsp;</b>") == []
    assert list(untranslated_sentences("{{ empty('Nothing here yet') }}{{ _('All is well') }}")) == ["Nothing here yet"]


def test_no_module_marks_text_as_safe_without_escaping() -> None:
    """Markup is made from constants, filled through format, join and escape.

    Or it is cleaned by nh3 or drawn by a template, which escapes, on the same line. A translation is a constant.
    """
    wrong = []
    for path in sorted((ROOT / "portal").rglob("*.py")):
        if path.name == "language.py":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            clean = "Markup(nh3.clean(" in line or "Markup(render_template(template, **" in line
            if re.search(r"\bMarkup\((?!\"|')|Markup\(f[\"']", line) and not clean:
                wrong.append(f"{Path(path).relative_to(ROOT)}:{number}: {line.strip()}")
    assert not wrong, "\n".join(wrong)
