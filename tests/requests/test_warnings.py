"""Warned in time, told when it is missed, once; also when the worker is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from portal.extensions import db
from portal.mail.delivery import Server, deliver_waiting
from portal.mail.models import OutboxMessage
from portal.people.models import Person, Team
from portal.requests import actions, warnings
from portal.requests.background import watch_promises
from portal.requests.models import PromiseWarning, RequestEvent, ServiceRequest
from portal.web.moment import as_if
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.mail.conftest import AnyPort, PostOffice
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
ROOT = Path(__file__).resolve().parents[2]
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def round_at(at: object) -> None:
    with as_if(at):  # type: ignore[arg-type]
        watch_promises()


def mail() -> list[tuple[str, str]]:
    """(to whom, subject) without the confirmation of the request."""
    query = db.session.query(OutboxMessage).order_by(OutboxMessage.id)
    found = [(one.to_name.split()[0], one.subject.partition(": ")[2] or one.subject) for one in query]
    return [one for one in found if one[1] != "we have your request"]


@pytest.mark.both_databases
def test_who_works_on_it_is_warned_before_and_the_customer_is_told_after(case: Case) -> None:
    request, agent = case.request, case.agent
    actions.assign(request, to=agent, team=None, why="", by=agent, at=TUESDAY_10)
    db.session.commit()
    round_at(TUESDAY_10 + 44 * MINUTE)
    assert mail() == []
    round_at(TUESDAY_10 + 45 * MINUTE)
    assert mail() == [("Kyra", "1 promise to look at")]
    round_at(TUESDAY_10 + HOUR)
    assert mail()[1:] == [("Anna", "we missed the time for a first answer"), ("Kyra", "1 promise to look at")]
    again = case.again()
    assert again.said_answer_at == TUESDAY_10 + HOUR + 45 * MINUTE - 15 * MINUTE
    assert again.said_why == "Kyra Lind has it and has not got to it yet."
    assert again.first_answer_due_at == TUESDAY_10 + HOUR


@pytest.mark.both_databases
def test_a_missed_end_is_said_with_a_new_moment_and_a_reason(visitor: Browser, case: Case) -> None:
    request = case.request
    due = request.due_at
    assert due
    actions.answer(request, words="I look at it.", by=case.agent, at=TUESDAY_10)
    db.session.commit()
    round_at(due)
    again = case.again()
    assert (again.due_at, again.original_due_at, again.target_met) == (due, due, None)
    assert again.said_due_at == due + 5 * HOUR
    event = db.session.query(RequestEvent).filter_by(kind="missed").one()
    assert event.public and event.actor_id is None and event.data["of"] == "end"
    assert event.body == "Kyra Lind works on it, and it takes longer than we thought."
    assert mail()[-2:] == [("Anna", "we missed the time we promised"), ("Kyra", "1 promise to look at")]
    with time_machine.travel(due + MINUTE, tick=False):
        words = visitor(case.customer).get(case.page).words.replace("\xa0", " ")
    assert "We promised today 10:00 and missed it. We now expect today 15:00" in words
    assert "Why: Kyra Lind works on it, and it takes longer than we thought." in words
    actions.resolve(again, words="Done", by=case.agent, at=due + 2 * HOUR)
    assert again.target_met is False and again.decided_at == due


@pytest.mark.both_databases
def test_nothing_is_said_twice_and_what_passes_again_is_said_once(case: Case) -> None:
    due = case.request.due_at
    assert due
    actions.answer(case.request, words="I look at it.", by=case.agent, at=TUESDAY_10)
    db.session.commit()
    for at in (due, due, due + MINUTE, due + 5 * HOUR, due + 5 * HOUR, due + 90 * HOUR, due + 900 * HOUR):
        round_at(at)
    assert Counter(mail()) == {
        ("Anna", "we wrote to you"): 1,
        ("Anna", "we missed the time we promised"): 1,
        ("Anna", "we missed the new time as well"): 1,
        ("Kyra", "1 promise to look at"): 2,
    }
    assert db.session.query(PromiseWarning).count() == 0


def test_each_moment_that_a_person_says_is_admitted_once_when_it_passes(visitor: Browser, case: Case) -> None:
    request = case.request
    due = request.due_at
    assert due
    actions.answer(request, words="I look at it.", by=case.agent, at=TUESDAY_10)
    db.session.commit()
    # The clock of a worker that is never down: it looks every ten minutes.
    for minutes in range(0, 12 * 60, 10):
        round_at(due + minutes * MINUTE)
    again = case.again()
    assert again.said_due_at == due + 5 * HOUR and again.due_at == due
    letters = [one for one in db.session.query(OutboxMessage) if one.subject.endswith("we missed the new time as well")]
    assert [one.to_name for one in letters] == ["Anna Berg"]
    assert "We missed that too" in letters[0].body and "We have just asked those who work on it" in letters[0].body
    with time_machine.travel(due + 12 * HOUR, tick=False):
        words = visitor(case.customer).get(case.page).words.replace("\xa0", " ")
    assert "We promised today 10:00, then expected today 15:00, and are still not done" in words
    assert "Not done by today, 15:00 either, as we had expected" in words and "we now expect" not in words
    later = due + 30 * HOUR
    actions.say_new_time(again, expected_at=later, why="The part is late.", by=case.agent, at=due + 13 * HOUR)
    db.session.commit()
    for at in (later - MINUTE, later, later + MINUTE, later + 90 * HOUR):
        round_at(at)
    assert mail().count(("Anna", "we missed the new time as well")) == 2
    assert mail()[-1] == ("Kyra", "1 promise to look at")


def test_a_first_answer_that_does_not_come_by_the_new_moment_is_admitted_once(visitor: Browser, case: Case) -> None:
    actions.assign(case.request, to=case.agent, team=None, why="", by=case.agent, at=TUESDAY_10)
    db.session.commit()
    for minutes in range(60, 180, 5):
        round_at(TUESDAY_10 + minutes * MINUTE)
    assert mail().count(("Anna", "we missed the time for a first answer")) == 1
    assert mail().count(("Anna", "we still owe you a first answer")) == 1
    with time_machine.travel(TUESDAY_10 + 3 * HOUR, tick=False):
        words = visitor(case.customer).get(case.page).words.replace("\xa0", " ")
    assert "We have not answered in time, and not by today, 11:30 either." in words and "we now expect" not in words


def test_what_passes_while_we_wait_for_the_customer_is_not_our_miss(case: Case) -> None:
    request = case.request
    due = request.due_at
    assert due
    actions.answer(request, words="I look at it.", by=case.agent, at=TUESDAY_10)
    db.session.commit()
    round_at(due)
    actions.ask_customer(case.again(), words="Which floor?", by=case.agent, at=due + HOUR)
    db.session.commit()
    round_at(due + 90 * HOUR)
    assert ("Anna", "we missed the new time as well") not in mail()


def test_a_new_time_that_was_told_before_needs_no_second_telling(case: Case) -> None:
    request = case.request
    due = request.due_at
    assert due
    actions.say_new_time(request, expected_at=due + 3 * HOUR, why="The part is late.", by=case.agent, at=due - HOUR)
    db.session.commit()
    round_at(due + MINUTE)
    assert ("Anna", "we missed the time we promised") not in mail()
    assert case.again().said_why == "The part is late."
    round_at(due + 3 * HOUR)
    assert mail()[-2:] == [("Anna", "we missed the new time as well"), ("Kyra", "1 promise to look at")]


def test_an_answer_in_time_ends_the_worry_about_it(case: Case) -> None:
    actions.answer(case.request, words="Hello", by=case.agent, at=TUESDAY_10 + 10 * MINUTE)
    db.session.commit()
    round_at(TUESDAY_10 + 2 * HOUR)
    assert mail() == [("Anna", "we wrote to you")]


def test_nothing_is_said_while_the_clock_stands_still_or_after_the_end(app: Flask) -> None:
    agent = a_person(roles=("agent",))
    waiting, held, done, withdrawn = (a_request() for _ in range(4))
    actions.ask_customer(waiting, words="?", by=agent, at=TUESDAY_10)
    actions.hold(held, words="!", by=agent, at=TUESDAY_10)
    actions.resolve(done, words="!", by=agent, at=TUESDAY_10)
    actions.withdraw(withdrawn, words="", by=withdrawn.customer, at=TUESDAY_10)
    db.session.commit()
    before = db.session.query(OutboxMessage).count()
    round_at(TUESDAY_10 + 500 * HOUR)
    assert db.session.query(OutboxMessage).count() == before
    assert db.session.query(RequestEvent).filter_by(kind="missed").count() == 0


def test_one_mail_says_all_that_one_person_should_know(app: Flask) -> None:
    agent = a_person("Kyra Lind", roles=("agent",))
    for number in range(60):
        request = a_request(summary=f"Printer {number}")
        actions.assign(request, to=agent, team=None, why="", by=agent, at=TUESDAY_10)
    db.session.commit()
    round_at(TUESDAY_10 + 50 * MINUTE)
    letter = db.session.query(OutboxMessage).filter_by(to_name="Kyra Lind").one()
    assert letter.subject == "60 promises to look at"
    assert letter.body.count("The first answer is due by") == 40 and "and 20 more in the queue" in letter.body


def test_what_nobody_has_is_for_the_team_or_for_all_who_work_the_queue(app: Flask) -> None:
    field, desk = Team(name="Field"), Team(name="Desk")
    db.session.add_all([field, desk])
    anna, ben = a_person("Anna Feld", roles=("agent",), team=field), a_person("Ben Tisch", roles=("agent",), team=desk)
    a_person("Cleo Boss", roles=("manager",), team=field)
    for team in (field, None):
        request = a_request(summary="Field" if team else "Nobody")
        if team:
            actions.assign(request, to=None, team=team, why="", by=ben, at=TUESDAY_10)
    db.session.commit()
    round_at(TUESDAY_10 + 50 * MINUTE)
    told = {one.to_name: one.body for one in db.session.query(OutboxMessage) if "look at" in one.subject}
    assert set(told) == {anna.name, ben.name}
    assert "Field" in told["Anna Feld"] and "Nobody" in told["Anna Feld"] and "REQ-1001" not in told["Ben Tisch"]


def test_who_is_away_is_stood_in_for_and_who_wants_no_mail_gets_none(app: Flask) -> None:
    stand_in = a_person("Sam Stand", roles=("agent",))
    away = a_person("Ada Away", roles=("agent",), stand_in=stand_in, away_from_on=TUESDAY_10.date())
    quiet = a_person("Quentin Quiet", roles=("agent",), mail_wanted="none")
    for person in (away, quiet):
        actions.assign(a_request(), to=person, team=None, why="", by=stand_in, at=TUESDAY_10)
    db.session.commit()
    before = {one.id for one in db.session.query(OutboxMessage)}
    round_at(TUESDAY_10 + 50 * MINUTE)
    assert [one.to_name for one in db.session.query(OutboxMessage) if one.id not in before] == ["Sam Stand"]


def test_a_warning_is_no_change_that_an_agent_must_read_first(case: Case) -> None:
    version = case.request.version
    db.session.commit()
    round_at(TUESDAY_10 + 50 * MINUTE)
    assert case.again().version == version


def test_of_requests_from_elsewhere_nothing_is_said(case: Case) -> None:
    request = case.request
    request.source, request.source_reference = "old", "77"
    actions.note(request, words="Moved over.", by=case.agent, at=TUESDAY_10)
    actions.take(request, by=case.agent, at=TUESDAY_10)
    actions.hold(request, words="Wait", by=case.agent, at=TUESDAY_10)
    actions.go_on(request, words="", by=case.agent, at=TUESDAY_10)
    assert request.due_at and request.warn_at is None


def test_the_reason_is_what_the_facts_say(case: Case) -> None:
    request = case.request
    assert warnings._why(request, answer=False) == "Nobody has been free to take it yet."
    actions.resolve(request, words="Done", by=case.agent, at=TUESDAY_10)
    actions.reopen(request, words="No", by=case.customer, at=TUESDAY_10)
    assert warnings._why(request, answer=False) == "What we did first has not solved it."


# --- killed in the middle -----------------------------------------------------------------------------------------

WORKER = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from portal import create_app
from portal.requests import signals
from portal.requests.background import watch_promises
from portal.web.moment import as_if

app = create_app({"DATA_DIR": Path(sys.argv[1]), "SQLALCHEMY_DATABASE_URI": sys.argv[2], "TESTING": True}, {})
left = int(sys.argv[3])

def count(event, request):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

signals.happened.connect(count)
with app.app_context(), as_if(datetime.fromisoformat(sys.argv[4])):
    watch_promises()
"""


