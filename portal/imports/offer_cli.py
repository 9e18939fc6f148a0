"""`flask --app wsgi import form` and `import services`: what is offered, from files."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from flask import current_app

from portal import schema
from portal.extensions import reading
from portal.imports.form_actions import Brought, bring_form, foresee
from portal.imports.offer import OfferList, read_offer, read_offer_mapping
from portal.imports.offer_actions import KINDS, Plan, check_retiring, compare, do_as_planned
from portal.imports.reading import open_table
from portal.imports.running import (
    SHOWN,
    Readable,
    Writable,
    complaints,
    plain,
    saving,
    tell_refused,
    which,
    write_errors,
)
from portal.imports.template import LARGEST_FILE, TemplateError, read_template
from portal.imports.template_questions import Form, read_form
from portal.questions.rules import SILENT, write_questions
from portal.questions.trouble import trouble
from portal.refusal import Refusal
from portal.web.address import absolute
from portal.web.moment import now

DONE = {
    "added": "Service added: {address} (form 1).",
    "published": "Published as form {number} of {address}.",
    "unchanged": "{address} asks exactly this already (form {number}): nothing changed.",
}
WOULD_BE_DONE = {
    "added": "A service would be added: {address}. Nothing was written.",
    "published": "It would be form {number} of {address}. Nothing was written.",
    "unchanged": DONE["unchanged"],
}


@click.command("form")
@click.argument("file", type=Readable)
@click.option("--service", metavar="SLUG", help="Publish it as the next form of this service.")
@click.option("--name", help="Call the new service this, instead of by the form's title.")
@click.option("--draft", is_flag=True, help="Do not offer the new service yet.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, but write nothing.")
def form(file: Path, service: str | None, name: str | None, draft: bool, dry_run: bool) -> None:
    """Make a service of a form template (JSON) of the Government of Canada. See docs/importing.md."""
    if service and (name or draft):
        raise click.UsageError("--service is a service that is there already; --name and --draft are for a new one.")
    schema.lay()
    read = _read_form(file)
    _tell_form(read)
    where, zone = {"service": service, "name": (name or "").strip() or None}, current_app.config["TIME_ZONE"]
    if dry_run:
        _tell_brought(_foreseen(read, where), WOULD_BE_DONE)
        return
    brought = saving(lambda: bring_form(read, which(file), **where, draft=draft, zone=zone, at=now()))
    _tell_brought(brought, DONE)


def _foreseen(read: Form, where: dict[str, str | None]) -> Brought:
    try:
        with reading():
            return foresee(read, service=where["service"], name=where["name"])
    except Refusal as error:
        raise click.ClickException(f"{error.reason} Nothing was imported.") from None


def _read_form(file: Path) -> Form:
    try:
        with file.open("rb") as content:
            read = read_form(read_template(content.read(LARGEST_FILE + 1)))
    except OSError as error:
        raise click.ClickException(f"{file.name}: The file cannot be read: {error.strerror or error}.") from None
    except TemplateError as error:
        raise click.ClickException(f"{file.name}: {plain(str(error))}") from None
    if troubles := trouble(write_questions(read.questions)):
        raise click.ClickException(f"{file.name}: The form cannot be asked here: {' '.join(troubles)}")
    return read


def _tell_form(read: Form) -> None:
    asked = {kind: count for kind, count in read.counts.items() if kind not in SILENT}
    listed = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(asked.items()))
    click.echo(f"“{read.title.en}” asks {sum(asked.values())} questions: {listed}.")
    conditions = sum(question.shown_if is not None for question in read.questions)
    click.echo(
        f"Texts to read: {read.counts['information']}. Sections: {read.counts['section']}. "
        f"Shown on a condition: {conditions}. With French words: {sum(bool(q.translations) for q in read.questions)}."
    )
    if read.remarks:
        click.echo("Not the same here as there:")
    for remark in read.remarks:
        click.echo(f"  {remark}")


def _tell_brought(brought: Brought, sentences: Mapping[str, str]) -> None:
    address = absolute(f"/services/{brought.slug}")
    click.echo(sentences[brought.outcome].format(address=address, number=brought.number))


@click.command("services")
@click.argument("file", type=Readable)
@click.option("--map", "mapping_file", required=True, type=Readable)
@click.option("--dry-run", is_flag=True, help="Say what would change, but write nothing.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--allow-retiring-most", is_flag=True, help="Even if more than half of the services retire.")
@click.option("--errors", type=Writable, help="Write each refused row to this CSV file.")
def services(
    file: Path, mapping_file: Path, dry_run: bool, yes: bool, allow_retiring_most: bool, errors: Path | None
) -> None:
    """Bring in a list of services, or a later edition of it. See docs/importing.md."""
    schema.lay()
    zone = current_app.config["TIME_ZONE"]
    with complaints(file, mapping_file):
        mapping = read_offer_mapping(mapping_file, portal_zone=zone)
        with open_table(file, mapping.layout) as table:
            offer = read_offer(table, mapping)
    if errors:
        write_errors(errors, offer.refused)
    tell_refused(offer.refused, errors)
    try:
        with reading():
            plan = compare(offer, mapping)
        _tell_plan(offer, plan)
        check_retiring(plan, offer, most=allow_retiring_most)
    except Refusal as error:
        raise click.ClickException(f"{error.reason} Nothing was imported.") from None
    if plan.changes and _is_wanted(dry_run=dry_run, yes=yes):
        more = {"portal_zone": zone, "retiring_most": allow_retiring_most}
        saving(lambda: do_as_planned(plan, offer, mapping, which(file), **more, at=now()))
        click.echo("Done.")


def _is_wanted(*, dry_run: bool, yes: bool) -> bool:
    """Asked on a terminal; elsewhere nothing is done unless it was said before."""
    if dry_run:
        click.echo("Nothing was written.")
        return False
    if yes or (sys.stdin.isatty() and click.confirm("Do it?")):
        return True
    click.echo("Nothing was written. Say --yes to do it.")
    return False


def _tell_plan(offer: OfferList, plan: Plan) -> None:
    """The counts as a table, then what happens to which service."""
    rows = {"rows read": offer.rows_read, "rows refused": len(offer.refused)}
    rows |= {kind: len(plan.of(kind)) for kind in KINDS}
    for label, count in rows.items():
        click.echo(f"{label.capitalize():<14}{count:>7,}")
    for kind in KINDS:
        if kind != "unchanged":
            _tell_steps(kind, plan)
    if not plan.changes:
        click.echo("Everything is here as the list has it: nothing changed.")


def _tell_steps(kind: str, plan: Plan) -> None:
    steps = plan.of(kind)
    for step in steps[:SHOWN]:
        click.echo(f"  {kind}: {plain(step.reference)} {step.words}")
    if len(steps) > SHOWN:
        click.echo(f"  {kind}: … and {len(steps) - SHOWN:,} more")
