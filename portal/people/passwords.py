"""Passwords: argon2id with parameters that a small machine can afford, and never many at once."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from portal.refusal import Refusal

LONGEST = 1024
SHORTEST = 10

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_few_at_once = threading.BoundedSemaphore(4)
# Of a password that nobody has, so that an unknown address costs the same time as a known one.
_nobody = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$8cV0y3kKcCkvTqfLrp8yUE2kxk6aPVhWuYHLlzWnUyk"


def hash_password(password: str) -> str:
    """The hash to keep."""
    with _few_at_once:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Is it the password? Takes the same time for somebody without one. A very long one is refused unread."""
    if len(password.encode()) > LONGEST:
        return False
    with _few_at_once:
        try:
            _hasher.verify(password_hash or _nobody, password)
            return password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def check_new(password: str, *, field: str = "new") -> None:
    """Refuse a new password that is too short or too long."""
    if len(password) < SHORTEST:
        raise Refusal(
            _("Use at least %(n)s characters. Three or four words in a row are good.", n=SHORTEST), field=field
        )
    if len(password.encode()) > LONGEST:
        raise Refusal(_("Use fewer characters."), field=field)
