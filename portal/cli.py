"""The commands of the portal, all under `flask --app wsgi`."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from pathlib import Path

import click
from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from portal import backup as backups
from portal import schema
from portal.catalogue import actions as catalogue
from portal.demo.cli import demo_command
from portal.extensions import db
from portal.imports.cli import import_group
from portal.imports.texts import suggestions_group
from portal.inbound.arriving import receive
from portal.inbound.parsing import MOST_BYTES
from portal.jobs import run_due, run_worker, walk_rounds
from portal.mail.background import configured_server
from portal.mail.delivery import deliver_waiting
from portal.people import actions as people
from portal.people import passwords
from portal.refusal import Refusal
from portal.reports.cli import report_command
from portal.requests.checking import drifted
from portal.web import state
from portal.web.access import ROLES
from portal.web.moment import now


def offer_commands(app: Flask) -> None:
    """Offer the commands."""
    schema.prepare(app)
    own = (upgrade, worker, outbox, ingest, backup, restore, check, people_group)
    for command in (*own, import_group, suggestions_group, report_command, demo_command):
        app.cli.add_command(command)


@click.command()
def upgrade() -> None:
    """Bring the database to the schema of this release."""
    before = schema.current_revision()
    schema.upgrade()
    same = before == schema.head_revision()
    click.echo("The database is up to date." if same else "The database is now up to date.")


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
def worker(once: bool) -> None:
    """Do all background work: mail, surveys, reports, housekeeping."""
    schema.lay()
    if once:
        walk_rounds()
        click.echo(f"Done. Jobs run: {run_due()}.")
    else:
        run_worker(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command()
def outbox() -> None:
    """Try to deliver the mail that waits, once."""
    schema.lay()
    server = configured_server()
    if server is None:
        click.echo("No mail server is set (PORTAL_SMTP_HOST). Mail is kept; administrators read it under /mail.")
        return
    run_due()  # some mail is written by jobs
    sent, failed = deliver_waiting(server, at=now())
    click.echo(f"Sent: {sent}. Not delivered, tried again later: {failed}.")


@click.command()
def ingest() -> None:
    """Take in one mail message from standard input, as a mail server hands it over.

    It ends well for any message, junk too, so that no mail server sends a report about it. Only when the database is
    away it ends with 75, on which mail servers try again.
    """
    try:
        schema.lay()
        outcome = receive(sys.stdin.buffer.read(MOST_BYTES + 1))
    except OperationalError as error:
        click.echo(f"The database is not there: {error.orig}", err=True)
        sys.exit(os.EX_TEMPFAIL)
    click.echo(f"Taken in: {outcome}.")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def backup(path: Path) -> None:
    """Write database and attachments to PATH (a .tar.gz); the portal may run meanwhile."""
    try:
        size = backups.backup(path)
    except backups.BackupError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Backed up to {path} ({size:,} bytes).")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(path: Path) -> None:
    """Put the backup at PATH back into an empty data folder; stop the portal first."""
    db.engine.dispose()
    try:
        backups.restore(path)
    except backups.BackupError as error:
        raise click.ClickException(str(error)) from error
    schema.upgrade()
    click.echo("Restored. Start the portal again.")


@click.command()
def check() -> None:
    """Look for damage: broken pages, references that lead nowhere, a schema that does not fit."""
    troubles = state.database_troubles()
    if db.engine.dialect.name == "sqlite":
        troubles += backups.troubles(backups.database_path())
        click.echo(f"SQLite {sqlite3.sqlite_version}")
    if not troubles:
        troubles += [f"{one} has another due moment than its facts give" for one in drifted()]
    for remark in state.remarks():
        click.echo(remark)
    for trouble in troubles:
        click.echo(f"trouble: {trouble}", err=True)
    if troubles:
        sys.exit(1)
    click.echo("Everything is in order.")


@click.group("people")
def people_group() -> None:
    """People of the portal."""


@people_group.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The name as others see it.")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES[1:]), help="May be given several times.")
@click.option("--password", help="Asked for when it is not given.")
def add_person(email: str, name: str, roles: tuple[str, ...], password: str | None) -> None:
    """Add a person; this is how the first administrator is made."""
    schema.lay()
    if not name.strip() or not re.fullmatch(r"[^@\s]+@[^@\s]+", email.strip()):
        raise click.ClickException("Give an address like name@example.com and a name that is not empty.")
    password = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        passwords.check_new(password, field="password")
        catalogue.ensure_basics(zone=current_app.config["TIME_ZONE"], at=now())
        person = people.add_person(name=name, email=email, roles=roles, password=password, by=None, at=now())
    except Refusal as refusal:
        raise click.ClickException(str(refusal.reason)) from refusal
    db.session.commit()
    click.echo(f"{person.name} can sign in as {person.email}. Roles: {', '.join(sorted(person.roles)) or 'customer'}.")
