"""What visits say: on the timeline of a request, and in words anywhere else."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from portal.requests.models import RequestEvent
from portal.requests.telling import says
from portal.visits.models import Visit
from portal.web.words import clock_time, local_day, long_day


def window_in_words(starts_at: datetime, ends_at: datetime) -> str:
    """'Tuesday 14 April, 10:00 to 12:00'; the second day is named when it is another one."""
    words = {"day": long_day(local_day(starts_at)), "start": clock_time(starts_at), "end": clock_time(ends_at)}
    if local_day(starts_at) == local_day(ends_at):
        return _("%(day)s, %(start)s to %(end)s", **words)
    return _("%(day)s, %(start)s to %(other)s, %(end)s", **words, other=long_day(local_day(ends_at)))


def when_of(visit: Visit) -> str:
    """The window of a visit in words."""
    return window_in_words(visit.starts_at, visit.ends_at)


def _when(event: RequestEvent) -> str:
    try:
        return window_in_words(*(datetime.fromisoformat(event.data[end]) for end in ("starts_at", "ends_at")))
    except (KeyError, TypeError, ValueError):
        return "–"


def _who(event: RequestEvent) -> str:
    return str(event.data.get("who") or _("The helpdesk"))


@says("visit_planned")
def planned(event: RequestEvent, name: str) -> str:
    return _("%(name)s planned a visit: %(who)s comes on %(when)s", name=name, who=_who(event), when=_when(event))


@says("visit_changed")
def changed(event: RequestEvent, name: str) -> str:
    return _("%(name)s changed the visit: %(who)s comes on %(when)s", name=name, who=_who(event), when=_when(event))


@says("visit_moved")
def moved(event: RequestEvent, name: str) -> str:
    if event.data.get("later"):
        words = _("%(name)s chose a later time for the visit, %(when)s; the clock stands still in between")
    else:
        words = _("%(name)s chose another time for the visit, %(when)s")
    return words % {"name": name, "when": _when(event)}


@says("visit_cancelled")
def cancelled(event: RequestEvent, name: str) -> str:
    return _("%(name)s cancelled the visit of %(when)s", name=name, when=_when(event))


@says("visit_on_the_way")
def on_the_way(event: RequestEvent, name: str) -> str:
    if about := event.data.get("expected_at"):
        at = clock_time(datetime.fromisoformat(about))
        return _("%(who)s is on the way, and there at about %(at)s", who=_who(event), at=at)
    return _("%(who)s is on the way", who=_who(event))


@says("visit_arrived")
def arrived(event: RequestEvent, name: str) -> str:
    return _("%(who)s has arrived", who=_who(event))


@says("visit_done")
def done(event: RequestEvent, name: str) -> str:
    return _("%(who)s has made the visit", who=_who(event))


@says("visit_missed")
def missed(event: RequestEvent, name: str) -> str:
    if event.data.get("waits"):
        return _("%(who)s came and met nobody; the clock stands still until we hear from you", who=_who(event))
    return _("%(who)s came and met nobody", who=_who(event))
