"""The person behind a request: a signed cookie names a session row, and the row names the person."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import cast

from flask import g, session
from flask_login import UserMixin, current_user, login_user, logout_user

from portal.extensions import db
from portal.people import queries
from portal.people.models import Person, SignInSession
from portal.web.moment import now

LASTS = timedelta(days=14)


def digest(secret: str) -> str:
    """Secrets in links and cookies are kept only like this."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Visitor(UserMixin):
    """What `current_user` is: the person, through which session, and the roles."""

    def __init__(self, row: SignInSession, token: str) -> None:
        self.person = row.person
        self.session_id = row.id
        self.last_seen_at = row.last_seen_at
        self.roles = row.person.roles
        self._token = token

    def get_id(self) -> str:
        return self._token


def viewer() -> Person:
    """The signed-in person; only for views that the gate has let somebody into."""
    return cast(Person, current_user.person)


def load_visitor(token: str) -> Visitor | None:
    """Look the session up at each request, so that ending it counts at once. One statement, roles included."""
    row = queries.find_session(digest(token), at=now())
    return Visitor(row, token) if row else None


def start_session(person: Person, *, browser: str, address: str, at: datetime) -> None:
    """Sign the person in here, in a fresh cookie; the caller commits."""
    token = secrets.token_urlsafe(32)
    row = SignInSession(
        token_sha256=digest(token),
        person=person,
        started_at=at,
        last_seen_at=at,
        expires_at=at + LASTS,
        browser=browser[:200],
        address=address[:64],
    )
    db.session.add(row)
    db.session.flush()
    session.clear()
    g.pop("csrf_token", None)
    session.permanent = True
    login_user(Visitor(row, token))


def end_session() -> None:
    """Sign out here; the caller has deleted the row and commits."""
    logout_user()
    session.clear()
    g.pop("csrf_token", None)
