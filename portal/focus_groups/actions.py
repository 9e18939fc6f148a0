"""Planning a session, filling its seats, and writing down what it found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from portal.catalogue.models import Service
from portal.extensions import db
from portal.focus_groups import letters, queries
from portal.focus_groups.anonymity import named_in
from portal.focus_groups.links import digest, new_token
from portal.focus_groups.models import Finding, InvitationLink, Invitee, Session, Study
from portal.focus_groups.states import (
    ACCEPTED,
    ATTENDED,
    CONCERNED,
    DECLINED,
    INVITED,
    MAY_HAVE_COME,
    NO_SHOW,
    WAITLISTED,
)
from portal.mail import actions as mail
from portal.people.models import Person, Segment
from portal.refusal import Conflict, Refusal
from portal.versions import claim_version
from portal.web.address import absolute


@dataclass(frozen=True)
class Plan:
    """What a liaison fills in about a session and its study."""

    title: str
    objective: str
    decision_informed: str
    segment: Segment | None
    attribution_rule: str
    starts_at: datetime
    planned_minutes: int
    place: str
    seats: int
    moderator: Person


@dataclass(frozen=True)
class Found:
    """What a liaison writes down as one finding."""

    statement: str
    sentiment: str
    service: Service | None
    quote: str | None


def plan_session(plan: Plan, *, by: Person, at: datetime) -> Session:
    """A new study with its first session."""
    _check_moment(plan, at)
    study = Study(owner=by, created_at=at)
    session = Session(study=study, seats_taken=0)
    _write_plan(session, plan)
    db.session.add_all([study, session])
    db.session.flush()
    return session


def change_session(session: Session, plan: Plan, *, version: int, by: Person, at: datetime) -> None:
    """Change what is planned; when time or place differ, everybody concerned is told, and new seats are filled."""
    _still_ahead(queries.lock_session(session.id), at)
    if session.version != version:
        raise Conflict(_("Someone changed this while you were typing. Your text is below, untouched."))
    _check_moment(plan, at)
    if plan.seats < session.seats_taken:
        words = _("%(taken)d people have a seat already. Keep at least as many.", taken=session.seats_taken)
        raise Refusal(words, field="seats")
    moves = (plan.starts_at, plan.place) != (session.starts_at, session.place)
    _write_plan(session, plan)
    session.version += 1
    if moves:
        for invitee in _concerned(session):
            _send(invitee, "moved", letters.moved(invitee, _link(invitee)), at)
    _fill_seats(session, at=at)


def _write_plan(session: Session, plan: Plan) -> None:
    study = session.study
    study.title, study.objective = plan.title, plan.objective
    study.decision_informed = plan.decision_informed
    study.segment, study.attribution_rule = plan.segment, plan.attribution_rule
    session.starts_at, session.planned_minutes = plan.starts_at, plan.planned_minutes
    session.place, session.seats, session.moderator = plan.place, plan.seats, plan.moderator


def _check_moment(plan: Plan, at: datetime) -> None:
    if plan.starts_at <= at:
        raise Refusal(_("Choose a moment that is still to come."), field="starts_at")


def _still_ahead(session: Session, at: datetime) -> None:
    """Until it begins, and unless it was cancelled, people come and go."""
    if session.cancelled:
        raise Refusal(_("This session was cancelled."))
    if session.begun(at):
        raise Refusal(_("This session has begun, so nothing about the seats can be changed any more."))


def invite(session: Session, people: Iterable[Person], *, by: Person, at: datetime) -> Sequence[Invitee]:
    """Ask these people to come, each once and each with a mail; returns the invitations that are new."""
    _still_ahead(queries.lock_session(session.id), at)
    fresh = queries.pickable(session, [person.id for person in people])
    if not fresh:
        raise Refusal(
            _("Nobody new was chosen: they are invited already, or do not belong to the segment."), field="people"
        )
    made = [Invitee(session=session, person=person, state=INVITED, invited_at=at) for person in fresh]
    db.session.add_all(made)
    db.session.flush()
    for invitee in made:
        _send(invitee, "invitation", letters.invitation(invitee, _link(invitee)), at)
    return made


def mint_link(invitee: Invitee) -> str:
    """A fresh secret for this invitation; only its digest stays here."""
    token = new_token()
    db.session.add(InvitationLink(token_sha256=digest(token), invitee=invitee))
    return token


def _link(invitee: Invitee) -> str:
    return absolute(f"/invitation/{mint_link(invitee)}")


def _send(invitee: Invitee, kind: str, letter: letters.Letter, at: datetime) -> None:
    subject, body = letter
    mail.write(
        key=f"focus-group-{kind}-{invitee.id}-{at.isoformat()}",
        to_address=invitee.person.email,
        to_name=invitee.person.name,
        subject=subject,
        body=body,
        at=at,
        thread=invitee.session.reference,
    )


def accept(invitee: Invitee, *, access_needs: str | None, at: datetime) -> None:
    """Take a seat, or a place in line when none is left. Saying it twice changes nothing."""
    session = _lock_for_answer(invitee, at)
    invitee.access_needs = access_needs or None
    if invitee.state in (ACCEPTED, WAITLISTED):
        return
    invitee.answered_at = at
    if session.seats_taken < session.seats:
        _seat(invitee, session)
    else:
        invitee.state = WAITLISTED


def decline(invitee: Invitee, *, at: datetime) -> None:
    """Stay away; a seat given back goes to whoever waits longest."""
    session = _lock_for_answer(invitee, at)
    if invitee.state == DECLINED:
        return
    if invitee.state == ACCEPTED:
        session.seats_taken -= 1
    invitee.state = DECLINED
    invitee.answered_at = at
    _fill_seats(session, at=at)


def _lock_for_answer(invitee: Invitee, at: datetime) -> Session:
    """Answers to one session stand in line, so that each sees what the one before it did."""
    session = queries.lock_session(invitee.session_id)
    db.session.refresh(invitee)
    _still_ahead(session, at)
    return session


def _seat(invitee: Invitee, session: Session) -> None:
    invitee.state = ACCEPTED
    session.seats_taken += 1


def _fill_seats(session: Session, *, at: datetime) -> None:
    db.session.flush()
    while session.seats_taken < session.seats and (waiting := queries.longest_waiting(session)):
        _seat(waiting, session)
        db.session.flush()
        _send(waiting, "seat", letters.seat_after_all(waiting, _link(waiting)), at)


def cancel_session(session: Session, *, reason: str, by: Person, at: datetime) -> None:
    """Call it off; everybody who might have come is told why."""
    _still_ahead(queries.lock_session(session.id), at)
    session.cancelled_at = at
    session.cancel_reason = reason
    session.version += 1
    for invitee in _concerned(session):
        _send(invitee, "cancelled", letters.cancelled(invitee), at)


def _concerned(session: Session) -> list[Invitee]:
    return [invitee for invitee in queries.invitees(session) if invitee.state in CONCERNED]


def record_attendance(session: Session, *, came: Collection[int], by: Person, at: datetime) -> None:
    """Who of the invited came. It may be said again to correct it; whoever came keeps their pseudonym."""
    _held(queries.lock_session(session.id), at)
    everybody = queries.invitees(session)
    given = sum(1 for invitee in everybody if invitee.pseudonym)
    for invitee in everybody:
        if invitee.id in came and invitee.state in MAY_HAVE_COME:
            given += not invitee.pseudonym
            invitee.pseudonym = invitee.pseudonym or f"P{given}"
            invitee.state = ATTENDED
        elif invitee.state in (ACCEPTED, ATTENDED):
            invitee.state = NO_SHOW
    session.attendance_at = at


def _held(session: Session, at: datetime) -> None:
    if session.cancelled:
        raise Refusal(_("This session was cancelled."))
    if not session.begun(at):
        raise Refusal(_("This session has not begun yet."))


def record_finding(session: Session, found: Found, *, by: Person, at: datetime) -> Finding:
    """Write down one thing the group showed."""
    _held(session, at)
    _check_names(session, found)
    finding = Finding(session=session, recorded_by_id=by.id, recorded_at=at)
    _write_finding(finding, found)
    db.session.add(finding)
    db.session.flush()
    return finding


def correct_finding(finding: Finding, found: Found, *, version: int, by: Person, at: datetime) -> None:
    """Change what was written down, unless somebody else just did."""
    _check_names(finding.session, found)
    words = _("Someone changed this while you were typing. Your text is below, untouched.")
    claim_version(finding, version, otherwise=words)
    _write_finding(finding, found)
    finding.corrected_at = at


def _write_finding(finding: Finding, found: Found) -> None:
    finding.statement, finding.sentiment = found.statement, found.sentiment
    finding.service, finding.quote = found.service, found.quote or None


def _check_names(session: Session, found: Found) -> None:
    """What was said is kept without who said it."""
    names = queries.names_of_invitees(session.id)
    for field, text in (("statement", found.statement), ("quote", found.quote or "")):
        if name := named_in(text, names):
            raise Refusal(_("Leave the name “%(name)s” out, and write “a colleague” instead.", name=name), field=field)
