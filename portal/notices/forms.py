"""The forms of notices, and their words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from portal.notices.states import INCIDENT
from portal.notices.words import KIND_WORDS
from portal.web.forms import CreatingForm, PortalForm, in_our_time, named, needed, options, words_field
from portal.web.moment import portal_zone

MOST_LINES = 2_000


def _moment_field(label: Any, hint: Any = "") -> DateTimeLocalField:
    return DateTimeLocalField(label, validators=[Optional(), in_our_time], description=hint)


def as_moment(typed: datetime | None) -> datetime | None:
    """What somebody typed is meant on the portal's clock."""
    return typed.replace(tzinfo=portal_zone()) if typed else None


def as_typed(at: datetime | None) -> datetime | None:
    """The other way round."""
    return at.astimezone(portal_zone()).replace(tzinfo=None) if at else None


def lines_of(text: str | None) -> list[str]:
    """One thing a line, each once."""
    return list(dict.fromkeys(line for line in ((one.strip()) for one in (text or "").splitlines()) if line))


class NoticeForm(CreatingForm):
    """A notice before it is released. `version` says which one somebody edits."""

    kind = RadioField(
        _l("What do you tell?"),
        choices=options(KIND_WORDS.items()),
        default=INCIDENT,
        validators=[InputRequired(_l("Choose what it is."))],
    )
    title = words_field(
        StringField,
        _l("In one line"),
        most=120,
        missing=_l("Enter a line that says what is the matter."),
        hint=_l("Such as “Mail arrives late”."),
    )
    body = words_field(
        TextAreaField,
        _l("What people should know and do"),
        most=8000,
        missing=_l("Enter what people should know."),
        hint=_l("Plain words. Markdown works: **bold**, lists with a dash, links."),
    )
    starts_at = _moment_field(
        _l("From when?"), _l("An incident: since when, now if you leave it empty. Maintenance: as planned.")
    )
    ends_at = _moment_field(
        _l("Until when?"), _l("Maintenance: as planned. An announcement: shown until then, else for 14 days.")
    )
    services = words_field(
        TextAreaField,
        _l("Which services are affected?"),
        most=MOST_LINES,
        hint=_l("One name a line, as the catalogue has it. Only those who may ask for one of them read the notice."),
    )
    segments = SelectMultipleField(
        _l("Which groups is it for?"),
        coerce=int,
        description=_l("None: everybody. If you choose some, nobody else reads it anywhere."),
    )
    devices = words_field(
        TextAreaField,
        _l("Which devices are affected?"),
        most=MOST_LINES,
        hint=_l("One model a line, such as “OptiPlex 7070”. Then only people who have one are told."),
    )
    people = words_field(
        TextAreaField,
        _l("Which people does it concern by name?"),
        most=MOST_LINES,
        hint=_l("One e-mail address a line. Without a group, only they read it."),
    )
    version = HiddenField()

    def offer(self, segments: Iterable[Any]) -> None:
        """The groups to choose from."""
        self.segments.choices = named(segments)


class VersionForm(PortalForm):
    """One button, for the version that was looked at."""

    version = HiddenField()


class SendBackForm(PortalForm):
    """Why it is not released."""

    words = words_field(TextAreaField, _l("What should be different?"), missing=_l("Enter what should be different."))
    version = HiddenField()


class WordsForm(CreatingForm):
    """News about a notice."""

    words = words_field(
        TextAreaField, _l("What do you tell everybody on the list?"), missing=_l("Enter what you want to tell.")
    )


class MoveForm(CreatingForm):
    """Another time for maintenance."""

    starts_at = DateTimeLocalField(_l("From when?"), validators=[needed(_l("Enter a day and a time.")), in_our_time])
    ends_at = DateTimeLocalField(_l("Until when?"), validators=[needed(_l("Enter a day and a time.")), in_our_time])
    words = words_field(TextAreaField, _l("Why is it moved?"), missing=_l("Enter why it is moved."))
