"""`flask --app wsgi import …`: bring in what another system knows."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import IntegrityError, OperationalError

from portal import schema
from portal.extensions import db, read_only
from portal.imports.actions import Done, ImportedFile, import_requests, preview_requests
from portal.imports.incoming import Reduced, Refused, StoppedByAmbiguity
from portal.imports.mapping import read_mapping
from portal.imports.people import Listed, read_people, read_people_mapping
from portal.imports.people_actions import Added, import_people, preview_people
from portal.imports.reading import FileError, Table, open_table
from portal.imports.reducing import reduce_rows
from portal.imports.sections import MappingError
from portal.refusal import Refusal
from portal.web.moment import now

SHOWN = 20
ROWS_BETWEEN_STEPS = 2000
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Readable = click.Path(exists=True, dir_okay=False, path_type=Path)
Writable = click.Path(dir_okay=False, path_type=Path)
Found = TypeVar("Found")

import_group = AppGroup("import", help="Bring in what another system knows, from a CSV file.")


@import_group.command("requests")
@click.argument("file", type=Readable)
@click.option("--map", "mapping_file", required=True, type=Readable)
@click.option("--dry-run", is_flag=True, help="Read and check everything, but write nothing.")
@click.option("--errors", type=Writable, help="Write each refused row to this CSV file.")
def requests(file: Path, mapping_file: Path, dry_run: bool, errors: Path | None) -> None:
    """Bring in the requests of a log (.csv, also packed as .gz, .xz or .bz2). See docs/importing.md."""
    schema.lay()
    with _complaints(file, mapping_file):
        mapping = read_mapping(mapping_file, portal_zone=current_app.config["TIME_ZONE"])
        with open_table(file, mapping.layout) as table, _progress(table) as step:
            reduced = reduce_rows(table, mapping, progress=step)
    if errors:
        _write_errors(errors, reduced.refused)
    if dry_run:
        done = _looking(lambda: preview_requests(reduced, mapping))
    else:
        done = _saving(lambda: import_requests(reduced, mapping, _which(file), at=now()))
    _tell_refused(reduced.refused, errors)
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
    with _complaints(file, mapping_file):
        mapping = read_people_mapping(mapping_file)
        with open_table(file, mapping.layout) as table:
            listed = read_people(table, mapping)
    if errors:
        _write_errors(errors, listed.refused)
    if dry_run:
        added = _looking(lambda: preview_people(listed))
    else:
        added = _saving(lambda: import_people(listed, mapping, _which(file), at=now()))
    _tell_refused(listed.refused, errors)
    _tell_people(listed, added, dry_run=dry_run)
    if not listed.people:
        raise click.ClickException("There was nobody to bring in.")


@contextmanager
def _complaints(file: Path, mapping_file: Path) -> Iterator[None]:
    """What cannot be used is said in a sentence, and the command ends."""
    try:
        yield
    except MappingError as error:
        listed = "\n".join(f"  {problem}" for problem in error.problems)
        raise click.ClickException(f"{mapping_file.name} cannot be used:\n{listed}") from None
    except FileError as error:
        raise click.ClickException(f"{file.name}: {error}") from None
    except StoppedByAmbiguity as error:
        raise click.ClickException(str(error)) from None


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


def _looking(read: Callable[[], Found]) -> Found:
    """Ask the database without being able to change it."""
    token = read_only.set(True)
    try:
        return read()
    finally:
        db.session.rollback()
        read_only.reset(token)


def _saving(write: Callable[[], Found]) -> Found:
    """Write everything or nothing."""
    click.echo("Writing …", err=True)
    try:
        done = write()
        db.session.commit()
    except Refusal as error:
        db.session.rollback()
        raise click.ClickException(f"{error.reason} Nothing was imported.") from None
    except (IntegrityError, OperationalError) as error:
        db.session.rollback()
        raise click.ClickException(f"Nothing was imported, try again. The database says: {error.orig}") from None
    return done


def _which(file: Path) -> ImportedFile:
    with file.open("rb") as content:
        return ImportedFile(file.name, hashlib.file_digest(content, "sha256").hexdigest())


def _write_errors(path: Path, refused: list[Refused]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["row", "reference", "reason"])
            writer.writerows((one.row, _plain(one.reference), _plain(one.reason)) for one in refused)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}. Nothing was imported.") from None


def _plain(text: str) -> str:
    """Words that no spreadsheet takes for a formula, and that any file can hold."""
    text = text.encode("utf-8", "replace").decode()
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text


def _tell_refused(refused: list[Refused], errors: Path | None) -> None:
    for one in refused[:SHOWN]:
        reference = f" ({_plain(one.reference)})" if one.reference else ""
        click.echo(f"Row {one.row}{reference}: {_plain(one.reason)}", err=True)
    more = len(refused) - SHOWN
    if more > 0:
        where = f"see {errors}" if errors else "--errors FILE writes them all"
        click.echo(f"… and {more:,} more refused rows; {where}.", err=True)


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
