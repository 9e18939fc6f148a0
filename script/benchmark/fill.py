"""Fill an empty database with so many requests: three years of 1,000 customers and 20 services, 3 % still open.

Around them lie the visits, calls, approvals and mail that come with so many.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Index, Table, event, insert, inspect, select, text

from portal.approvals.models import Approval, ApprovalLink
from portal.callbacks.models import Callback, CallbackRule
from portal.catalogue.actions import add_service, publish_deal, reindex_services
from portal.catalogue.models import Category, HoursPlan, Service
from portal.extensions import db
from portal.inbound.models import InboundMessage
from portal.measures.clock import due_moment
from portal.people.actions import add_person
from portal.people.models import Department, Person, Segment
from portal.people.visitor import digest
from portal.questions.rules import Choice, Question
from portal.reports.background import count_months
from portal.requests.background import count_demand
from portal.requests.models import CLOCK_STOPPED_AT, RequestEvent, RequestWatcher, ServiceRequest
from portal.schema import head_revision
from portal.search.models import Document
from portal.search.owned import owned
from portal.search.words import for_index, kept
from portal.surveys import queries as surveys
from portal.surveys.instruments import ensure_standard_wave
from portal.surveys.models import COMMENT, OVERALL, Answer, Response, ResponseToken, SampleCase, SurveyWave, WaveTally
from portal.surveys.tokens import token_of
from portal.visits.models import Visit

CUSTOMERS, SERVICES, AGENTS = 1000, 20, 20
ALL_SERVICES, ARTICLES = 2000, 5000
"""The offer is large; people ask for the first twenty. Articles and services can be found by their words."""
SPAN = timedelta(days=3 * 365)
OPEN_SHARE, FEWEST_OPEN = 0.03, 400
"""Small sizes keep more open, so that the pages show the same number of rows at each size."""
MINE = 30
"""So many open and so many ended requests belong to the customer who looks."""
OPEN_CASES = 400
CHUNK = 10_000
PASSWORD = "three-words-in-a-row"
LOOKERS = {"customer": (), "agent": ("agent",), "manager": ("manager",)}
BESIDE = 50
"""Of so many requests one has a visit, an approval, a call, a message that came in and somebody who watches."""
WAITING = 40
"""So many visits are today's, calls owed, approvals and messages waiting for those who look."""
SHARED = 1
"""The service whose requests colleagues of the department read."""

WORDS = (
    "screen", "printer", "password", "scanner", "account", "update", "laptop", "phone", "calendar", "folder",
    "network", "cable", "mailbox", "keyboard", "meeting room", "badge", "licence", "backup", "monitor", "headset",
)  # fmt: skip


URGENCIES = ("today", "this week", "any time")
RARE = "zeppelin"
"""A word of three articles and of no request; the first of WORDS is a common one."""
SYLLABLES = ("ba", "cen", "dor", "fil", "gra", "hum", "kel", "lin", "mos", "nar", "pel", "rut", "sar", "tis", "vol")


