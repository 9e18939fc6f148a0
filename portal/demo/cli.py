"""`flask --app wsgi demo`: fill an empty portal, and say what is in it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import current_app

from portal import schema
from portal.demo import telling
from portal.demo.company import ADMINISTRATOR
from portal.demo.summary import Line, summary_of, table
from portal.people.queries import find_by_email
from portal.web.moment import now, portal_zone

KEPT = "demonstration.json"
IN_THE_MORNING = timedelta(hours=10, minutes=30)


@click.command("demo")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the story, such as 2026-04-14. The same day makes the same portal. By default it ends now.",
)
def demo_command(today: datetime | None) -> None:
    """Fill an empty portal with a believable quarter. Prints one line of JSON; the accounts go to standard error."""
    schema.lay()
    line: Line | None
    if telling.is_empty():
        click.echo("Filling the portal with a quarter of helpdesk life. It takes about 20 seconds.", err=True)
        line = summary_of(telling.tell(_end(today)), current_app)
        _keep(line)
        click.echo(f"This is {current_app.config['COMPANY']}, which does not exist. Its accounts:\n", err=True)
    else:
        line = _known()
        if line is None:
            click.echo("This portal is in use, so no demonstration was added. Nothing was changed.", err=True)
            return
        click.echo("The demonstration is here already. Nothing was changed. Its accounts:\n", err=True)
    click.echo(table(line), err=True)
    click.echo(_one_line(line))


def _end(today: datetime | None) -> datetime:
    """The morning of that day, but never a moment still to come; without a day, the hour that has just begun."""
    this_hour = now().replace(minute=0, second=0, microsecond=0)
    return this_hour if today is None else min(today.replace(tzinfo=portal_zone()) + IN_THE_MORNING, this_hour)


def _kept() -> Path:
    """Where the line is kept, so that the command can say it again."""
    folder: Path = current_app.config["DATA_DIR"]
    return folder / KEPT


def _keep(line: Line) -> None:
    """It holds passwords: only whoever runs the portal may read it."""
    _kept().touch(mode=0o600)
    _kept().write_text(_one_line(line), encoding="utf-8")


def _known() -> Line | None:
    """The line of the demonstration that this portal was filled with, if it was."""
    if not _kept().is_file() or find_by_email(ADMINISTRATOR) is None:
        return None
    line: Line = json.loads(_kept().read_text(encoding="utf-8"))
    return line


def _one_line(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))
