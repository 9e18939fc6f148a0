"""A house with one of everything in it, and the addresses that lead there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select, text
from werkzeug.routing import Rule

from portal.approvals import actions as approvals
from portal.approvals.queries import waiting_of
from portal.approvals.tokens import token_of as token_of_approval
from portal.callbacks.models import CallbackRule
from portal.catalogue.actions import ensure_something_else
from portal.catalogue.models import Service, ServiceChange
from portal.designer import actions as designer
from portal.extensions import db
from portal.files.actions import path_of
from portal.files.models import StoredFile
from portal.inbound.arriving import receive
from portal.inbound.models import InboundMessage
from portal.mail.models import OutboxMessage
from portal.people.mail_off import token_of as token_of_stop_link
from portal.people.models import Person, Segment, SignInSession, Team
from portal.portfolio.actions import decide
from portal.portfolio.queries import figures_of
from portal.questions.conditions import read_condition
from portal.queue import canned, proposals, saved
from portal.requests import actions as requests
from portal.requests.joining import merge
from portal.requests.leave_link import token_of as token_of_leaving
from portal.requests.models import RequestFile, ServiceRequest
from portal.requests.watching import watch
from portal.surveys import actions as surveys
from portal.surveys.instruments import ensure_standard_wave
from portal.surveys.tokens import token_of
from portal.visits.actions import Plan, plan_visit
from portal.visits.models import Visit
from portal.web.access import ROLES
from portal.web.moment import now
from tests.builders import a_person, a_request, a_segment, a_service, desk_hours, resolve
from tests.callbacks.calls import a_callback, a_rule
from tests.choices.offers import an_offer, links_to
from tests.focus_groups.sessions import a_finding, a_held_session, a_link, a_session, an_invitation
from tests.improvements.register import an_improvement
from tests.knowledge.articles import an_article
from tests.notices.board import a_proposal, planned, released

QUESTIONS = [
    {"key": "asset", "kind": "text", "wording": "Which device?", "required": True},
    {"key": "since", "kind": "date", "wording": "Since when?"},
    {"key": "again", "kind": "yes_no", "wording": "Did it happen before?"},
]
FILE_NAME = "screen.txt"


@dataclass
class House:
    """Who lives here, and where things stand."""

    people: dict[str, Person]
    neighbour: Person
    places: dict[str, str]
    """`room.argument` or `argument` of a URL rule, and the value that leads to something of `people["customer"]`."""
    foreign: dict[str, str]
    """The same, leading to something of the neighbour's."""

    def address(self, rule: Rule, *, of: dict[str, str] | None = None) -> str:
        """The rule with its arguments filled in."""
        places = of or self.places
        room = rule.endpoint.partition(".")[0]
        values = {name: places.get(f"{room}.{name}") or places[name] for name in rule.arguments}
        adapter = this_app().url_map.bind("localhost")
        return adapter.build(rule.endpoint, values, method=sorted(rule.methods or {"GET"})[0])

    def in_front(self, role: str) -> Person | None:
        return None if role == "anonymous" else self.people[role]


def this_app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]


def furnish() -> House:
    """Fill the empty database with one of everything."""
    segment, other = a_segment("Finance"), a_segment("Plant")
    people = {role: a_person(f"The {role}", roles=_held(role), segment=segment) for role in ROLES}
    neighbour = a_person("The neighbour", segment=other)
    ensure_something_else(hours_plan=desk_hours(), at=now())
    everyone = a_service("A new device", questions=QUESTIONS, have_ready="Its number", cost="Nothing")
    theirs = a_service("A badge for the plant", for_segments=[other])
    wave = ensure_standard_wave(at=now() - timedelta(days=9))
    people["customer"].picture = _picture_of(people["customer"])
    places = _things_of(people["customer"], everyone, people["agent"])
    foreign = _things_of(neighbour, everyone, people["agent"]) | {"slug": theirs.slug}
    places |= {"designer.key": _half_written_form(everyone, people["manager"])}
    places |= {"slug": everyone.slug, "surveys.slug": wave.slug, "period": f"{now():%Y-%m}", "filename": "site.css"}
    foreign |= {"surveys.slug": "none", "period": "2001-01", "filename": "none.css"}
    places |= _listening(people, segment)
    foreign |= {
        "focus_groups.reference": _other_session(people["liaison"], neighbour),
        "improvements.reference": "IMP-9999",
    }
    _the_offer(everyone, people["manager"])
    writer = people["agent"]
    places["knowledge.slug"] = an_article(writer, services=[everyone], segments=[segment], at=now()).slug
    foreign["knowledge.slug"] = an_article(writer, services=[theirs], segments=[other], at=now()).slug
    told = {"by": people["manager"], "author": people["communicator"], "services": [everyone]}
    places["notices.reference"] = released(segments=[segment], **told).reference
    foreign["notices.reference"] = released(segments=[other], **told).reference
    places["notice"] = foreign["notice"] = places["notices.reference"]
    planned(**told)
    places |= {"code": token_of_stop_link(people["customer"].id), "inbound.number": _a_strangers_mail()}
    places |= _to_choose(people["customer"], everyone, people["agent"])
    foreign |= _to_choose(neighbour, everyone, people["agent"])
    rule = a_rule(at=now() - timedelta(hours=6))
    places["callbacks.number"] = str(a_callback(customer=people["customer"], service=everyone, **_an_hour_ago(rule)).id)
    foreign["callbacks.number"] = str(a_callback(customer=neighbour, service=everyone, **_an_hour_ago(rule)).id)
    places |= _to_approve(people["customer"], everyone, people["agent"])
    foreign |= _to_approve(neighbour, everyone, people["agent"])
    places |= _at_the_desk(people, everyone)
    foreign |= _of_another_desk()
    places["waiting"] = _waiting_for_others(neighbour, people["customer"], everyone, people["agent"])
    places["proposed"] = a_proposal(by=people["agent"], segments=[segment], people=[people["customer"]]).reference
    db.session.commit()
    return House(people, neighbour, places, foreign)


