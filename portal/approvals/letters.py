"""The mail about approvals: to those who are asked, and to those who wait for the answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _

from portal.approvals.models import Approval
from portal.approvals.tokens import token_of
from portal.catalogue.promises import minutes_a_day
from portal.people.models import Person
from portal.requests import letters
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web.address import absolute
from portal.web.words import in_full, service_span, span


def ask(approval: Approval, to: Person, at: datetime) -> None:
    """The question, with the link that answers it."""
    request = approval.request
    lines = [_asked(approval, to)]
    if approval.question:
        lines.append(approval.question)
    lines.append(_("Read what is asked and answer here, without signing in:\n%(link)s", link=_link(approval, to)))
    lines.append(_("Opening the link decides nothing; only a button there does."))
    _post(approval, to, "asked", _("please say yes or no: %(summary)s", summary=request.summary), lines, at)


def _asked(approval: Approval, to: Person) -> str:
    request = approval.request
    words = {"name": request.customer.name, "summary": request.summary, "service": request.service.name}
    asked = _("%(name)s asked for “%(summary)s” (%(service)s), and you have to say yes first.", **words)
    if approval.approver is None or to.id == approval.approver_id:
        return asked
    in_place = _("You are asked in the place of %(name)s.", name=approval.approver.name)
    return f"{asked} {in_place}"


def remind(approval: Approval, to: Person, at: datetime) -> None:
    """Nobody has answered yet."""
    lines = [
        _("%(asked)s They wait since %(when)s.", asked=_asked(approval, to), when=in_full(approval.asked_at)),
        _("Read what is asked and answer here, without signing in:\n%(link)s", link=_link(approval, to)),
    ]
    subject = _("still waiting for your yes or no: %(summary)s", summary=approval.request.summary)
    _post(approval, to, f"reminder{approval.reminders}", subject, lines, at)


def void(approval: Approval, at: datetime) -> None:
    """The answer is not needed any more."""
    words = {"summary": approval.request.summary}
    line = _("“%(summary)s” does not need your answer any more. There is nothing to do.", **words)
    for to in (approval.approver, approval.stand_in):
        if to is not None and (to is approval.stand_in or approval.stand_in is None):
            _post(approval, to, "void", _("no answer needed any more: %(summary)s", **words), [line], at)


def taken_back(approval: Approval, event: RequestEvent, at: datetime) -> None:
    """To everybody who could have answered, and to those whose request it is: the question is gone, and why."""
    request = approval.request
    words = {"name": _decider(approval), "summary": request.summary}
    nothing = _("There is nothing to do for you. Thank you for your patience.")
    line = _("%(name)s of the helpdesk has taken the question about “%(summary)s” back:", **words)
    for to in filter(None, (approval.approver, approval.stand_in)):
        subject = _("the question was taken back: %(summary)s", **words)
        _post(approval, to, "taken back", subject, [line, approval.words, nothing], at)
    told = _("%(name)s has taken the question for a yes to “%(summary)s” back:", **words)
    after = _("The clock stands still, as it did before.") if request.clock_is_stopped else _("The clock runs again.")
    subject = _("we need no yes any more")
    letters.tell(request, f"event{event.id}", subject, f"{told}\n\n{approval.words}\n\n{after}", at)


def tell_asked(approval: Approval, event: RequestEvent, at: datetime) -> None:
    """To those whose request it is: we wait for somebody's yes."""
    name = approval.approver.name if approval.approver else ""
    if approval.stand_in:
        name = _("%(other)s, who stands in for %(who)s,", other=approval.stand_in.name, who=name)
    body = _(
        "before we go on with “%(summary)s”, %(name)s has to say yes. We have asked, and the clock stands still until "
        "the answer.",
        summary=approval.request.summary,
        name=name,
    )
    letters.tell(approval.request, f"event{event.id}", _("we wait for a yes"), body, at)


def approved(approval: Approval, event: RequestEvent, at: datetime) -> None:
    """To everybody who follows it, and to whoever works on it."""
    request = approval.request
    parts = [_("%(name)s said yes to “%(summary)s”.", name=_decider(approval), summary=request.summary)]
    if approval.words:
        parts.append(approval.words)
    if request.clock_is_stopped:
        parts.append(_("We go on waiting for what we waited for before; until then the clock stands still."))
    elif request.due_at:
        parts.append(_("It is done by %(when)s.", when=in_full(request.due_at)))
    letters.tell(request, f"event{event.id}", _("approved"), "\n\n".join(parts), at)
    _tell_desk(approval, event, _("approved"), at)


def declined(approval: Approval, event: RequestEvent, at: datetime) -> None:
    """To everybody who follows it, with the reason."""
    request = approval.request
    said = _("%(name)s did not say yes to “%(summary)s”:", name=_decider(approval), summary=request.summary)
    after = _("The request has ended, and nothing more happens. If something has changed, ask again.")
    body = f"{said}\n\n{approval.words}\n\n{after}"
    letters.tell(request, f"event{event.id}", _("not approved"), body, at)
    _tell_desk(approval, event, _("not approved"), at)


def took(approval: Approval) -> str:
    """How long the answer took, in service time."""
    return in_service_time(approval.minutes)


def in_service_time(minutes: int | None) -> str:
    """Minutes of service time in words."""
    return span(timedelta(minutes=minutes)) if minutes else _("less than a minute")


def promised_in(request: ServiceRequest) -> str:
    """How long it takes once it may begin; '' where nothing is promised."""
    minutes = request.resolution_minutes
    return service_span(minutes, minutes_a_day(request.hours)) if minutes else ""


def _decider(approval: Approval) -> str:
    return approval.decided_by.name if approval.decided_by else ""


def _tell_desk(approval: Approval, event: RequestEvent, subject: str, at: datetime) -> None:
    """Who works on it and who asked for the yes, each once."""
    request = approval.request
    parts = (request.summary, approval.words, absolute(f"/queue/{request.reference}"))
    body = "\n\n".join(part for part in parts if part)
    told = letters.followers(request)
    for agent in filter(None, dict.fromkeys((request.assignee, approval.asked_by))):
        if agent not in told:
            letters.to_colleague(request, agent, f"event{event.id}", subject, body, at)


def _link(approval: Approval, to: Person) -> str:
    return absolute(f"/approvals/{token_of(approval.id, to.id)}")


def _post(approval: Approval, to: Person, cause: str, subject: str, lines: list[str], at: datetime) -> None:
    """Straight to the outbox: somebody waits for this answer, so it is not left for a digest."""
    key = f"approval{approval.id}:{cause}:{to.id}"
    letters.ask_colleague(approval.request, to, cause, subject, "\n\n".join(lines), at, key=key)
