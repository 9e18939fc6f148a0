"""What is done with people: accounts, roles, sign-in, sessions, passwords."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from portal.extensions import db
from portal.mail.actions import forget_digest, write
from portal.people import passwords, queries
from portal.people.audit import note
from portal.people.models import (
    MAIL_WANTED,
    Department,
    PasswordReset,
    Person,
    RoleHeld,
    Segment,
    SignInFailure,
    SignInSession,
    Team,
)
from portal.people.signals import department_left
from portal.refusal import Refusal
from portal.web.access import ROLES
from portal.web.address import absolute

WINDOW = timedelta(minutes=15)
RESET_LASTS = timedelta(hours=2)
MOST_RESETS = 3
SEEN_AGAIN_AFTER = timedelta(minutes=10)


class TooManyTries(Refusal):
    """So many wrong passwords lately that no more are looked at for a while."""

    status = 429


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def add_person(
    *,
    name: str,
    email: str,
    roles: Collection[str] = (),
    password: str | None = None,
    department: Department | None = None,
    segment: Segment | None = None,
    team: Team | None = None,
    place: str | None = None,
    by: Person | None,
    at: datetime,
) -> Person:
    """A new account. Without a password its owner sets one through "forgotten password"."""
    address = email.strip().lower()
    if queries.find_by_email(address):
        raise Refusal(_("Somebody has this e-mail address already."), field="email")
    person = Person(
        name=name.strip(),
        email=address,
        password_hash=passwords.hash_password(password) if password else None,
        department=department,
        segment=segment,
        team=team,
        place=place,
        created_at=at,
        held=[RoleHeld(role=role) for role in sorted(set(roles) & set(ROLES) - {"customer"})],
    )
    db.session.add(person)
    db.session.flush()
    note(by, person, "added", ", ".join(sorted(person.roles)) or "customer", at)
    return person


def change_person(
    person: Person,
    *,
    name: str,
    roles: Collection[str],
    department_id: int | None,
    segment_id: int | None,
    team_id: int | None,
    active: bool,
    by: Person,
    at: datetime,
) -> None:
    """Change what an administrator may change; disabling ends every session at once."""
    if person.id == by.id and (not active or "administrator" not in roles):
        raise Refusal(_("You cannot take your own way in away. Ask another administrator."), field="roles")
    wanted = set(roles) & set(ROLES) - {"customer"}
    if wanted != person.roles:
        note(by, person, "roles", f"{', '.join(sorted(person.roles))} → {', '.join(sorted(wanted))}", at)
        kept = [one for one in person.held if one.role in wanted]
        person.held = kept + [RoleHeld(role=role) for role in sorted(wanted - person.roles)]
    if active != person.active:
        note(by, person, "enabled" if active else "disabled", "", at)
    person.name, person.active = name.strip(), active
    if person.department_id not in (None, department_id):
        department_left.send(person, department=person.department_id, at=at)
    person.department_id, person.segment_id, person.team_id = department_id, segment_id, team_id
    if not active:
        end_all_sessions(person)


def check_sign_in(
    *, email: str, password: str, address: str, known_here: int | None, limit: int, at: datetime
) -> Person:
    """The person with this address and password.

    `known_here` is the person whom this browser has signed in before: their own mistakes still count, but what others
    do to their account elsewhere does not shut them out. Raises TooManyTries after `limit` failures of the account, or
    of `limit` accounts from one address; raises Refusal with the same words for an unknown address as for a wrong
    password.
    """
    account, place = _digest(email.strip().lower()), _digest(address)
    of_account, here, accounts_here = queries.failures(account=account, address=place, since=at - WINDOW)
    person = queries.find_by_email(email)
    known = person is not None and person.id == known_here
    if here >= limit or (not known and (of_account >= limit or accounts_here >= limit)):
        raise TooManyTries(_("There were too many tries. Wait a quarter of an hour, or set a new password by mail."))
    if passwords.matches(person.password_hash if person and person.active else None, password) and person:
        db.session.execute(
            delete(SignInFailure).where(SignInFailure.account_digest == account, SignInFailure.address_digest == place)
        )
        return person
    db.session.add(SignInFailure(account_digest=account, address_digest=place, failed_at=at))
    raise Refusal(_("E-mail address and password do not match. Check both and try again."), field="password")


def end_session(person: Person, number: int) -> None:
    """Sign out one of the person's own browsers."""
    db.session.execute(delete(SignInSession).where(SignInSession.id == number, SignInSession.person_id == person.id))


