"""The link at the foot of each message that ends such messages: derived, so that nothing needs to be kept."""

from __future__ import annotations

import base64
import binascii
import hmac

from portal.people.models import Person
from portal.people.queries import find_person
from portal.web.address import absolute
from portal.web.derived import seal_for


def stop_link(person: Person) -> str:
    """Where this person ends mail about requests without signing in."""
    return absolute(f"/mail-off/{token_of(person.id)}")


def token_of(person_id: int) -> str:
    """The person and 136 bits that only this portal can compute, as 34 letters and digits."""
    who = person_id.to_bytes(4, "big")
    return base64.b32encode(who + _seal(who)).decode().lower().rstrip("=")


def person_of(token: str) -> Person | None:
    """Whose link this is."""
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    who, seal = raw[:4], raw[4:]
    return find_person(int.from_bytes(who, "big")) if hmac.compare_digest(seal, _seal(who)) else None


def _seal(who: bytes) -> bytes:
    return seal_for(b"stop mail about requests " + who)[:17]
