"""Markdown as people write it, and the safe markup that is shown."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "ul", "ol", "li"),
    *("h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *("strong", "em", "code", "a", "del", "s"),
}
SCHEMES = {"http", "https", "mailto", "tel"}
_HEADING = re.compile(r"^(#{1,6})([^#\s])", re.MULTILINE)
_DEEP_QUOTE = re.compile(r"^((?:[ \t]*>){5})(?:[ \t]*>)+", re.MULTILINE)
"""Nobody reads deeper than five, and each level more costs the parser time with each line."""


@lru_cache(maxsize=1)
def _parser() -> Any:
    """Made, and its library loaded, when the first text is shown: a start takes long enough without it."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", lambda _self, tokens, index, *_: str(escape(tokens[index].content)))
    return parser


@lru_cache(maxsize=512)
def marked_up(text: str, below: int = 1) -> Markup:
    """The text as markup; its highest headings stand under one of level `below`. Of pictures, only their words."""
    import nh3

    # A heading without the blank after its signs is what many people write.
    parser = _parser()
    tokens = parser.parse(_HEADING.sub(r"\1 \2", _DEEP_QUOTE.sub(r"\1", text)))
    _lower(tokens, below)
    html = parser.renderer.render(tokens, parser.options, {})
    # What comes out was written by a parser that knows no raw HTML, and cleaned after it.
    return Markup(nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES))


def _lower(tokens: list[Any], below: int) -> None:
    """The first heading becomes the level under the page's own, and deeper ones follow without a gap."""
    levels = sorted({int(token.tag[1]) for token in tokens if token.type == "heading_open"})
    places = {level: min(below + place, 6) for place, level in enumerate(levels, start=1)}
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{places[int(token.tag[1])]}"
