"""`flask --app wsgi suggestions …`: how well suggestions work on the texts of a file."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from portal.imports.mapping import Layout, read_layout
from portal.imports.reading import FileError, open_table
from portal.imports.sections import MappingError, Section, read_toml
from portal.measures.intervals import Share, wilson
from portal.search.measuring import ALIKE, Measured, Written, measure

FIELDS = ("title", "body")
MOST_ASKED = 2000

suggestions_group = AppGroup("suggestions", help="What is suggested while somebody types a question.")

Readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@suggestions_group.command("measure")
@click.argument("file", type=Readable)
@click.option("--map", "mapping_file", type=Readable, help="Says how the file is written; see docs/importing.md.")
@click.option("--title", default="title", show_default=True, help="The column of the titles, without a mapping.")
@click.option("--body", default="body", show_default=True, help="The column of the texts, without a mapping.")
@click.option("--most", type=click.IntRange(1), default=MOST_ASKED, show_default=True, help="Ask at most so often.")
def measure_suggestions(file: Path, mapping_file: Path | None, title: str, body: str, most: int) -> None:
    """For texts that have a near twin in FILE: is it among the first five suggestions when the title is typed?"""
    try:
        layout, columns = read_text_mapping(mapping_file) if mapping_file else (Layout(), (title, body))
        texts, refused = read_texts(file, layout, columns)
    except (MappingError, FileError) as error:
        raise click.ClickException(str(error)) from error
    if refused:
        click.echo(f"{refused} rows could not be read and are left out.", err=True)
    measured = measure(texts, most=most)
    if not measured.ours.n:
        raise click.ClickException(f"None of the {len(texts):,} texts has a near twin, so nothing can be measured.")
    _tell(measured)


def read_text_mapping(path: Path) -> tuple[Layout, tuple[str, str]]:
    """How the file is written, and its columns of titles and of texts. Raises MappingError."""
    top = Section(read_toml(path), "", [])
    top.text("source", None)
    file, columns = top.section("file"), top.section("columns")
    layout, names = read_layout(file), columns.table(FIELDS)
    for section in (file, top):
        section.done()
    problems = top.problems + [f"[columns] must say which column is the {one}." for one in FIELDS if one not in names]
    if problems:
        raise MappingError(problems)
    return layout, (names["title"], names["body"])


def read_texts(path: Path, layout: Layout, columns: tuple[str, str]) -> tuple[list[Written], int]:
    """The texts of that file, and how many rows could not be read. Raises FileError."""
    texts, refused = [], 0
    with open_table(path, layout) as table:
        title, body = table.positions(columns)
        for row in table:
            if row.problem:
                refused += 1
                continue
            cells = ["" if cell in layout.missing else cell for cell in (row.cells[title], row.cells[body])]
            texts.append(Written(*cells))
    return texts, refused


def _tell(measured: Measured) -> None:
    click.echo(f"Texts: {measured.texts:,}; with a near twin (bodies alike by {ALIKE} or more): {measured.with_twin:,}")
    click.echo(f"Asked by title: {measured.ours.n:,}. The twin is among the first five:")
    click.echo(f"  suggestions      {_said(measured.ours)}")
    click.echo(f"  plain FTS5/bm25  {_said(measured.plain)}")


def _said(share: Share) -> str:
    low, high = wilson(share.x, share.n)
    return f"{share.value:.4f} ({share.x:,} of {share.n:,}; 95 % interval {low:.4f} to {high:.4f})"