class Filler:
    """Rows that look like those that people make, from fixed dice."""

    def __init__(self, number: int, now: datetime, open_share: float = OPEN_SHARE) -> None:
        self.number, self.now = number, now.replace(microsecond=0)
        self.dice = Random(number)
        self.open_from = number - max(int(number * open_share), FEWEST_OPEN)
        self.cases: list[dict[str, Any]] = []
        self._due: dict[tuple[int, int], timedelta] = {}
        self._known_words: dict[str, str] = {}

    def run(self) -> None:
        """Everything, in one transaction per table."""
        self._people_and_offer()
        self._rest_of_the_offer()
        self._write(Document.__table__, self._articles())
        self._write(ServiceRequest.__table__, self._requests())
        self._write(RequestEvent.__table__, self._events())
        self._beside()
        self._surveys()
        if db.engine.dialect.name == "postgresql":  # by itself it does so in a while; on SQLite nobody ever does
            db.session.execute(text("ANALYZE"))
        db.session.commit()
        count_demand()
        count_months()

    # --- who and what ---------------------------------------------------------------------------------------------

    def _people_and_offer(self) -> None:
        at = self.now - SPAN
        segments = [Segment(slug=f"segment-{n}", name=f"Segment {n}") for n in range(5)]
        departments = [Department(name=f"Department {n}") for n in range(12)]
        db.session.add_all([*segments, *departments])
        lookers = [
            add_person(name=f"Robin {role}", email=f"{role}@example.com", roles=roles, password=PASSWORD,
                       segment=segments[0], department=departments[0], by=None, at=at)
            for role, roles in LOOKERS.items()
        ]  # fmt: skip
        others = [
            Person(name=f"Alex Number{n}", email=f"p{n}@example.com", created_at=at, active=True,
                   segment=self.dice.choice(segments), department=self.dice.choice(departments))
            for n in range(CUSTOMERS + AGENTS - 1)
        ]  # fmt: skip
        db.session.add_all(others)
        plan = HoursPlan(name="Desk hours", zone="Europe/Berlin", windows=[[d, 480, 1080] for d in range(5)],
                         closed_on=[], in_words="Monday to Friday, 08:00 to 18:00")  # fmt: skip
        shelves = [Category(slug=f"shelf-{n}", name=f"Shelf {n}", position=n) for n in range(5)]
        questions = (
            Question("where", "text", "Where is it?", required=True),
            Question(
                "urgent",
                "choice",
                "How urgent is it?",
                choices=tuple(Choice(one, one) for one in ("today", "this week", "any time")),
            ),
        )
        services = [
            add_service(slug=f"service-{n}", name=f"Help with your {WORDS[n]}", summary=f"Your {WORDS[n]} works again.",
                        description=f"We look after each {WORDS[n]}. " * 4, hours_plan=plan, questions=questions,
                        category=shelves[n % 5], first_answer_minutes=(60, 120, 240)[n % 3],
                        resolution_minutes=(600, 1200, 2400)[n % 3], at=at)
            for n in range(SERVICES)
        ]  # fmt: skip
        publish_deal(mission="We keep you working.", promise="We say when.", in_return="Tell us early.", by=None, at=at)
        ensure_standard_wave(at=at)
        db.session.commit()
        services[SHARED].shared_with_department = True
        db.session.commit()
        self.me, self.hours, self.plan_id = lookers[0], plan.hours, plan.id
        self.customers = [self.me.id, *(one.id for one in others[AGENTS:])]
        self.agents = [lookers[1].id, *(one.id for one in others[: AGENTS - 1])]
        self.places = {one.id: (one.segment_id, one.department_id) for one in [*lookers, *others]}
        self.services: list[Service] = services
        self.form_ids = {row[0]: row[1] for row in db.session.execute(text("SELECT service_id, id FROM request_form"))}

    def _rest_of_the_offer(self) -> None:
        """Services that few ask for, each with its place in the index."""
        first = db.session.get_one(Service, self.services[0].id)
        fields = ("category_id", "hours_plan_id", "first_answer_minutes", "resolution_minutes")
        kept_fields = {name: getattr(first, name) for name in fields}
        self._write(Service.__table__, (
            {"slug": f"service-{n}", "name": f"Help with {self._words(2)} {n}", "summary": self._words(8).capitalize(),
             "description": self._words(30), "search_words": self._words(20), **kept_fields}
            for n in range(SERVICES, ALL_SERVICES)
        ))  # fmt: skip
        reindex_services(at=self.now)
        db.session.commit()

    def _articles(self) -> Iterator[dict[str, Any]]:
        """Five thousand texts of eighty words, some of them in many texts and most in few."""
        for n in range(ARTICLES):
            words = f"{self.dice.choice(WORDS)} {self._words(4)}" + (f" {RARE}" if n in (7, 70, 700) else "")
            summary, body = self._words(12), f"{self._words(70)} {' '.join(self.dice.choices(WORDS, k=3))}"
            title_words, title_stems = kept(words)
            body_words, body_stems = kept(f"{summary} {body}")
            yield {"kind": "article", "key": f"article-{n}", "title": words.capitalize(), "summary": summary,
                   "address": f"/knowledge/article-{n}", "title_words": title_words, "title_stems": title_stems,
                   "body_words": body_words, "body_stems": body_stems, "for_everyone": True,
                   "changed_at": self.now}  # fmt: skip

    def _words(self, number: int) -> str:
        """Words of a made-up language: the few first ones often, the many others seldom."""
        return " ".join(_made_up(int(self.dice.paretovariate(0.6)) % 20_000) for _ in range(number))

    # --- requests -------------------------------------------------------------------------------------------------

    def _opened_at(self, place: int) -> datetime:
        """Spread evenly over the span, in the hours in which people work; open ones are of the last four weeks."""
        if place >= self.open_from:
            share = (place - self.open_from) / (self.number - self.open_from)
            at = self.now - timedelta(days=28) * (1 - share)
        else:
            at = self.now - SPAN + (SPAN - timedelta(days=14)) * (place / self.open_from)
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        day -= timedelta(days=max(0, day.weekday() - 4))
        return min(day + timedelta(hours=6, seconds=self.dice.randrange(10 * 3600)), self.now - timedelta(minutes=5))

    def _later(self, at: datetime, minutes: int) -> datetime:
        """So much service time later; looked up by the minute of the week, which ignores the change of the clocks."""
        key = (at.weekday() * 1440 + at.hour * 60 + at.minute, minutes)
        if key not in self._due:
            self._due[key] = due_moment(self.hours, at, timedelta(minutes=minutes)) - at
        return at + self._due[key]

    def _requests(self) -> Iterator[dict[str, Any]]:
        mine = {*range(self.open_from - MINE, self.open_from), *range(self.number - MINE, self.number)}
        for place in range(self.number):
            service = self.services[min(int(self.dice.expovariate(0.15)), SERVICES - 1)]
            customer = self.me.id if place in mine else self.dice.choice(self.customers)
            row = self._request(place, service, customer, self._opened_at(place))
            if (not row["is_open"] and not row["id"] % 10) or self._takes_open_case(place, customer):
                self._case(row, place)
            yield row

    def _request(self, place: int, service: Service, customer: int, opened: datetime) -> dict[str, Any]:
        dice = self.dice
        first, done = service.first_answer_minutes or 60, service.resolution_minutes or 600
        segment, department = self.places[customer]
        is_open = place >= self.open_from
        answered = self._later(opened, int(first * dice.betavariate(1.6, 2.4) * 1.2) + 1)
        ended = None if is_open else self._later(opened, int(done * dice.betavariate(2, 2) * 1.15) + first)
        due = self._later(opened, done)
        seen = not is_open or (answered < self.now and dice.random() < 0.7)
        waiting = is_open and seen and dice.random() < 0.15
        state = "waiting" if waiting else "in_progress" if is_open and seen else "received" if is_open else "closed"
        first_due = self._later(opened, first)
        next_due = CLOCK_STOPPED_AT if waiting or not is_open else due if seen else first_due
        met = None if ended is None else ended <= due
        summary = f"My {dice.choice(WORDS)} does not find the {dice.choice(WORDS)}"
        return {
            "id": place + 1, "service_id": service.id, "request_form_id": self.form_ids[service.id],
            "customer_id": customer, "segment_id": segment, "department_id": department,
            "assignee_id": dice.choice(self.agents) if seen else None, "team_id": None, "hours_plan_id": self.plan_id,
            "summary": summary, "details": f"{summary}. It began this morning, after the break. " * 3,
            "found_by": owned(self._words_of(summary), [str(customer)]),
            "answers": {"where": "Room 12", "urgent": "today"}, "channel": "portal", "priority": 3, "state": state,
            "is_open": is_open, "first_answer_minutes": first, "resolution_minutes": done,
            "pauses": [[answered.isoformat(), None]] if waiting else [], "opened_at": opened,
            "first_answer_due_at": first_due, "first_answered_at": answered if seen else None,
            "original_due_at": due, "due_at": due, "next_due_at": next_due, "resolved_at": ended, "closed_at": ended,
            "ended_at": ended, "decided_at": None if ended is None else min(ended, due), "target_met": met,
            "reopen_count": 0, "reassignment_count": 0, "minutes_used": None if ended is None else done // 2,
            "source": "portal", "source_reference": None, "version": 1,
            "shared_department_id": department if service.id == self.services[SHARED].id else None,
            "extras": ["visits", "approvals", "callbacks", "watchers"] if (place + 1) % BESIDE == 0 else [],
        }  # fmt: skip

    def _words_of(self, summary: str) -> str:
        if summary not in self._known_words:
            self._known_words[summary] = for_index(summary, f"{summary}. It began this morning, after the break. " * 3)
        return self._known_words[summary]

    def _events(self) -> Iterator[dict[str, Any]]:
        rows = db.session.connection().execute(_ABOUT, execution_options={"yield_per": CHUNK})
        for number, customer, agent, details, opened, answered, ended in rows:
            happened = [("asked", customer, opened, details)]
            if answered:
                happened.append(("answered", agent, answered, "We have seen it and look after it. More follows today."))
            if ended:
                happened.append(("resolved", agent, ended, "It works again: the cable was loose. Please try it."))
            for kind, actor, at, body in happened:
                yield {"request_id": number, "at": at, "kind": kind, "public": True, "actor_id": actor,
                       "body": body, "data": {}}  # fmt: skip

    # --- what other rooms keep of requests ------------------------------------------------------------------------

    def _beside(self) -> None:
        agent = self.agents[0]
        rule = CallbackRule(which="all", within_hours=24, made_by_id=agent, made_at=self.now, place_at=self.now)
        db.session.add(rule)
        db.session.commit()
        rule_id, numbers = rule.id, list(range(BESIDE, self.number + 1, BESIDE))
        self._write(Visit.__table__, (self._visit(n, place) for n, place in enumerate(numbers)))
        self._write(Callback.__table__, (self._call(n, place, rule_id) for n, place in enumerate(numbers)))
        self._write(Approval.__table__, (self._approval(n, place) for n, place in enumerate(numbers)))
        self._write(ApprovalLink.__table__, (self._link(n) for n in range(len(numbers))))
        self._write(InboundMessage.__table__, (self._message(n, place) for n, place in enumerate(numbers)))
        self._write(RequestWatcher.__table__, (
            {"request_id": place, "person_id": self.me.id if n < WAITING else self.dice.choice(self.customers),
             "is_open": place > self.open_from, "added_at": self.now}
            for n, place in enumerate(numbers)
        ))  # fmt: skip

    def _visit(self, n: int, place: int) -> dict[str, Any]:
        """Those of today are the agent's who looks."""
        today = n < WAITING
        noon = self.now.replace(hour=12, minute=0, second=0)
        starts = noon + timedelta(minutes=5 * n) if today else noon - timedelta(days=1 + n % 1000)
        who = self.agents[0] if today else self.dice.choice(self.agents)
        return {"request_id": place, "technician_id": who, "planned_by_id": who, "starts_at": starts,
                "ends_at": starts + timedelta(hours=1), "place": "Room 12", "brings": "A cable",
                "state": "planned" if today else "done", "uid": f"visit-{n}@example.com", "planned_at": self.now,
                "changed_at": self.now}  # fmt: skip

    def _call(self, n: int, place: int, rule_id: int) -> dict[str, Any]:
        owed, due = n < WAITING, self.now - timedelta(hours=n)
        whom = self.dice.choice(self.customers)
        return {"rule_id": rule_id, "request_id": place, "closure_seq": 0, "person_id": whom,
                "owed_since": due - timedelta(days=1), "due_at": due, "is_open": owed,
                "done_at": None if owed else due, "outcome": None if owed else "reached_happy"}  # fmt: skip

    def _approval(self, n: int, place: int) -> dict[str, Any]:
        waits = n < WAITING
        return {"id": n + 1, "request_id": place, "kind": "manager", "stage": "waiting" if waits else "yes",
                "approver_id": self.me.id, "asked_at": self.now - timedelta(minutes=n),
                "remind_at": self.now + timedelta(days=9) if waits else None,
                "decided_at": None if waits else self.now}  # fmt: skip

    def _link(self, n: int) -> dict[str, Any]:
        return {"approval_id": n + 1, "person_id": self.me.id, "token_sha256": f"{n:064x}", "is_waiting": n < WAITING,
                "expires_at": self.now + timedelta(days=30)}  # fmt: skip

    def _message(self, n: int, place: int) -> dict[str, Any]:
        waits = n < WAITING
        return {"message_id": f"<{n}@example.com>", "from_address": f"p{n % 999}@example.com", "from_name": "Alex",
                "subject": "It is back", "text": "Since this morning.", "arrived_at": self.now - timedelta(minutes=n),
                "size": 2000, "outcome": "unknown" if waits else "reply",
                "request_id": None if waits else place}  # fmt: skip

    # --- surveys --------------------------------------------------------------------------------------------------

    def _takes_open_case(self, place: int, customer: int) -> bool:
        first = self.open_from - MINE - OPEN_CASES
        return first <= place < first + OPEN_CASES or place == self.open_from - 1

    def _case(self, row: dict[str, Any], place: int) -> None:
        is_open = self._takes_open_case(place, row["customer_id"])
        disposition = "invited" if is_open else self.dice.choice(("complete", "no_answer"))
        kept = ("customer_id", "service_id", "segment_id", "priority", "ended_at")
        self.cases.append(
            {"id": len(self.cases) + 1, "request_id": row["id"], "closure_seq": 0, "selected": True, "is_open": is_open,
             "not_selected_reason": None, "disposition": disposition,
             "expires_at": self.now + timedelta(days=8 if is_open else -1)}
            | {key: row[key] for key in kept}
        )  # fmt: skip

    def _surveys(self) -> None:
        wave = surveys.waves()[0]
        self._write(SampleCase.__table__, (case | {"wave_id": wave.id} for case in self.cases))
        open_cases = [case for case in self.cases if case["is_open"]]
        self._write(ResponseToken.__table__, (_token(case) for case in open_cases))
        given = [(case, _random_id(self.dice), self.dice.choice((2, 3, 4, 4, 5, 5))) for case in self.cases
                 if case["disposition"] == "complete"]  # fmt: skip
        self._write(Response.__table__, (_response(wave, case, number) for case, number, _score in given))
        asked = {name: question.id for name, question in surveys.questions_of(wave).items()}
        self._write(Answer.__table__, self._answers(given, asked))
        tally = Counter((case["service_id"], case["segment_id"], f"case:{case['disposition']}") for case in self.cases)
        tally.update((case["service_id"], case["segment_id"], f"score:{score}") for case, _number, score in given)
        self._write(WaveTally.__table__, (
            {"wave_id": wave.id, "service_id": service, "segment_id": segment, "what": what, "n": n}
            for (service, segment, what), n in tally.items()
        ))  # fmt: skip

    def _answers(self, given: list[tuple[dict[str, Any], str, int]], asked: dict[str, int]) -> Iterator[dict[str, Any]]:
        for _case, number, score in given:
            told = {OVERALL: (score, None, None), COMMENT: (None, None, "skipped")}
            for name, (value, words, missing) in told.items():
                yield {"id": _random_id(self.dice), "response_id": number, "question_version_id": asked[name],
                       "value": value, "text": words, "missing_reason": missing}  # fmt: skip

    # --- writing --------------------------------------------------------------------------------------------------

    def _write(self, table: Table, rows: Iterator[dict[str, Any]]) -> None:
        """Rows first, then the indexes: much quicker than both at once."""
        indexes: list[Index] = sorted(table.indexes, key=lambda index: str(index.name))
        connection = db.session.connection()
        for index in indexes:
            index.drop(connection)
        chunk: list[dict[str, Any]] = []
        for row in rows:
            chunk.append(row)
            if len(chunk) == CHUNK:
                connection.execute(insert(table), chunk)
                chunk = []
        if chunk:
            connection.execute(insert(table), chunk)
        for index in indexes:
            index.create(connection)
        if db.engine.dialect.name == "postgresql" and "id" in table.c and table.c.id.autoincrement is not False:
            self._go_on_counting(table)
        db.session.commit()

    def _go_on_counting(self, table: Table) -> None:
        """Rows came with their numbers; the next one that the portal makes must follow them."""
        sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
        known = db.session.scalar(text(f"SELECT {sequence}"))
        if known:
            db.session.execute(text(f"SELECT setval('{known}', (SELECT max(id) FROM {table.name}))"))