def _an_hour_ago(rule: CallbackRule) -> dict[str, Any]:
    return {"rule": rule, "at": now() - timedelta(hours=1)}


def _to_choose(person: Person, service: Service, agent: Person) -> dict[str, str]:
    """A request with options to choose from, and the link that was mailed."""
    asked = a_request(person, service, at=now() - timedelta(hours=3))
    an_offer(asked, by=agent, at=now() - timedelta(hours=2))
    token = links_to(person)[0].partition("?")[0].rpartition("/")[2]
    return {"choices.reference": asked.reference, "choices.token": token}


def _to_approve(approver: Person, service: Service, agent: Person) -> dict[str, str]:
    """Something that this person has to say yes to, and the link that was mailed."""
    asked = a_request(a_person(), service, at=now() - timedelta(hours=3))
    approvals.ask_named(asked, words=approver.email or "", question="", by=agent, at=now() - timedelta(hours=2))
    waiting = waiting_of(asked)
    assert waiting is not None
    return {"approvals.number": str(waiting.id), "approvals.token": token_of_approval(waiting.id, approver.id)}


def _a_strangers_mail() -> str:
    """A message that waits for somebody to look at it."""
    receive(b"From: Who <who@else.example>\nSubject: Let me in\nMessage-ID: <1@else.example>\n\nPlease.")
    return str(db.session.scalar(select(InboundMessage.id)))


def _at_the_desk(people: dict[str, Person], service: Service) -> dict[str, str]:
    """A team that knows something, a rule that proposes it, a reply and a filter that the whole desk uses."""
    team = Team(name="Network", competencies=["VPN"], description="Cables and air")
    db.session.add(team)
    people["agent"].team = people["specialist"].team = team
    rule = proposals.save_rule(None, team=team, words=["vpn"], service_id=None, segment_id=None, is_on=True)
    by, at = people["agent"], now()
    reply = canned.save_reply(None, name="Greeting", body="Hello {first_name}", is_shared=True, by=by, at=at)
    kept = saved.keep(f"view=due&service={service.id}", name="Devices", is_shared=True, is_first=False, by=by, at=at)
    numbers = {"team": team.id, "rule": rule.id, "reply": reply.id, "filter": kept.id}
    return {f"{kind}_number": str(number) for kind, number in numbers.items()}


def _of_another_desk() -> dict[str, str]:
    """What somebody else keeps for themselves alone."""
    by, at = a_person("Another agent", roles=("agent",)), now()
    reply = canned.save_reply(None, name="Mine", body="Alone", is_shared=False, by=by, at=at)
    kept = saved.keep("view=mine", name="Mine", is_shared=False, is_first=False, by=by, at=at)
    return {
        "reply_number": str(reply.id),
        "filter_number": str(kept.id),
        "rule_number": "999999",
        "team_number": "999999",
    }


def _the_offer(service: Service, manager: Person) -> None:
    """News of a service, a decision about it, a draft and a retired one."""
    service.asked_lately, service.decided_lately, service.kept_lately = 40, 30, 27
    service.rated_lately, service.rated_good_lately = 20, 17
    service.options = [{"label": "On loan", "words": "For a week"}]
    db.session.add(ServiceChange(service=service, at=now(), by=manager, kind="changed", note="Lighter now."))
    seen = figures_of(service, 0)
    review_on = now().date() + timedelta(days=90)
    decide(
        service, outcome="improve", into=None, reason="Slow.", review_on=review_on, figures=seen, by=manager, at=now()
    )
    a_service("A drone", slug="drone", state="draft")
    a_service(
        "A pager", slug="pager", state="retired", successor=service, retired_at=now(), retired_why="Nobody calls."
    )


def _half_written_form(service: Service, keeper: Person) -> str:
    """A working copy with a condition; the key of the question that has it."""
    condition = read_condition({"question": "asset", "is": "contains", "value": "LT"})
    designer.set_condition(service, "again", condition, version=0, by=keeper, at=now())
    return "again"


def _held(role: str) -> tuple[str, ...]:
    return () if role == "customer" else (role,)


