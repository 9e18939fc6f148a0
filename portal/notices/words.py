"""How kinds and states of notices are called, and what they say in one line."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.notices.models import Notice
from portal.notices.states import ANNOUNCEMENT, INCIDENT, MAINTENANCE
from portal.web.markdown import marked_up
from portal.web.words import clock_time, in_full, local_day, moment

_EMPHASIS = re.compile(r"\*\*|__|~~|`|^#{1,6}[ \t]*", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")

KIND_WORDS: dict[str, Any] = {
    INCIDENT: _l("Known incident"),
    MAINTENANCE: _l("Planned maintenance"),
    ANNOUNCEMENT: _l("Announcement"),
}
STATE_WORDS: dict[str, Any] = {
    "draft": _l("Draft"),
    "proposed": _l("Waits for a second pair of eyes"),
    "released": _l("Released"),
    "solved": _l("Solved"),
    "over": _l("Over"),
    "withdrawn": _l("Cancelled"),
}


def when_words(notice: Notice) -> str:
    """Its time in a few words; nothing for an announcement."""
    if notice.kind == MAINTENANCE and notice.starts_at and notice.ends_at:
        return _("%(start)s to %(end)s", start=moment(notice.starts_at), end=moment(notice.ended_at or notice.ends_at))
    if notice.kind == INCIDENT and notice.starts_at:
        if notice.ended_at:
            return _("%(start)s to %(end)s", start=moment(notice.starts_at), end=moment(notice.ended_at))
        return _("since %(start)s", start=moment(notice.starts_at))
    return ""


def plain(body: str) -> str:
    """Markdown without its signs, in one line."""
    return marked_up(body).striptags()


def as_letter(body: str) -> str:
    """Markdown as one reads it in a mail: its paragraphs and lists, without the signs of emphasis and headings."""
    return _EMPHASIS.sub("", _LINK.sub(r"\1 (\2)", body))


def kept_time(notice: Notice) -> str:
    """Its time in words that are as true tomorrow, for mail and the index."""
    if notice.kind == MAINTENANCE and notice.starts_at and notice.ends_at:
        same_day = local_day(notice.starts_at) == local_day(notice.ends_at)
        end = clock_time(notice.ends_at) if same_day else in_full(notice.ends_at)
        return _("%(start)s to %(end)s", start=in_full(notice.starts_at), end=end)
    if notice.kind == INCIDENT and notice.starts_at:
        return _("since %(start)s", start=in_full(notice.starts_at))
    return ""


def summary_of(notice: Notice, most: int = 160) -> str:
    """When it is, and how its words begin."""
    words = ". ".join(part for part in (first_up(kept_time(notice)), plain(notice.body)) if part)
    return words if len(words) <= most else words[: most - 1].rsplit(" ", 1)[0] + "…"


def first_up(words: str) -> str:
    """As a sentence begins."""
    return words[:1].upper() + words[1:]
