"""The migrations make the very schema that the models say, and no upgrade can lose a row or stop halfway."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade
from flask_migrate import upgrade as run_upgrade
from sqlalchemy import Connection, MetaData, text

from portal import schema
from portal.catalogue.models import RequestForm, Service
from portal.extensions import db
from portal.people.models import Person
from portal.requests.models import RequestEvent, ServiceRequest
from portal.search.engine import is_modelled
from tests.builders import TUESDAY_10, a_person, a_request
from tests.conftest import ROOT

pytestmark = pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")

IN_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
IN_POSTGRESQL = """
    SELECT 'index', indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'constraint', conname, conrelid::regclass::text, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column', column_name, table_name, data_type || is_nullable || coalesce(column_default, '')
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'trigger', tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""

COMPARED = {"compare_type": True, "include_name": is_modelled}


@pytest.fixture
def empty(app: Flask) -> Iterator[Flask]:
    """The portal on a database without any table."""
    schema.prepare(app)
    drop_everything()
    yield app


def drop_everything() -> None:
    db.session.remove()
    db.drop_all()
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


def schema_as_it_is() -> dict[tuple[str, str, str], Any]:
    """Everything the database says of its tables, indexes, constraints and triggers."""
    with db.engine.connect() as connection:
        rows = connection.execute(text(IN_SQLITE if connection.dialect.name == "sqlite" else IN_POSTGRESQL)).all()
    return {tuple(row[:3]): _clauses(row[3]) for row in rows if "alembic_version" not in row[:3]}


def _clauses(sql: str) -> list[str]:
    """The lines of a definition, without their order; SQLite quotes the name of a table that was built anew."""
    sql = re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", sql)
    return sorted(" ".join(line.split()).rstrip(",").strip() for line in sql.splitlines() if line.strip())


def import_all_models() -> None:
    for file in sorted((ROOT / "portal").glob("*/models.py")):
        importlib.import_module(f"portal.{file.parent.name}.models")


def revision() -> str | None:
    return schema.current_revision()


@pytest.mark.both_databases
def test_the_migrations_make_what_the_models_say(empty: Flask) -> None:
    import_all_models()
    schema.upgrade()
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=COMPARED), db.metadata) == []
    made_by_migrations = schema_as_it_is()
    drop_everything()
    db.create_all()
    assert made_by_migrations == schema_as_it_is()


def test_there_is_one_head_and_no_fork() -> None:
    assert schema.head_revision() is not None
    files = list((ROOT / "migrations" / "versions").glob("*.py"))
    assert len({file.name.split("_")[0] for file in files}) == len(files)


@pytest.mark.both_databases
def test_up_down_and_up_again_with_rows_inside(empty: Flask) -> None:
    schema.upgrade()
    first = schema_as_it_is()
    a_request()
    db.session.commit()
    db.session.remove()
    downgrade(directory=str(schema.FOLDER), revision="base")
    assert schema_as_it_is() == {}
    assert revision() is None
    schema.upgrade()
    assert schema_as_it_is() == first
    a_request()
    db.session.commit()


@pytest.mark.both_databases
def test_an_upgrade_of_what_is_new_already_changes_nothing(empty: Flask) -> None:
    schema.upgrade()
    a_person("Maria")
    db.session.commit()
    schema.upgrade()
    assert [one.name for one in db.session.scalars(db.select(Person))] == ["Maria"]


@pytest.mark.both_databases
def test_a_database_of_the_first_release_keeps_its_offer_and_its_requests(empty: Flask) -> None:
    run_upgrade(directory=str(schema.FOLDER), revision="0001")
    with db.engine.begin() as connection:
        rows_of_the_first_release(connection)
    schema.upgrade()
    offered = db.session.execute(db.select(Service.slug, Service.state, Service.options).order_by(Service.id)).all()
    assert [tuple(row) for row in offered] == [("open", "live", []), ("gone", "retired", [])]
    request = db.session.scalars(db.select(ServiceRequest)).one()
    assert (request.summary, request.service.slug, request.asked_by, request.minutes_spent) == ("Help", "gone", None, 0)
    form = db.session.scalars(db.select(RequestForm)).one()
    assert (form.questions[0].wording, form.change_note) == ("Which?", "")
    assert (request.found_by, request.extras, request.customer.mail_wanted) == ("", [], "each")
    assert request.told_until_at, "nobody is told now of what was missed then"
    assert a_request(request.customer).id > request.id, "the keys go on where they were"


