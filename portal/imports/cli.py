"""`flask --app wsgi import …`: bring in what another system knows."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from portal import schema
from portal.extensions import reading
from portal.imports import queries
from portal.imports.actions import Done, import_requests, preview_requests
from portal.imports.incoming import Reduced
from portal.imports.mapping import read_mapping
from portal.imports.offer_cli import form, services
from portal.imports.people import Listed, read_people, read_people_mapping
from portal.imports.people_actions import Added, import_people, preview_people
from portal.imports.reading import Table, open_table
from portal.imports.reducing import reduce_rows
from portal.imports.running import (
    Readable,
    Writable,
    complaints,
    saving,
    tell_refused,
    which,
    write_errors,
)
from portal.web.moment import now

ROWS_BETWEEN_STEPS = 2000

import_group = AppGroup("import", help="Bring in what another system knows, from a file.")
import_group.add_command(form)
import_group.add_command(services)


@import_group.command("requests")
@click.argument("file", type=Readable)
@click.option("--map", "mapping_file", required=True, type=Readable)
@click.option("--dry-run", is_flag=True, help="Read and check everything, but write nothing.")
@click.option("--errors", type=Writable, help="Write each refused row to this CSV file.")
def requests(file: Path, mapping_file: Path, dry_run: bool, errors: Path | None) -> None:
    """Bring in the requests of a log (.csv, also packed as .gz, .xz or .bz2). See docs/importing.md."""
    schema.lay()
    with complaints(file, mapping_file):
        mapping = read_mapping(mapping_file, portal_zone=current_app.config["TIME_ZONE"])
        with reading():
            robots = queries.robots_of(mapping.source)
        with open_table(file, mapping.layout) as table, _progress(table) as step:
            reduced = reduce_rows(table, mapping, robots=robots, progress=step)
    if errors:
        write_errors(errors, reduced.refused)
    if dry_run:
        with reading():
            done = preview_requests(reduced, mapping)
    else:
        done = saving(lambda: import_requests(reduced, mapping, which(file), at=now()))
    tell_refused(reduced.refused, errors)
    _tell(reduced, done, dry_run=dry_run)
    if not done.made and not done.already_there:
        raise click.ClickException("There was no request to bring in.")


@import_group.command("people")
@click.argument("file", type=Readable)
@click.option("--map", "mapping_file", required=True, type=Readable)
@click.option("--dry-run", is_flag=True, help="Read and check everything, but write nothing.")
@click.option("--errors", type=Writable, help="Write each refused row to this CSV file.")
def people(file: Path, mapping_file: Path, dry_run: bool, errors: Path | None) -> None:
    """Bring in people from a list. They have no password until they ask for one. See docs/importing.md."""
    schema.lay()
    with complaints(file, mapping_file):
        mapping = read_people_mapping(mapping_file)
        with open_table(file, mapping.layout) as table:
            listed = read_people(table, mapping)
    if errors:
        write_errors(errors, listed.refused)
    if dry_run:
        with reading():
            added = preview_people(listed)
    else:
        added = saving(lambda: import_people(listed, mapping, which(file), at=now()))
    tell_refused(listed.refused, errors)
    _tell_people(listed, added, dry_run=dry_run)
    if not listed.people:
        raise click.ClickException("There was nobody to bring in.")


@contextmanager
def _progress(table: Table) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, by how much of the file has been read; nothing where nobody looks."""
    stream = sys.stderr
    if not stream.isatty():
        yield lambda: None
        return
    with click.progressbar(length=table.size, label="Reading", file=stream) as bar:
        rows = 0

        def step() -> None:
            nonlocal rows
            rows += 1
            if rows % ROWS_BETWEEN_STEPS == 0:
                bar.update(table.done - bar.pos)

        yield step
        bar.update(table.size - bar.pos)


def _tell(reduced: Reduced, done: Done, *, dry_run: bool) -> None:
    """The summary, a line a fact."""
    lines: dict[str, Any] = {
        "Rows read": reduced.rows_read,
        "Requests that would be made" if dry_run else "Requests made": done.made,
        "Requests already there, left as they are": done.already_there,
        "Rows refused": len(reduced.refused),
        "Events that would be kept" if dry_run else "Events kept": done.events,
    }
    if not dry_run:
        lines |= {"People added": done.people, "Services added": done.services, "Teams added": done.teams}
    for label, count in lines.items():
        click.echo(f"{label}: {count:,}")
    for remark, count in sorted(Counter(reduced.remarks).items()):
        click.echo(f"Settled by a rule: {count:,} {remark}.")
    if done.already_there and not done.made:
        click.echo("Everything in this file was there already: nothing changed.")


def _tell_people(listed: Listed, added: Added, *, dry_run: bool) -> None:
    click.echo(f"Rows read: {listed.rows_read:,}")
    click.echo(f"{'People that would be added' if dry_run else 'People added'}: {added.made:,}")
    click.echo(f"People already there, left as they are: {added.already_there:,}")
    click.echo(f"Rows refused: {len(listed.refused):,}")