def end_all_sessions(person: Person, *, but: int | None = None) -> None:
    """Sign the person out everywhere, or everywhere else."""
    query = delete(SignInSession).where(SignInSession.person_id == person.id)
    db.session.execute(query.where(SignInSession.id != but) if but else query)


def see_session(number: int, *, last_seen_at: datetime, at: datetime) -> None:
    """Note that the session is in use, at most once in ten minutes."""
    if at - last_seen_at < SEEN_AGAIN_AFTER:
        return
    stale = SignInSession.last_seen_at < at - SEEN_AGAIN_AFTER
    db.session.execute(update(SignInSession).where(SignInSession.id == number, stale).values(last_seen_at=at))


def change_password(person: Person, *, current: str, new: str, session_id: int, at: datetime) -> None:
    """A new password, knowing the old one; other browsers are signed out."""
    if not passwords.matches(person.password_hash, current):
        raise Refusal(_("This is not your current password."), field="current")
    passwords.check_new(new)
    person.password_hash = passwords.hash_password(new)
    end_all_sessions(person, but=session_id)
    note(person, person, "password changed", "", at)


def want_mail(person: Person, how: str) -> None:
    """How mail about requests comes from now on. Who wants none gets none of what still waits for a digest either."""
    if how not in MAIL_WANTED:
        raise Refusal(_("Choose one of the three ways."), field="how")
    person.mail_wanted = how
    if how == "none" and person.email:
        forget_digest(person.email)


def end_mail(person: Person, *, at: datetime) -> None:
    """Somebody who has a letter to this person ends such mail; a last one says so, and how it comes again.

    A mail program may have clicked without showing a page, and whoever has the letter need not be its reader.
    """
    if person.mail_wanted == "none":
        return
    want_mail(person, "none")
    write(
        key=f"mail-off:{person.id}:{at.isoformat()}",
        to_address=person.email,
        to_name=person.name,
        subject=_("No more mail about requests"),
        body=_(
            "Hello %(name)s,\n\nfrom now on you get no mail about requests: the link for that in one of our messages "
            "was used. Everything still stands in the portal, under “My requests”. What somebody asks of you "
            "personally, such as a yes, still comes by mail.\n\nTo turn it on again, choose how mail comes here:\n"
            "%(link)s\n",
            name=person.first_name,
            link=absolute("/me#follow-h"),
        ),
        at=at,
    )


def ask_for_reset(email: str, *, at: datetime) -> None:
    """Mail a link when the address is known; whoever asks cannot tell whether it was.

    Links that were mailed before go on working, so nobody can take somebody else's link away by asking again; and
    nobody's mailbox is filled, since at most MOST_RESETS are out at a time.
    """
    person = queries.find_by_email(email)
    token = secrets.token_urlsafe(32)
    if person is None or not person.active or queries.living_resets(person, at=at) >= MOST_RESETS:
        return
    db.session.add(PasswordReset(token_sha256=_digest(token), person_id=person.id, expires_at=at + RESET_LASTS))
    write(
        key=f"reset:{_digest(token)[:24]}",
        to_address=person.email,
        to_name=person.name,
        subject=_("A new password for the helpdesk portal"),
        body=_(
            "Somebody, probably you, asked for a new password for the helpdesk portal.\n\n"
            "Set it here within two hours:\n%(link)s\n\nIf it was not you, do nothing: your password stays as it is.",
            link=absolute(f"/reset/{token}"),
        ),
        at=at,
    )


def find_reset(token: str, *, at: datetime) -> Person | None:
    """Whose password this link may set, while it lasts."""
    query = select(PasswordReset).where(PasswordReset.token_sha256 == _digest(token), PasswordReset.expires_at > at)
    found = db.session.scalar(query)
    return db.session.get(Person, found.person_id) if found else None


def reset_password(person: Person, *, new: str, at: datetime) -> None:
    """A new password by mailed link: the link is used up and every browser is signed out."""
    passwords.check_new(new)
    person.password_hash = passwords.hash_password(new)
    db.session.execute(delete(PasswordReset).where(PasswordReset.person_id == person.id))
    end_all_sessions(person)
    note(person, person, "password reset", "", at)


def forget_old(at: datetime) -> None:
    """Ended sessions, old failures and expired links go."""
    db.session.execute(delete(SignInSession).where(SignInSession.expires_at < at))
    db.session.execute(delete(SignInFailure).where(SignInFailure.failed_at < at - WINDOW))
    db.session.execute(delete(PasswordReset).where(PasswordReset.expires_at < at))