def rows_of_the_first_release(connection: Connection) -> None:
    tables = MetaData()
    tables.reflect(connection, only=["person", "hours_plan", "service", "request_form", "service_request"])

    def add(table: str, **values: Any) -> None:
        connection.execute(tables.tables[table].insert().values(**values))

    at = TUESDAY_10.replace(tzinfo=None) if connection.dialect.name == "sqlite" else TUESDAY_10
    add("person", id=1, name="Maria", active=True, created_at=at)
    add("hours_plan", id=1, name="Desk", zone="UTC", windows=[[0, 480, 1080]], closed_on=[], in_words="Mondays")
    for key, slug, live in ((1, "open", True), (2, "gone", False)):
        words = {"name": slug, "summary": slug, "description": slug, "search_words": slug}
        counts = {"asked_lately": 0, "decided_lately": 0, "kept_lately": 0}
        add("service", id=key, slug=slug, hours_plan_id=1, for_everyone=True, live=live, **words, **counts)
    question = {"key": "which", "kind": "text", "wording": "Which?", "help": "", "required": False}
    add("request_form", id=1, service_id=2, number=1, published_at=at, questions_data=[question])
    add(
        "service_request",
        id=7,
        service_id=2,
        request_form_id=1,
        customer_id=1,
        hours_plan_id=1,
        summary="Help",
        details="",
        answers={},
        channel="portal",
        priority=3,
        state="received",
        is_open=True,
        pauses=[],
        opened_at=at,
        next_due_at=at,
        reopen_count=0,
        reassignment_count=0,
        source="portal",
        version=1,
    )
    if connection.dialect.name == "postgresql":
        for table, key in (
            ("person", 1),
            ("hours_plan", 1),
            ("service", 2),
            ("request_form", 1),
            ("service_request", 7),
        ):
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {key})"))


# --- later migrations, tried in a folder of their own ------------------------------------------------------------


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A copy of the migrations that a test may add one to."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def add_migration(folder: Path, upgrade: str) -> None:
    lines = ["import sqlalchemy as sa", "from alembic import op", "", "revision = 'later'"]
    lines += [f"down_revision = {schema.head_revision()!r}", "", "", "def upgrade():"]
    lines += ["    " + line for line in upgrade.strip().splitlines()]
    (folder / "versions" / "later_try.py").write_text("\n".join(lines) + "\n")


REBUILD_PERSON = """
on_sqlite = op.get_bind().dialect.name == "sqlite"
with op.batch_alter_table("person", recreate="always" if on_sqlite else "never") as table:
    table.add_column(sa.Column("nickname", sa.Text(), nullable=True))
"""


@pytest.mark.both_databases
def test_rebuilding_a_table_keeps_the_rows_of_its_children(empty: Flask, later: Path) -> None:
    schema.upgrade()
    a_request(a_person("Maria"))
    a_person("Ben", roles=("agent",))
    db.session.commit()
    before = rows_of_all_tables()
    add_migration(later, REBUILD_PERSON)
    run_upgrade(directory=str(later))
    assert revision() == "later"
    assert rows_of_all_tables() == before
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM person WHERE name = 'Ben'"))
    assert rows_of_all_tables()["role_held"] == 0, "foreign keys work again after the migration"


def rows_of_all_tables() -> dict[str, int]:
    db.session.rollback()
    with db.engine.connect() as connection:
        return {t.name: connection.scalar(text(f'SELECT count(*) FROM "{t.name}"')) for t in db.metadata.sorted_tables}


@pytest.mark.both_databases
@pytest.mark.parametrize("failure", ["op.execute('INSERT INTO no_such_table VALUES (1)')", "raise ValueError('no')"])
def test_a_migration_that_fails_leaves_everything_as_it_was(empty: Flask, later: Path, failure: str) -> None:
    schema.upgrade()
    a_request(a_person("Maria"))
    db.session.commit()
    before, rows = schema_as_it_is(), rows_of_all_tables()
    deeds = ["op.create_table('half', sa.Column('id', sa.Integer(), primary_key=True))"]
    deeds += [*REBUILD_PERSON.strip().splitlines(), "op.execute(\"UPDATE person SET name = 'Nobody'\")", failure]
    add_migration(later, "\n".join(deeds))
    with pytest.raises(Exception, match="no"):
        run_upgrade(directory=str(later))
    assert revision() == schema.head_revision()
    assert schema_as_it_is() == before
    assert rows_of_all_tables() == rows
    assert db.session.scalar(db.select(Person.name).where(Person.name == "Maria")) == "Maria"


def test_a_migration_that_breaks_a_reference_is_refused_whole(empty: Flask, later: Path) -> None:
    schema.upgrade()
    a_request()
    db.session.commit()
    add_migration(later, "op.execute('DELETE FROM service_request')")
    with pytest.raises(SystemExit):
        run_upgrade(directory=str(later))
    assert revision() == schema.head_revision()
    assert db.session.scalars(db.select(ServiceRequest)).all()
    assert db.session.scalars(db.select(RequestEvent)).all()


UPGRADER = """
import sys
from portal import create_app, schema
app = create_app({"DATA_DIR": __import__("pathlib").Path(sys.argv[1]), "SQLALCHEMY_DATABASE_URI": sys.argv[2]}, {})
sys.stdin.readline()
with app.app_context():
    schema.upgrade()
"""


@pytest.mark.both_databases
def test_two_upgrades_at_once_both_succeed(empty: Flask, tmp_path: Path) -> None:
    url = db.engine.url.render_as_string(hide_password=False)
    db.engine.dispose()
    command = [sys.executable, "-W", "error", "-c", UPGRADER, str(tmp_path), url]
    both = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "ab"]
    for one in both:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[1] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert revision() == schema.head_revision()