def _things_of(person: Person, service: Service, agent: Person) -> dict[str, str]:
    """An open request with a file, a resolved one with its question, a session, a mail."""
    asked = a_request(
        person, service, at=now() - timedelta(hours=1), answers={"asset": "LT-2041"}, files=[_a_file(person)]
    )
    answered = requests.answer(asked, words="We look at it.", by=agent, at=now())
    requests.note(asked, words="Third one this week.", by=agent, at=now(), files=[_a_file(agent)])
    done = a_request(person, service, at=now() - timedelta(days=2))
    resolve(done, by=agent, at=now() - timedelta(days=1))
    fresh, merged = a_request(person, service, at=now()), a_request(person, service, at=now())
    merge(merged, fresh, let_read=False, by=agent, at=now())
    reader = a_person()
    watch(asked, reader, by=person, at=now())
    case = surveys.make_case(ensure_standard_wave(at=now()), done, at=now() - timedelta(hours=20))
    assert case is not None
    db.session.commit()
    return {
        "reference": asked.reference,
        "done": done.reference,
        "fresh": fresh.reference,
        "merged": merged.reference,
        "event": str(answered.id),
        "key": _first_file_of(asked),
        "surveys.token": token_of(case.id),
        "people.token": "no-such-token",
        "mail.number": str(db.session.scalar(select(OutboxMessage.id).order_by(OutboxMessage.id))),
        "people.number": str(person.id),
        "requests.number": str(reader.id),
        "requests.code": token_of_leaving(asked.id, reader.id),
        "visits.number": str(_a_visit(asked, agent).id),
    }


def _waiting_for_others(person: Person, reader: Person, service: Service, agent: Person) -> str:
    """A request that waits for a third party, with somebody who reads along."""
    request = a_request(person, service, at=now() - timedelta(hours=1))
    requests.hold(request, words="The maker sends a part.", by=agent, at=now())
    watch(request, reader, by=person, at=now())
    return request.reference


def _a_visit(asked: ServiceRequest, technician: Person) -> Visit:
    """On a day of its own for each customer."""
    start = now() + timedelta(days=1 + asked.customer_id)
    plan = Plan(technician, start, start + timedelta(hours=1), "3 East", "A toner", outside_hours=True)
    visit = plan_visit(asked, plan, by=technician, at=now())
    db.session.commit()
    return visit


def _a_file(person: Person) -> StoredFile:
    key = f"file-of-{person.id}-{db.session.query(StoredFile).count()}"
    where = path_of(key, this_app().config["DATA_DIR"])
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(b"black")
    file = StoredFile(
        key=key, name=FILE_NAME, media_type="text/plain", size=5, sha256="", stored_at=now(), stored_by_id=person.id
    )
    db.session.add(file)
    db.session.flush()
    return file


def _picture_of(person: Person) -> StoredFile:
    """A face, as it lies in the store."""
    file = _a_file(person)
    file.name, file.media_type, file.loose = "picture.jpg", "image/jpeg", False
    return file


def _first_file_of(request: ServiceRequest) -> str:
    query = select(StoredFile.key).join(RequestFile).where(RequestFile.request_id == request.id)
    return db.session.scalars(query.order_by(StoredFile.id)).first() or ""


def _listening(people: dict[str, Person], segment: Segment) -> dict[str, str]:
    session = a_session(moderator=people["liaison"], segment=segment)
    invitee = an_invitation(session, people["customer"])
    an_improvement(people["manager"])
    kept = an_improvement(people["manager"])
    return {
        "focus_groups.reference": session.reference,
        "focus_groups.token": a_link(invitee).rpartition("/")[2],
        "improvements.reference": kept.reference,
    } | _held_session(people["liaison"])


def _held_session(liaison: Person) -> dict[str, str]:
    held = a_held_session(moderator=liaison)
    return {"held": held.reference, "focus_groups.number": str(a_finding(held).id)}


def _other_session(liaison: Person, neighbour: Person) -> str:
    session = a_session(moderator=liaison)
    an_invitation(session, neighbour)
    return session.reference


def reading_rules(app: Flask) -> list[Rule]:
    """Every address that can be looked at."""
    return [rule for rule in sorted(app.url_map.iter_rules(), key=str) if "GET" in (rule.methods or ())]


def writing_rules(app: Flask) -> list[Rule]:
    """Every address that a form can be sent to."""
    return [rule for rule in sorted(app.url_map.iter_rules(), key=str) if "POST" in (rule.methods or ())]


def session_of(person: Person) -> int:
    """The number of a browser in which this person is signed in."""
    return db.session.scalars(select(SignInSession.id).where(SignInSession.person_id == person.id)).first() or 0


def everything_stored() -> dict[str, list[Any]]:
    """All rows of all tables."""
    db.session.rollback()
    with db.engine.connect() as connection:
        tables = db.metadata.sorted_tables
        return {t.name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{t.name}"')))) for t in tables}


TOKENS = re.compile(r'(name="(?:csrf_token|once)" value=")[^"]*')


def settled(html: str) -> str:
    """A page without what is new at each look: its form tokens and one-time keys."""
    return TOKENS.sub(r"\1", html)
