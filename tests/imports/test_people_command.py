"""`import people`: a list of staff becomes people of the portal."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.imports.models import ImportRun
from portal.mail.models import OutboxMessage
from portal.people.models import AuditEntry, Person
from tests.builders import a_person

MAPPING = """
source = "personnel"
[file]
missing = ["-"]
[columns]
email = "Mail"
name = "Name"
department = "Department"
segment = "Group"
roles = "Role"
[roles]
between = "/"
[values.roles]
Desk = "agent"
Chief = "manager"
"""

STAFF = """\
Mail,Name,Department,Group,Role
Ada@Example.com,Ada Lind,Sales,Field staff,
bo@example.com,Bo Ek,-,Field staff,Desk / Chief
"""


def run(app: Flask, folder: Path, staff: str, mapping: str = MAPPING, *options: str) -> Result:
    (folder / "staff.csv").write_text(staff, "utf-8")
    (folder / "map.toml").write_text(mapping, "utf-8")
    args = ["import", "people", str(folder / "staff.csv"), "--map", str(folder / "map.toml"), *options]
    return app.test_cli_runner().invoke(args=args, catch_exceptions=False)


def find(email: str) -> Person:
    return db.session.scalars(select(Person).filter_by(email=email)).one()


def people() -> int:
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


@pytest.mark.both_databases
def test_a_list_of_staff_comes_in(app: Flask, tmp_path: Path) -> None:
    result = run(app, tmp_path, STAFF)
    assert result.exit_code == 0, result.output
    assert "People added: 2\n" in result.output
    ada, bo = find("ada@example.com"), find("bo@example.com")
    assert ada.department and ada.department.name == "Sales"
    assert ada.segment and ada.segment is bo.segment
    assert (ada.roles, bo.roles, bo.department) == (frozenset(), {"agent", "manager"}, None)
    assert ada.password_hash is None
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 2
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    assert db.session.scalars(select(ImportRun)).one().kind == "people"


def test_line_managers_come_in_by_their_address(app: Flask, tmp_path: Path) -> None:
    mapping = 'source = "personnel"\n[columns]\nemail = "Mail"\nname = "Name"\nmanager = "Boss"\n'
    rows = ("bo@example.com,Bo,ADA@example.com", "ada@example.com,Ada,", "cy@example.com,Cy,who@example.com")
    table = "\n".join(("Mail,Name,Boss", *rows, ""))
    run(app, tmp_path, table, mapping)
    assert find("bo@example.com").manager == find("ada@example.com")
    assert find("ada@example.com").manager is None and find("cy@example.com").manager is None


def test_the_device_that_somebody_has_comes_in(app: Flask, tmp_path: Path) -> None:
    staff = "Mail,Name,PC\nada@example.com,Ada Lind,Dell OptiPlex  7070\nbo@example.com,Bo Ek,\n"
    mapping = 'source = "personnel"\n[columns]\nemail = "Mail"\nname = "Name"\ndevice = "PC"\n'
    run(app, tmp_path, staff, mapping)
    assert (find("ada@example.com").device, find("bo@example.com").device) == ("Dell OptiPlex 7070", None)


def test_who_is_there_already_stays_as_they_are(app: Flask, tmp_path: Path) -> None:
    a_person("Ada Lindqvist", email="ada@example.com")
    db.session.commit()
    result = run(app, tmp_path, STAFF)
    assert "People already there, left as they are: 1\n" in result.output
    assert find("ada@example.com").name == "Ada Lindqvist"
    assert "People added: 0\n" in run(app, tmp_path, STAFF).output
    assert people() == 2


def test_a_dry_run_adds_nobody(app: Flask, tmp_path: Path) -> None:
    assert "People that would be added: 2\n" in run(app, tmp_path, STAFF, MAPPING, "--dry-run").output
    assert people() == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Eve,,,", "has no e-mail address"),
        ("eve at home,Eve,,,", "“eve at home” is no e-mail address"),
        ("eve@example.com,,,,", "has no name"),
        ("eve@example.com,Eve,,,Root", "role “Root” is not in the mapping's [values.roles]"),
        ("ADA@example.com,Ada again,,,", "its address stands already in row 2"),
        ("eve@example.com", "1 cells instead of 5 in line 4"),
    ],
)
def test_a_row_that_cannot_be_used_is_said(app: Flask, tmp_path: Path, row: str, reason: str) -> None:
    result = run(app, tmp_path, STAFF + row + "\n")
    assert result.exit_code == 0
    assert f"Row 4: {reason}" in result.output
    assert people() == 2


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (MAPPING.replace('"agent"', '"root"'), "“Desk” must be one of: customer, agent"),
        (MAPPING.replace("email =", "mail ="), "did you mean “email”"),
        (MAPPING.replace("[values.roles]", "[values.rules]"), "[values] rules is not known"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(app: Flask, tmp_path: Path, mapping: str, words: str) -> None:
    result = run(app, tmp_path, STAFF, mapping)
    assert result.exit_code == 1
    assert words in result.output
    assert people() == 0
