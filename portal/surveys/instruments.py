"""Questionnaires and where they are asked: the standard one is written, published and sent into the field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.extensions import db
from portal.refusal import Refusal
from portal.surveys import queries
from portal.surveys.models import (
    COMMENT,
    IDENTIFIED,
    OVERALL,
    AnswerCategory,
    Instrument,
    InstrumentVersion,
    QuestionVersion,
    SurveyWave,
)

STANDARD = "how-did-we-do"


def ensure_standard_wave(*, at: datetime) -> SurveyWave:
    """The survey after every request, made once: a fresh portal asks its customers without being set up."""
    found = queries.find_wave(STANDARD)
    return found or open_wave(slug=STANDARD, title=_("How did we do?"), at=at)


def open_wave(
    *, slug: str, title: str, at: datetime, mode: str = IDENTIFIED, kind: str = "transactional", **more: Any
) -> SurveyWave:
    """Send the standard instrument into the field. A periodic wave is given its cases by `make_case`."""
    version = queries.published_version(STANDARD) or _publish_standard(at)
    wave = SurveyWave(
        version=version, slug=slug, title=title, kind=kind, mode=mode, opens_at=at, seed=more.pop("seed", slug), **more
    )
    db.session.add(wave)
    db.session.flush()
    return wave


def _publish_standard(at: datetime) -> InstrumentVersion:
    instrument = queries.find_instrument(STANDARD) or Instrument(code=STANDARD, title=_("How did we do?"))
    version = InstrumentVersion(instrument=instrument, number=1)
    scale = QuestionVersion(
        version=version, position=1, variable_name=OVERALL, kind="csat5", required=True,
        wording=_("All in all, how satisfied are you?"), categories=_scale(),
    )  # fmt: skip
    words = QuestionVersion(
        version=version, position=2, variable_name=COMMENT, kind="text", required=False,
        wording=_("What should we keep, or do differently?"), categories=[],
    )  # fmt: skip
    db.session.add_all([instrument, version, scale, words])
    db.session.flush()
    publish(version, at=at)
    return version


def _scale() -> list[AnswerCategory]:
    labels = (_("Very dissatisfied"), _("Dissatisfied"), _("Neither"), _("Satisfied"), _("Very satisfied"))
    points = [AnswerCategory(position=value, value=value, label=label) for value, label in enumerate(labels, start=1)]
    return [*points, AnswerCategory(position=6, value=None, label=_("I cannot say"), is_missing=True)]


def publish(version: InstrumentVersion, *, at: datetime) -> None:
    """From now on this wording stays as it is."""
    if version.status != "draft":
        raise Refusal(_("This version is published already. Make a new one to change it."))
    version.status, version.published_at = "published", at
    db.session.flush()
