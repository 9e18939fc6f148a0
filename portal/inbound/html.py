"""The words of an HTML mail as plain text. Pure.

A sanitizer written for hostile markup reads it and leaves a handful of harmless tags, well formed; only those are
turned into lines here, so no pattern ever meets what the sender wrote.
"""

from __future__ import annotations

import html
import re

import nh3

LONGEST = 200_000
_BLOCKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr"}
_DROPPED = {"script", "style", "head", "title", "template", "noscript", "svg", "math"}


def words_of_html(markup: str) -> str:
    """Lines as a reader would see them; a link is followed by its address."""
    clean = nh3.clean(
        _not_too_deep(markup[:LONGEST]),
        tags=_BLOCKS | {"a"},
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
        strip_comments=True,
    )
    flat = re.sub(r"\s+", " ", clean)
    linked = re.sub(r'<a href="([^"]{1,500})">([^<]{0,500})</a>', _with_address, flat)
    lines = re.sub(r"</?(?:p|div|br|tr|li|h[1-6]|blockquote|hr)>", "\n", linked)
    words = html.unescape(re.sub(r"<[^<>]{0,2000}>", "", lines)).replace("\u00a0", " ")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in words.split("\n"))).strip()


def _with_address(link: re.Match[str]) -> str:
    address, words = link.groups()
    return words if words.strip() in (address, address.removeprefix("mailto:")) else f"{words} ({address})"


MOST_TAGS = 10_000


def _not_too_deep(markup: str) -> str:
    """A message of nothing but tags is cut: a tree of them costs more than it says."""
    pieces = markup.split("<", MOST_TAGS)
    return markup if len(pieces) <= MOST_TAGS else "<".join(pieces[:MOST_TAGS])
