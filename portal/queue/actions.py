"""What only the desk does with a request: notes that name colleagues, the second level, working time, proposals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import update

from portal.extensions import db
from portal.files.models import StoredFile
from portal.people.models import Person, Team
from portal.queue import queries
from portal.queue.mentions import Colleague, Mentions, mentions_in
from portal.queue.models import TeamRule
from portal.refusal import Refusal
from portal.requests import actions as requests
from portal.requests import letters
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web.address import absolute


def note(
    request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Iterable[StoredFile] = ()
) -> tuple[str, ...]:
    """Written for colleagues. Whoever is named with @ gets a mail; returns what named nobody."""
    requests.require("note", request)
    named = _named(words)
    told = [one for one in named.meant if one.id != by.id]
    data = {"told": [one.name for one in told]} if told else None
    event = requests.happen(request, "noted", by, at, body=words, public=False, data=data, files=files)
    for colleague in told:
        _tell(request, event, colleague, by, at)
    return named.unknown


def _named(words: str) -> Mentions:
    """Who is meant; a name that several people have is asked about."""
    if "@" not in words:
        return Mentions((), (), ())
    named = mentions_in(words, queries.colleagues())
    for said, found in named.unclear:
        choices = ", ".join(f"{one.name} ({one.handle})" for one in found[:8])
        raise Refusal(
            _("“%(said)s” can mean several people: %(choices)s. Write one of these.", said=said, choices=choices),
            field="body",
        )
    return named


def _tell(request: ServiceRequest, event: RequestEvent, to: Colleague, by: Person, at: datetime) -> None:
    body = f"{request.summary}\n\n{event.body}\n\n{absolute(f'/queue/{request.reference}')}"
    subject = _("%(name)s names you in a note", name=by.name)
    letters.ask_colleague(request, to, f"event{event.id}", subject, body, at)


def escalate(
    request: ServiceRequest, *, to: Person | None, team: Team | None, why: str, by: Person, at: datetime
) -> None:
    """Give it to the second level. The customer reads that a specialist looks at it; the reason stays at the desk."""
    requests.require("escalate", request)
    if request.escalated_at:
        raise Refusal(_("The second level has it already. Hand it over instead."), field="to")
    if to is None and team is None:
        raise Refusal(_("Choose a specialist or a team."), field="to")
    if request.assignee_id or request.team_id:
        request.reassignment_count += 1
    request.assignee, request.team = to, team or (to.team if to else None)
    request.escalated_at = at
    names = " · ".join(one.name for one in (to, team) if one)
    handed = requests.happen(request, "handed_up", by, at, body=why, public=False, data={"to": names})
    letters.to_assignee(request, handed, at)
    event = requests.happen(request, "escalated", by, at)
    words = _("a specialist looks at your request “%(summary)s” now.", summary=request.summary)
    letters.tell(request, f"event{event.id}", _("a specialist looks at it"), words, at)


def log_minutes(request: ServiceRequest, *, minutes: int, why: str, by: Person, at: datetime) -> None:
    """Write working time down, or take some of it back; what was written before stays in the story."""
    if minutes > 0:
        requests.spend(request, minutes=minutes, by=by, at=at)
        return
    if minutes == 0:
        raise Refusal(_("Enter at least one minute."), field="minutes")
    if request.minutes_spent + minutes < 0:
        most = request.minutes_spent
        raise Refusal(_("Only %(most)s minutes are written down so far.", most=most), field="minutes")
    taken_back = {"minutes": -minutes}
    requests.happen(request, "spent_less", by, at, body=why or None, public=False, data=taken_back)
    request.minutes_spent += minutes


def follow_proposal(request: ServiceRequest, *, by: Person, at: datetime) -> None:
    """Give it to the team that a rule proposed."""
    team, rule = request.proposed_team, (request.proposed_why or {}).get("rule")
    if team is None:
        raise Refusal(_("Nothing is proposed any more."))
    requests.assign(request, to=None, team=team, why="", by=by, at=at)
    db.session.execute(update(TeamRule).where(TeamRule.id == rule).values(accepted=TeamRule.accepted + 1))
