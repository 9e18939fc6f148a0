"""The link with which a reader leaves one request without signing in: derived, so that nothing needs to be kept."""

from __future__ import annotations

from portal.people.models import Person
from portal.requests.models import ServiceRequest
from portal.web.address import absolute
from portal.web.derived import opened, sealed

PURPOSE = b"stop reading along "


def leave_link(request: ServiceRequest, person: Person) -> str:
    """Where this person stops reading along with this request."""
    return absolute(f"/leave/{token_of(request.id, person.id)}")


def token_of(request_id: int, person_id: int) -> str:
    """Both numbers and 136 bits that only this portal can compute, as 47 letters and digits."""
    return sealed(PURPOSE, request_id.to_bytes(8, "big") + person_id.to_bytes(4, "big"))


def behind(token: str) -> tuple[int, int] | None:
    """The keys of the request and of the reader."""
    raw = opened(PURPOSE, token)
    return (int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:], "big")) if raw and len(raw) == 12 else None
