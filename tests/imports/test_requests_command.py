"""`import requests` from end to end: what it writes, what it says, and what it leaves alone."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.catalogue.models import Category, Service
from portal.extensions import Base, db
from portal.imports.models import ImportRun
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.requests.models import CLOCK_STOPPED_AT, RequestEvent, ServiceRequest
from portal.search.owned import plain
from tests.builders import a_person, a_service
from tests.imports.conftest import EXCERPT, PLAIN, UCI, Run

OTHER = """
source = "helpline"
[file]
delimiter = ";"
[columns]
reference = "Vorgang"
opened_at = "Eingang"
first_answered_at = "Erste Antwort"
resolved_at = "Erledigt"
due_at = "Frist"
customer_name = "Name"
customer_email = "Mail"
team = "Gruppe"
department = "Abteilung"
service = "Leistung"
category = "Bereich"
summary = "Betreff"
details = "Text"
priority = "Prio"
state = "Status"
target_met = "Ja"
[values.priority]
hoch = 1
normal = 3
[values.state]
offen = "in_progress"
wartet = "waiting"
fertig = "resolved"
storniert = "withdrawn"
[values.target_met]
true = ["ja"]
false = ["nein"]
"""

OTHER_LOG = """\
Vorgang;Eingang;Erste Antwort;Erledigt;Frist;Name;Mail;Gruppe;Abteilung;Leistung;Bereich;Betreff;Text;Prio;Status;Ja
H-1;2024-03-05T09:00:00+01:00;2024-03-05T09:30:00+01:00;2024-03-05T12:00:00+01:00;2024-03-06T09:00:00+01:00;\
Ada Lind;Ada@Example.com;Netz;Einkauf;VPN;Zugang;=1+1;"Zeile 1
Zeile 2";hoch;fertig;ja
H-2;2024-03-06T09:00:00+01:00;;;2030-03-07T09:00:00+01:00;Bo Ek;;Netz;;VPN;Zugang;Langsam;;;offen;
H-3;2024-03-07T09:00:00+01:00;;;;;;;;;;"<b>Fett</b>";;normal;wartet;
H-4;2024-03-08T09:00:00+01:00;;2024-03-09T09:00:00+01:00;;Bo Ek;;Server;Kauf;Druck;Geräte;Papier;;normal;storniert;nein
"""


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def everything() -> dict[str, int]:
    return {
        name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in Base.metadata.tables.items()
    }


def find(reference: str) -> ServiceRequest:
    return db.session.scalars(select(ServiceRequest).filter_by(source_reference=reference)).one()


@pytest.mark.both_databases
def test_the_excerpt_comes_in_whole(app: Flask, run_import: Run) -> None:
    result = run_import(EXCERPT)
    assert result.exit_code == 0, result.output
    assert "Rows read: 335\n" in result.output
    assert "Requests made: 58\n" in result.output
    assert "Rows refused: 0\n" in result.output
    assert count(ServiceRequest) == 58
    assert count(OutboxMessage) == 0
    requests = db.session.scalars(select(ServiceRequest)).all()
    assert {request.source for request in requests} == {"uci-498"}
    assert all(request.state == "closed" and not request.is_open for request in requests)
    assert all(request.next_due_at == CLOCK_STOPPED_AT for request in requests)
    assert all(
        request.ended_at == request.decided_at == (request.resolved_at or request.closed_at) for request in requests
    )
    assert sum(request.resolved_at is None for request in requests) >= 4
    assert not any(service.is_live for service in db.session.scalars(select(Service)))
    assert {person.email for person in db.session.scalars(select(Person))} == {None}
    run = db.session.scalars(select(ImportRun)).one()
    assert (run.rows_read, run.made, run.refused, run.file_name) == (335, 58, 0, EXCERPT.name)


def test_what_came_in_is_found_by_its_words(app: Flask, run_import: Run) -> None:
    run_import("no,opened,what\n1,2026-03-01 10:00,Printers in Łódź\n", PLAIN)
    found = db.session.scalars(select(ServiceRequest)).one()
    assert {"printers", "printer", "lodz"} <= set(plain(found.found_by).split())


def test_numbers_follow_the_order_of_asking(app: Flask, run_import: Run) -> None:
    run_import(EXCERPT)
    opened = db.session.scalars(select(ServiceRequest.opened_at).order_by(ServiceRequest.id)).all()
    assert list(opened) == sorted(opened)


@pytest.mark.both_databases
def test_a_second_import_changes_nothing_and_says_so(app: Flask, run_import: Run) -> None:
    run_import(EXCERPT)
    before = everything()
    result = run_import(EXCERPT)
    assert result.exit_code == 0
    assert "nothing changed" in result.output
    assert everything() == before


@pytest.mark.both_databases
def test_a_later_edition_adds_what_is_new_and_leaves_the_rest(app: Flask, run_import: Run) -> None:
    head, *rows = EXCERPT.read_text("utf-8").splitlines(keepends=True)
    some = {row.partition(",")[0] for row in rows[:40]}
    run_import(head + "".join(row for row in rows if row.partition(",")[0] in some))
    first = db.session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).first()
    assert first
    first.summary = "Changed here since"
    people = count(Person)
    db.session.commit()
    result = run_import(EXCERPT)
    assert f"Requests made: {58 - len(some)}\n" in result.output
    assert f"Requests already there, left as they are: {len(some)}\n" in result.output
    assert count(ServiceRequest) == 58
    assert count(Person) > people
    assert (
        db.session.scalars(select(ServiceRequest.summary).order_by(ServiceRequest.id)).first() == "Changed here since"
    )


def test_a_dry_run_writes_nothing(app: Flask, run_import: Run) -> None:
    before = everything()
    result = run_import(EXCERPT, UCI, "--dry-run")
    assert "Requests that would be made: 58\n" in result.output
    assert everything() == before


@pytest.mark.both_databases
def test_a_wholly_different_log_needs_a_mapping_only(app: Flask, run_import: Run) -> None:
    ada = a_person("Ada Lindqvist", email="ada@example.com")
    db.session.commit()
    result = run_import(OTHER_LOG, OTHER)
    assert "Requests made: 4\n" in result.output, result.output
    first, second, third, fourth = (find(f"H-{number}") for number in (1, 2, 3, 4))
    assert first.customer_id == ada.id
    assert first.customer.name == "Ada Lindqvist"
    assert first.opened_at == datetime(2024, 3, 5, 8, 0, tzinfo=UTC)
    assert first.first_answered_at == datetime(2024, 3, 5, 8, 30, tzinfo=UTC)
    assert (first.state, first.target_met, first.priority, first.minutes_used) == ("resolved", True, 1, 180)
    assert first.department and first.department.name == "Einkauf"
    assert first.details == "Zeile 1\nZeile 2"
    assert (second.is_open, second.next_due_at, second.target_met) == (
        True,
        datetime(2030, 3, 7, 8, 0, tzinfo=UTC),
        None,
    )
    assert (third.state, third.clock_is_stopped, third.next_due_at) == ("waiting", True, CLOCK_STOPPED_AT)
    assert third.customer.name == "Unknown customer"
    assert third.service.name == "Not said"
    assert (fourth.state, fourth.target_met) == ("withdrawn", False)
    assert second.customer_id == fourth.customer_id
    assert {shelf.name for shelf in db.session.scalars(select(Category))} == {"Zugang", "Geräte", "Imported services"}


def test_cells_that_look_like_formulas_or_markup_stay_plain_text(app: Flask, run_import: Run) -> None:
    run_import(OTHER_LOG, OTHER)
    assert find("H-1").summary == "=1+1"
    assert find("H-3").summary == "<b>Fett</b>"


def test_the_history_ends_with_the_note_that_it_was_brought_in(app: Flask, run_import: Run) -> None:
    run_import(OTHER_LOG, OTHER)
    events = db.session.scalars(
        select(RequestEvent).filter_by(request_id=find("H-1").id).order_by(RequestEvent.id)
    ).all()
    assert [(event.kind, event.public) for event in events] == [
        ("asked", True),
        ("resolved", True),
        ("imported", False),
    ]
    assert events[-1].data == {"source": "helpline", "reference": "H-1"}


def test_a_service_of_the_portal_can_take_the_requests(app: Flask, run_import: Run) -> None:
    vpn = a_service("Remote access", slug="remote-access")
    db.session.commit()
    run_import(OTHER_LOG, OTHER + "[services]\nlive = true\n[services.known]\nVPN = 'remote-access'\n")
    assert find("H-1").service_id == vpn.id
    assert find("H-4").service.is_live


def test_a_service_that_the_catalogue_does_not_have_stops_the_import(app: Flask, run_import: Run) -> None:
    result = run_import(OTHER_LOG, OTHER + "[services.known]\nVPN = 'remote-acces'\n")
    assert result.exit_code == 1
    assert "no service with the address “remote-acces”" in result.output
    assert (count(ServiceRequest), count(Person)) == (0, 0)


def test_two_people_with_one_address_are_one_person(app: Flask, run_import: Run) -> None:
    log = "no,opened,what,who,mail\n"
    log += "1,2024-05-01,a,u1,x@example.com\n2,2024-05-01,b,u2,X@example.com\n3,2024-05-01,c,u3,odd\n"
    result = run_import(log, PLAIN + "customer = 'who'\ncustomer_email = 'mail'\n")
    assert "address cannot be one" in result.output
    assert find("1").customer_id == find("2").customer_id
    assert find("3").customer.email is None
    assert count(Person) == 2


def test_refused_rows_are_listed_and_written_to_a_file(app: Flask, run_import: Run, tmp_path: Path) -> None:
    rows = "".join(f"=R{number},soon,x\n" for number in range(30))
    result = run_import("no,opened,what\n1,2024-05-01,x\n" + rows, PLAIN, "--errors", str(tmp_path / "errors.csv"))
    assert result.exit_code == 0
    assert "Row 3 ('=R0): opened: “soon” is not a date and time" in result.output
    assert "… and 10 more refused rows" in result.output
    assert "Rows refused: 30\n" in result.output
    with (tmp_path / "errors.csv").open(encoding="utf-8", newline="") as stream:
        written = list(csv.reader(stream))
    assert written[0] == ["row", "reference", "reason"]
    assert len(written) == 31
    assert all(row[1].startswith("'=R") for row in written[1:])


@pytest.mark.parametrize(
    ("log", "mapping", "words"),
    [
        ("no,opened,what\n1,soon,x\n", PLAIN, "There was no request to bring in"),
        ("no,opened,what\n", PLAIN, "There was no request to bring in"),
        ("no,opened,what\n1,1/3/2016,x\n2,25/3/2016,x\n", PLAIN, "Nothing was imported"),
        ("no,begun,what\n1,2024-05-01,x\n", PLAIN, "The file has no column “opened”"),
        ("no,opened,what\n1,2024-05-01,x\n", PLAIN + "stat = 'x'", "did you mean “state”"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(
    app: Flask, run_import: Run, log: str, mapping: str, words: str
) -> None:
    result = run_import(log, mapping)
    assert result.exit_code == 1
    assert words in result.output
    assert count(ServiceRequest) == 0


KILLED_WHILE_WRITING = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from portal import create_app

@event.listens_for(Engine, "after_cursor_execute")
def die(connection, cursor, statement, parameters, context, many):
    if statement.startswith("INSERT INTO request_event"):
        os.kill(os.getpid(), signal.SIGKILL)

app = create_app()
app.test_cli_runner().invoke(args=["import", "requests", sys.argv[1], "--map", sys.argv[2]])
"""


def test_an_import_killed_in_the_middle_leaves_nothing_and_can_be_run_again(
    tmp_path: Path, empty_database: Path
) -> None:
    shutil.copy(empty_database, tmp_path / "portal.db")
    environment = {**os.environ, "PORTAL_DATA_DIR": str(tmp_path), "PORTAL_DATABASE_URL": ""}
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_WRITING, str(EXCERPT), str(UCI)], cwd=root, env=environment, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert rows_in(tmp_path, "service_request") == rows_in(tmp_path, "person") == rows_in(tmp_path, "service") == 0
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "import", "requests", str(EXCERPT), "--map", str(UCI)]
    again = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert "Requests made: 58" in again.stdout
    assert "[" not in again.stderr, "no progress bar where nobody looks"
    assert rows_in(tmp_path, "service_request") == 58


def rows_in(folder: Path, table: str) -> int:
    connection = sqlite3.connect(folder / "portal.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()