def work_until_killed(folder: Path, after: int) -> int:
    db.session.remove()
    url = db.engine.url.render_as_string(hide_password=False)
    at = (TUESDAY_10 + 2 * HOUR).isoformat()
    command = [sys.executable, "-c", WORKER, str(folder), url, str(after), at]
    done = subprocess.run(command, cwd=ROOT, timeout=100, check=False, capture_output=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


POSTMAN = """
import sys
from datetime import datetime
from pathlib import Path
from portal import create_app
from portal.mail.delivery import Server, deliver_waiting

app = create_app({"DATA_DIR": Path(sys.argv[1]), "SQLALCHEMY_DATABASE_URI": sys.argv[2], "TESTING": True}, {})
server = Server("127.0.0.1", int(sys.argv[3]), "helpdesk@example.com", "Halden Works", "https://desk.example.com")
at = datetime.fromisoformat(sys.argv[4])
with app.app_context():
    while deliver_waiting(server, at=at) != (0, 0):
        pass
"""


class Killer(PostOffice):
    """Takes letters, and ends whoever brings the twelfth before saying that it was taken."""

    pid = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if self.pid and len(self.raw) == 12:
            os.kill(self.pid, signal.SIGKILL)
        return answer


@pytest.mark.both_databases
def test_a_worker_killed_in_the_middle_loses_nothing_and_mails_nobody_twice(app: Flask, tmp_path: Path) -> None:
    agent = a_person("Kyra Lind", roles=("agent",), email="kyra@example.com")
    service = a_service()
    for number in range(warnings.BATCH + 30):
        request = a_request(a_person(f"Customer {number}"), service)
        request.assignee = agent
    db.session.commit()
    assert work_until_killed(tmp_path, warnings.BATCH + 9) == -signal.SIGKILL
    assert db.session.query(RequestEvent).filter_by(kind="missed").count() == warnings.BATCH
    assert db.session.query(PromiseWarning).count() == warnings.BATCH
    db.session.rollback()
    assert work_until_killed(tmp_path, 0) == 0
    missed = Counter(one.request_id for one in db.session.query(RequestEvent).filter_by(kind="missed"))
    assert len(missed) == warnings.BATCH + 30 and set(missed.values()) == {1}
    [digest] = db.session.query(OutboxMessage).filter_by(to_name="Kyra Lind")
    assert digest.subject == f"{warnings.BATCH + 30} promises to look at"
    assert db.session.query(PromiseWarning).count() == 0
    db.session.rollback()
    _deliver_with_a_death_in_between(tmp_path)


def _deliver_with_a_death_in_between(folder: Path) -> None:
    """A postman who dies after handing a letter over brings it again, under the same number."""
    office = Killer()
    controller = AnyPort(office, hostname="127.0.0.1", port=0)
    controller.start()
    db.session.remove()
    url = db.engine.url.render_as_string(hide_password=False)
    at = TUESDAY_10 + 3 * HOUR
    arguments = [str(folder), url, str(controller.port), at.isoformat()]
    try:
        with subprocess.Popen([sys.executable, "-c", POSTMAN, *arguments], cwd=ROOT) as postman:
            office.pid = postman.pid
        assert postman.returncode == -signal.SIGKILL and len(office.raw) == 12
        server = Server(
            "127.0.0.1", controller.port, "helpdesk@example.com", "Halden Works", "https://desk.example.com"
        )
        later = at + timedelta(hours=1)
        while deliver_waiting(server, at=later) != (0, 0):
            pass
    finally:
        controller.stop()
    numbers = Counter((letter["Message-ID"], letter["To"]) for letter in office.letters)
    assert len(numbers) == 2 * (warnings.BATCH + 30) + 1
    assert sorted(numbers.values())[-2:] == [1, 2]


@pytest.mark.slow
def test_a_thousand_are_said_within_ten_seconds(app: Flask) -> None:
    """Each customer is told, and the one who has them all gets one mail."""
    agent: Person = a_person("Kyra Lind", roles=("agent",))
    service, customer = a_service(), a_person()
    for _number in range(1000):
        a_request(customer, service).assignee = agent
    db.session.commit()
    begun = time.process_time()
    round_at(TUESDAY_10 + 2 * HOUR)
    taken = time.process_time() - begun
    assert db.session.query(RequestEvent).filter_by(kind="missed").count() == 1000
    assert db.session.query(ServiceRequest).filter(ServiceRequest.warn_at <= TUESDAY_10 + 2 * HOUR).count() == 0
    assert taken < 10, f"{taken:.1f} s"


def test_what_is_ripe_is_found_by_an_index_of_open_rows_alone(app: Flask) -> None:
    query = warnings._ripe(TUESDAY_10).order_by(ServiceRequest.warn_at, ServiceRequest.id).limit(warnings.BATCH)
    sql = str(query.compile(db.engine, compile_kwargs={"literal_binds": False}))
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("2026-04-14 08:00:00", 50, 0))
    assert [row[3] for row in rows] == ["SEARCH service_request USING INDEX ix_service_request_warning (warn_at<?)"]
