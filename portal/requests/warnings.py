"""Saying in time that a promise is near its end, and at once that it was missed.

Each open request has the moment at which there is next something to say. A round takes those whose moment has come, a
batch at a time: what customers are told is written with the moment it was told, in one transaction, and what those who
work on it should know waits in a row until one mail to each of them says it all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Table, bindparam, delete, exists, select, update
from sqlalchemy.orm import joinedload

from portal.extensions import db, insert, reading
from portal.mail.actions import write
from portal.measures.due import Remark, due_moments, to_say
from portal.people import queries as people
from portal.people.models import Person
from portal.people.standing_in import who_acts
from portal.requests import promise_letters
from portal.requests.actions import happen
from portal.requests.checking import OPEN_ONLY
from portal.requests.clock import expected_after_miss, refresh_due, terms_of
from portal.requests.models import PromiseWarning, ServiceRequest
from portal.web.address import absolute
from portal.web.words import in_full, local_day

BATCH = 50
MOST_AT_ONCE = 2000
MOST_LINES = 40


def anything_to_say(at: datetime) -> bool:
    with reading():
        return bool(db.session.scalar(select(_ripe(at).exists() | exists(select(PromiseWarning.id)))))


def _ripe(at: datetime) -> Any:
    """Open requests about whose promise there is something to say (ix_service_request_warning)."""
    return select(ServiceRequest).where(OPEN_ONLY, ServiceRequest.warn_at <= at)


def look_after(*, at: datetime, size: int = BATCH) -> int:
    """One batch of requests; returns how many. What is said of each is said once, however often this is begun."""
    query = _ripe(at).options(*_WITH).order_by(ServiceRequest.warn_at, ServiceRequest.id).limit(size)
    # Two workers take different ones; where the database cannot skip, the second one waits.
    found = db.session.scalars(query.with_for_update(skip_locked=True, of=ServiceRequest)).all()
    quiet = []
    for request in found:
        remarks = to_say(terms_of(request), at)
        _remember(request, remarks)
        # Of two that are missed at once, the end is what matters, and one letter says enough.
        missed, passed = ([one for one in remarks if one.kind == kind] for kind in ("missed", "said"))
        if missed:
            _admit(request, missed[-1], at)
        elif passed:
            _admit_again(request, passed[-1], at)
        else:
            quiet.append(request)
    _say_no_more(quiet, at)
    return len(found)


_WITH = (
    joinedload(ServiceRequest.hours_plan),
    joinedload(ServiceRequest.customer),
    joinedload(ServiceRequest.asked_by),
    joinedload(ServiceRequest.assignee),
)


def _remember(request: ServiceRequest, remarks: Iterable[Remark]) -> None:
    """Those who work on it are told in the mail at the end of the round."""
    rows = [{"request_id": request.id, "about": f"{one.of} {one.kind}", "moment_at": one.at} for one in remarks]
    if rows:
        db.session.execute(insert(PromiseWarning).on_conflict_do_nothing(), rows)


def _say_no_more(requests: Sequence[ServiceRequest], at: datetime) -> None:
    """Nothing that a reader would see has happened, so whoever is writing meanwhile is not held up by a new version."""
    rows = [
        {"number": one.id, "warn": due_moments(replace(terms_of(one), told_until_at=at)).warn_at, "until": at}
        for one in requests
    ]
    if rows:
        table: Table = ServiceRequest.__table__  # type: ignore[assignment]
        values: dict[str, Any] = {"warn_at": bindparam("warn"), "told_until_at": bindparam("until")}
        db.session.connection().execute(update(table).where(table.c.id == bindparam("number")).values(values), rows)
    for one in requests:
        db.session.expire(one)


def _admit(request: ServiceRequest, remark: Remark, at: datetime) -> None:
    """We missed it: the customer reads so, with a new moment and the reason, unless somebody has said both already."""
    answer = remark.of == "answer"
    request.told_until_at = at
    if not answer and request.said_due_at and request.said_due_at > at:
        refresh_due(request)
        return
    expected_at, why = expected_after_miss(request, at, answer=answer), _why(request, answer=answer)
    if answer:
        request.said_answer_at = expected_at
    else:
        request.said_due_at = expected_at
    request.said_why = why
    data = {"of": remark.of, "promised": remark.at.isoformat(), "expected": expected_at.isoformat()}
    event = happen(request, "missed", None, at, body=why, data=data)
    refresh_due(request)
    tell = promise_letters.missed_answer if answer else promise_letters.missed
    tell(request, event, remark.at, at)


def _admit_again(request: ServiceRequest, remark: Remark, at: datetime) -> None:
    """What we said instead has passed as well: the customer reads so once, and a person has to say what comes next.

    Another moment of our own would be guessed like the one that was wrong, and each would bring another letter.
    """
    answer = remark.of == "answer"
    request.told_until_at, request.said_why = at, _why(request, answer=answer)
    data = {"of": remark.of, "said": remark.at.isoformat()}
    event = happen(request, "missed", None, at, body=request.said_why, data=data)
    refresh_due(request)
    tell = promise_letters.missed_answer_again if answer else promise_letters.missed_again
    tell(request, event, remark.at, at)


def _why(request: ServiceRequest, *, answer: bool) -> str:
    """The reason, as far as the facts tell it; whoever knows better says so with a new time."""
    if request.notice_id:
        return _("It is about a problem that we know and have not solved yet.")
    if request.reopen_count:
        return _("What we did first has not solved it.")
    if request.assignee is None:
        return _("Nobody has been free to take it yet.")
    if answer:
        return _("%(name)s has it and has not got to it yet.", name=request.assignee.name)
    return _("%(name)s works on it, and it takes longer than we thought.", name=request.assignee.name)


def tell_desk(*, at: datetime) -> int:
    """One mail to each who should know, about everything that waits to be said; returns how many were written."""
    waiting = _waiting_to_be_told()
    if not waiting:
        return 0
    desk = people.holders("work the queue")
    lists: dict[int, list[PromiseWarning]] = {}
    readers = {}
    for one in waiting:
        if not one.request.is_open:
            continue
        for person in _who_should_know(one.request, desk, at):
            readers[person.id] = person
            lists.setdefault(person.id, []).append(one)
    for number, warnings in lists.items():
        _write_to(readers[number], warnings, key=f"warnings:{at.isoformat()}:{waiting[-1].id}:{number}", at=at)
    db.session.execute(delete(PromiseWarning).where(PromiseWarning.id.in_([one.id for one in waiting])))
    return len(lists)


def _waiting_to_be_told() -> Sequence[PromiseWarning]:
    query = select(PromiseWarning).order_by(PromiseWarning.id).limit(MOST_AT_ONCE)
    query = query.options(joinedload(PromiseWarning.request).joinedload(ServiceRequest.assignee))
    return db.session.scalars(query.with_for_update(skip_locked=True, of=PromiseWarning)).all()


def _who_should_know(request: ServiceRequest, desk: Sequence[Person], at: datetime) -> Sequence[Person]:
    """Who has it, or who stands in for them; otherwise its team; otherwise everybody who works the queue."""
    person = who_acts(request.assignee, local_day(at))
    if person is not None:
        return [person]
    team = [one for one in desk if one.team_id is not None and one.team_id == request.team_id]
    return team or desk


def _write_to(person: Person, warnings: Sequence[PromiseWarning], *, key: str, at: datetime) -> None:
    if person.mail_wanted == "none":
        return
    lines = [_line(one) for one in warnings[:MOST_LINES]]
    if len(warnings) > MOST_LINES:
        more = len(warnings) - MOST_LINES
        lines.append(ngettext("and %(num)d more in the queue:", "and %(num)d more in the queue:", more))
        lines.append(absolute("/queue"))
    number = len({one.request_id for one in warnings})
    write(
        key=key,
        to_address=person.email,
        to_name=person.name,
        subject=ngettext("%(num)d promise to look at", "%(num)d promises to look at", number),
        body=f"{_('Hello %(name)s,', name=person.first_name)}\n\n" + "\n\n".join(lines) + "\n",
        at=at,
    )


def _line(warning: PromiseWarning) -> str:
    request = warning.request
    return f"{request.reference} {request.summary}\n{_in_words(warning)}\n{absolute(f'/queue/{request.reference}')}"


def _in_words(warning: PromiseWarning) -> str:
    request, when = warning.request, in_full(warning.moment_at)
    return {
        "answer near": _("The first answer is due by %(when)s.", when=_when(request.first_answer_due_at)),
        "answer missed": _("The first answer was due by %(when)s. The customer is told that it is late.", when=when),
        "answer said": _("The customer expected an answer by %(when)s and is told that it is late.", when=when),
        "end near": _("It is due by %(when)s.", when=_when(request.due_at)),
        "end missed": _("It was due by %(when)s. The customer is told that it is late; say a new time.", when=when),
        "end said": _("The customer expected it by %(when)s and is told that it is late; say a new time.", when=when),
    }[warning.about]


def _when(at: datetime | None) -> str:
    return in_full(at) if at else "–"
