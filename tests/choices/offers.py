"""Short ways to offers for tests."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.choices import actions
from portal.choices.actions import Way
from portal.choices.models import Offer
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.requests import actions as requests
from portal.requests.models import ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_service

REPAIR = Way("Repair it now", 30, "We remove the virus.", when_words="today", gives_up="The new laptop comes next week")
SWAP = Way("New laptop today", 120, "We set it up beside you.", when_words="after lunch", gives_up="Own programs")
LOAN = Way("A loan machine", 0, when_words="any time", gives_up="")


def an_offer(request: ServiceRequest, *, by: Person | None = None, at: datetime = TUESDAY_10, **more: Any) -> Offer:
    agent = by or a_person("Jo Okafor", roles=("agent",))
    ways = more.pop("ways", (REPAIR, SWAP))
    made = actions.offer(request, words=more.pop("words", "It is a virus."), ways=ways, by=agent, at=at)
    db.session.commit()
    return made


def a_way(**more: Any) -> Way:
    return replace(REPAIR, **more)


def mail_to(person: Person) -> list[OutboxMessage]:
    """What was written to this person, oldest first."""
    query = select(OutboxMessage).where(OutboxMessage.to_address == person.email)
    return list(db.session.scalars(query.order_by(OutboxMessage.id)))


def links_to(person: Person) -> list[str]:
    """The paths of the links in the newest mail with a choice to this person."""
    body = next(one.body for one in reversed(mail_to(person)) if "/choice/" in one.body)
    return re.findall(r"https?://[^/\s]+(/choice/\S+)", body)


def asked_for(customer: Person, *, by: Person) -> ServiceRequest:
    """A request that somebody asked for somebody else."""
    details = {"form": None, "summary": "A slow computer", "details": "", "answers": {}}
    return requests.submit_request(service=a_service(), by=by, customer=customer, at=TUESDAY_10, **details)
