"""The link at the foot of each message that ends such messages: derived, so that nothing needs to be kept."""

from __future__ import annotations

from portal.people.models import Person
from portal.people.queries import find_person
from portal.web.address import absolute
from portal.web.derived import opened, sealed

PURPOSE = b"stop mail about requests "


def stop_link(person: Person) -> str:
    """Where this person ends mail about requests without signing in."""
    return absolute(f"/mail-off/{token_of(person.id)}")


def token_of(person_id: int) -> str:
    """The person and 136 bits that only this portal can compute, as 34 letters and digits."""
    return sealed(PURPOSE, person_id.to_bytes(4, "big"))


def person_of(token: str) -> Person | None:
    """Whose link this is."""
    who = opened(PURPOSE, token)
    return find_person(int.from_bytes(who, "big")) if who and len(who) == 4 else None