_ABOUT = select(
    *(ServiceRequest.__table__.c[name] for name in
      ("id", "customer_id", "assignee_id", "details", "opened_at", "first_answered_at", "ended_at"))
)  # fmt: skip


def _made_up(number: int) -> str:
    """The word of this number: 'bacen', 'dorfilgra'."""
    word = ""
    while number or len(word) < 4:
        number, which = divmod(number, len(SYLLABLES))
        word += SYLLABLES[which]
    return word


def _random_id(dice: Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def _token(case: dict[str, Any]) -> dict[str, Any]:
    secret = digest(token_of(case["id"]))
    return {"case_id": case["id"], "token_sha256": secret, "expires_at": case["expires_at"], "spent": False}


def _response(wave: SurveyWave, case: dict[str, Any], number: str) -> dict[str, Any]:
    at = case["ended_at"] + timedelta(hours=5)
    return {"id": number, "wave_id": wave.id, "instrument_version_id": wave.instrument_version_id,
            "case_id": case["id"], "status": "complete", "submitted_on": at.date(), "submitted_at": at,
            "released": True}  # fmt: skip


def fill(number: int, open_share: float = OPEN_SHARE) -> None:
    """Make all tables in an empty database and fill them. Needs an application context."""
    if inspect(db.engine).get_table_names():
        raise SystemExit("The database is not empty. Give the benchmark an empty one of its own.")
    if db.engine.dialect.name == "sqlite":
        event.listen(db.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
        db.engine.dispose()
    db.create_all()
    db.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
    db.session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head_revision()})
    db.session.commit()
    Filler(number, datetime.now(UTC), open_share).run()
    db.session.remove()
    db.engine.dispose()


def empty() -> None:
    """Take everything away again. Needs an application context."""
    db.session.remove()
    db.drop_all()
    db.session.execute(text("DROP TABLE IF EXISTS alembic_version"))
    db.session.commit()
    db.engine.dispose()
