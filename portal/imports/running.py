"""What every import command does alike: complain, look, save, and tell what was refused."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.extensions import db
from portal.imports.actions import ImportedFile
from portal.imports.incoming import Refused, StoppedByAmbiguity
from portal.imports.reading import FileError
from portal.imports.sections import MappingError
from portal.refusal import Refusal

SHOWN = 20
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Readable = click.Path(exists=True, dir_okay=False, path_type=Path)
Writable = click.Path(dir_okay=False, path_type=Path)
Found = TypeVar("Found")


@contextmanager
def complaints(file: Path, mapping_file: Path) -> Iterator[None]:
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


def saving(write: Callable[[], Found]) -> Found:
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


def which(file: Path) -> ImportedFile:
    with file.open("rb") as content:
        return ImportedFile(file.name, hashlib.file_digest(content, "sha256").hexdigest())


def write_errors(path: Path, refused: list[Refused]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["row", "reference", "reason"])
            writer.writerows((one.row, plain(one.reference), plain(one.reason)) for one in refused)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}. Nothing was imported.") from None


def plain(text: str) -> str:
    """Words that no spreadsheet takes for a formula, and that any file can hold."""
    text = text.encode("utf-8", "replace").decode()
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text


def tell_refused(refused: list[Refused], errors: Path | None) -> None:
    for one in refused[:SHOWN]:
        reference = f" ({plain(one.reference)})" if one.reference else ""
        click.echo(f"Row {one.row}{reference}: {plain(one.reason)}", err=True)
    more = len(refused) - SHOWN
    if more > 0:
        where = f"see {errors}" if errors else "--errors FILE writes them all"
        click.echo(f"… and {more:,} more refused rows; {where}.", err=True)
