"""A form template becomes a service, or the next form of one. Commits nothing itself."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from portal.catalogue.actions import SOMETHING_ELSE, add_service, ensure_basics, publish_form
from portal.catalogue.keeping import service_slug
from portal.catalogue.models import HoursPlan, Service, ServiceChange
from portal.catalogue.queries import current_form
from portal.extensions import db
from portal.imports.actions import ImportedFile, only_one_import
from portal.imports.models import ImportRun
from portal.imports.template_questions import Form
from portal.questions.rules import SILENT, write_questions
from portal.refusal import Refusal

SOURCE = "gcforms"
LONGEST_NAME = 200
LONGEST_SUMMARY = 200


class Brought(NamedTuple):
    """What came of it: the service's address in the catalogue, and the number of its form."""

    outcome: str
    slug: str
    number: int


def foresee(form: Form, *, service: str | None, name: str | None) -> Brought:
    """What would come of it; writes nothing. Raises Refusal where nothing could."""
    known = _service(service) if service else _brought_before(name or form.title.en)
    if known is None:
        _check_name(name or form.title.en)
        return Brought("added", service_slug(name or form.title.en), 1)
    newest = current_form(known)
    if newest and newest.questions_data == write_questions(form.questions):
        return Brought("unchanged", known.slug, newest.number)
    if not service:
        raise Refusal(
            f"A form with this title is the service “{known.slug}” already, and this one differs. "
            f"Publish it there with --service {known.slug}, or make another service with --name."
        )
    if known.state == "retired":
        raise Refusal(f"The service “{known.slug}” has retired; choose another one.")
    return Brought("published", known.slug, newest.number + 1 if newest else 1)


def bring_form(
    form: Form, file: ImportedFile, *, service: str | None, name: str | None, draft: bool, zone: str, at: datetime
) -> Brought:
    """A new service with this form, or its next form; the same form once more changes nothing."""
    only_one_import()
    brought = foresee(form, service=service, name=name)
    if brought.outcome == "added":
        _add(form, brought.slug, name=name or form.title.en, draft=draft, zone=zone, at=at)
    elif brought.outcome == "published":
        note = f"From the form “{form.title.en}”"
        publish_form(_service(brought.slug), form.questions, note=note, public=False, by=None, at=at)
    if brought.outcome != "unchanged":
        _remember(form, file, at=at)
    return brought


def _service(slug: str) -> Service:
    found = db.session.scalar(select(Service).where(Service.slug == slug))
    if found is None:
        raise Refusal(f"The catalogue has no service with the address “{slug}”.")
    return found


def _brought_before(title: str) -> Service | None:
    """The service that a form of this title became, however it is called today."""
    query = select(Service).where(Service.source == SOURCE, Service.source_reference == title)
    return db.session.scalar(query.order_by(Service.id).limit(1))


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise Refusal(f"The title has {len(name)} characters, and a name {LONGEST_NAME} at most; give one with --name.")


def _add(form: Form, slug: str, *, name: str, draft: bool, zone: str, at: datetime) -> None:
    """The service; customers are told of it by whoever keeps the offer, once it says what they need to know."""
    summary, description = _described(form)
    service = add_service(
        slug=slug,
        name=name,
        summary=summary,
        description=description,
        hours_plan=desk_hours(zone=zone, at=at),
        questions=form.questions,
        at=at,
        state="draft" if draft else "live",
        source=SOURCE,
        source_reference=name,
    )
    note = f"From the form “{form.title.en}”"
    db.session.add(ServiceChange(service=service, at=at, kind="opened", note=note, public=False))


def _described(form: Form) -> tuple[str, str]:
    """Summary and description, from the introduction where there is one."""
    asked = sum(question.kind not in SILENT for question in form.questions)
    introduction = form.introduction.en
    if not introduction:
        words = f"A form with {asked} questions." if asked != 1 else "A form with one question."
        return words, words
    first = " ".join(introduction.split("\n\n")[0].strip("# *").split())
    return (first if len(first) <= LONGEST_SUMMARY else first[: LONGEST_SUMMARY - 1].rstrip() + "…"), introduction


def desk_hours(*, zone: str, at: datetime) -> HoursPlan:
    """The hours of the service that always exists."""
    ensure_basics(zone=zone, at=at)
    return db.session.scalars(select(Service).where(Service.slug == SOMETHING_ELSE)).one().hours_plan


def _remember(form: Form, file: ImportedFile, *, at: datetime) -> None:
    run = ImportRun(source=SOURCE, kind="form", file_name=file.name, file_sha256=file.sha256, at=at)
    run.rows_read, run.made, run.refused = len(form.questions), 1, 0
    db.session.add(run)
    db.session.flush()
