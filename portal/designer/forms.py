"""The forms of the designer, and their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.designer.arranging import fresh_key
from portal.designer.asked_when import day_from, number_from
from portal.designer.choices import choice_lines, read_choices, translated_lines, with_translations
from portal.questions.patterns import compiled
from portal.questions.rules import SILENT, WITH_BOUNDS, WITH_CHOICES, WITH_DAYS, WITH_PATTERN, Choice, Question
from portal.web.forms import CreatingForm, PortalForm, options, words_field

LANGUAGES = {"de": _l("German"), "fr": _l("French")}
"""Languages that a form can also be written in; one that a question has already is offered too."""

READY_PATTERNS = {
    "email": (
        _l("E-mail address"),
        r"[^@\s]+@[^@\s]+\.[^@\s]+",
        _l("Enter an e-mail address, such as name@example.com."),
    ),
    "phone": (
        _l("Telephone number"),
        r"\+?[0-9 ()/.\-]{6,24}",
        _l("Enter a telephone number, such as +49 30 123456."),
    ),
    "sticker": (
        _l("Number on a sticker"),
        r"[A-Za-z]{2,4}-?[0-9]{3,8}",
        _l("Enter the number on the sticker, such as LT-2041."),
    ),
    "cost_centre": (_l("Cost centre"), r"[0-9]{4,8}", _l("Enter the cost centre: four to eight digits.")),
}

BOUNDS = {
    "text": (_l("At least how many characters"), _l("At most how many characters")),
    "long_text": (_l("At least how many characters"), _l("At most how many characters")),
    "number": (_l("Smallest number"), _l("Largest number")),
    "date": (_l("First day that can be chosen"), _l("Last day that can be chosen")),
    "date_range": (_l("First day that can be chosen"), _l("Last day that can be chosen")),
    "choices": (_l("At least how many are chosen"), _l("At most how many are chosen")),
    "rows": (_l("At least how many rows"), _l("At most how many rows")),
}

WORDING = {
    "section": _l("Heading of the section"),
    "information": _l("What there is to read"),
    "consent": _l("What somebody agrees to"),
}


class QuestionForm(CreatingForm):
    """One question. Fields that its kind has no use for are taken away."""

    version = HiddenField()
    kind = HiddenField()
    wording = words_field(TextAreaField, _l("Question"), missing=_l("Write what you want to ask."))
    help = words_field(
        TextAreaField, _l("Help"), hint=_l("Read below the question: where to find it, what it is needed for.")
    )
    required = BooleanField(_l("It must be answered"))
    choices = words_field(
        TextAreaField,
        _l("Answers to choose from, one a line"),
        missing=_l("Write at least one answer to choose from."),
        most=200_000,
        hint=_l(
            "You may change the words of an answer freely. What stands after “=” is kept with each request and never "
            "read by customers: leave it as it is. A new line needs only words."
        ),
    )
    columns = words_field(
        TextAreaField,
        _l("What each row asks, one a line"),
        missing=_l("Write what each row asks."),
        hint=_l("Each line becomes a column of text. Columns of other kinds are added afterwards."),
    )
    least = StringField()
    most = StringField()
    ready = SelectField(
        _l("Use a ready pattern"),
        choices=options([("", _l("No, the one below")), *((name, one[0]) for name, one in READY_PATTERNS.items())]),
        description=_l("It replaces what stands below."),
    )
    pattern = words_field(
        StringField,
        _l("Pattern that the answer must fit"),
        most=300,
        hint=_l("A regular expression for the whole answer, such as “[A-Z]{2}-[0-9]{4}”."),
    )
    pattern_message = words_field(
        StringField,
        _l("What is said when it does not fit"),
        most=300,
        hint=_l("Say what to enter, with an example."),
    )
    new_step = BooleanField(_l("Begin a new step of the form here"))

    languages: Mapping[str, Any] = {}
    old: Question | None = None

    def fit(self, kind: str, old: Question | None) -> None:
        """Keep the fields that this kind of question needs, in its words."""
        self.old = old
        self.kind.data = kind
        self.wording.label.text = WORDING.get(kind) or self.wording.label.text
        for name in _not_needed(kind, old):
            for field in [one.name for one in self if one.name == name or one.name.startswith(f"{name}_in_")]:
                del self[field]
        if kind in BOUNDS:
            self.least.label.text, self.most.label.text = BOUNDS[kind]

    def fields_in(self, language: str) -> list[Field]:
        """The fields for one language; answers to choose from are translated once they are saved."""
        names = [f"{name}_in_{language}" for name in ("wording", "help", "pattern_message", "choices")]
        return [self[name] for name in names if name in self and (self.old or not name.startswith("choices"))]

    def validate_choices(self, field: Field) -> None:
        _or_invalid(self._choices)

    def validate_least(self, field: Field) -> None:
        self._bound(field)

    def validate_most(self, field: Field) -> None:
        most, least = self._bound(field), None if self.least.errors else self._bound(self.least)
        if most is not None and least is not None and most < least:
            raise ValidationError(_("This is less than the bound before it."))

    def validate_pattern(self, field: Field) -> None:
        _or_invalid(lambda: compiled(field.data or ""))

    def _bound(self, field: Field) -> Any:
        text = (field.data or "").strip()
        return _or_invalid(lambda: _read_bound(text, self.kind.data)) if text else None

    def _choices(self) -> tuple[Choice, ...]:
        old = self.old.choices if self.old else ()
        found = read_choices(self.choices.data or "", old)
        for language in self.languages:
            found = with_translations(found, language, self._text(f"choices_in_{language}"), old)
        return found

    def question(self) -> Question:
        """The question that a valid form describes; its key and condition are those it had."""
        kind = str(self.kind.data)
        base = self.old or Question("new", "text", "", columns=())
        pattern, message = self._pattern()
        return replace(
            base,
            kind=kind,
            wording=self.wording.data,
            help=self._text("help"),
            required="required" in self and bool(self.required.data),
            choices=self._choices() if "choices" in self else (),
            columns=_columns(self.columns.data) if "columns" in self else base.columns,
            least=self._bound(self.least) if "least" in self else None,
            most=self._bound(self.most) if "most" in self else None,
            pattern=pattern,
            pattern_message=message,
            new_step="new_step" in self and bool(self.new_step.data),
            translations=self._translations(),
        )

    def _text(self, name: str) -> str:
        return (self[name].data or "") if name in self else ""

    def _pattern(self) -> tuple[str, str]:
        ready = READY_PATTERNS.get(self._text("ready"))
        if ready is None:
            return self._text("pattern"), self._text("pattern_message")
        return ready[1], self._text("pattern_message") or str(ready[2])

    def _translations(self) -> dict[str, dict[str, str]]:
        names = ("wording", "help", "pattern_message")
        said = {language: {name: self._text(f"{name}_in_{language}") for name in names} for language in self.languages}
        written = {language: {name: text for name, text in words.items() if text} for language, words in said.items()}
        return {language: words for language, words in written.items() if words}


def _not_needed(kind: str, old: Question | None) -> list[str]:
    """The fields that a kind of question has no use for. Columns are named once; later each is edited by itself."""
    needed = {
        "required": kind not in SILENT,
        "choices": kind in WITH_CHOICES,
        "columns": kind == "rows" and old is None,
        "least": kind in WITH_BOUNDS,
        "most": kind in WITH_BOUNDS,
        "ready": kind in WITH_PATTERN,
        "pattern": kind in WITH_PATTERN,
        "pattern_message": kind in WITH_PATTERN,
        "new_step": kind == "section",
    }
    return [name for name, wanted in needed.items() if not wanted]


def _or_invalid(read: Callable[[], Any]) -> Any:
    """What was read; what could not be is said at its field."""
    try:
        return read()
    except ValueError as error:
        raise ValidationError(str(error)) from None


def _read_bound(text: str, kind: str) -> Any:
    if kind in WITH_DAYS:
        return day_from(text)
    number = number_from(text)
    if kind != "number" and (number < 0 or not isinstance(number, int)):
        raise ValueError(_("Enter a whole number from 0 up."))
    return number


def _columns(text: str) -> tuple[Question, ...]:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    keys: list[str] = []
    for line in lines:
        keys.append(fresh_key(line, keys))
    return tuple(Question(key, "text", line) for key, line in zip(keys, lines, strict=True))


def question_form(kind: str, old: Question | None = None) -> QuestionForm:
    """The form for a question of this kind, filled in with what it says now."""
    others = {code: code for code in (old.translations if old else ()) if code not in LANGUAGES}
    languages = {**LANGUAGES, **others}
    fields: dict[str, Any] = {"languages": languages}
    for language in languages:
        fields |= _translated_fields(language)
    form = type("QuestionForm", (QuestionForm,), fields)(data=_said(old, languages) if old else None)
    form.fit(kind, old)
    return form


def _translated_fields(language: str) -> dict[str, Any]:
    return {
        f"wording_in_{language}": words_field(TextAreaField, _l("The question")),
        f"help_in_{language}": words_field(TextAreaField, _l("Help")),
        f"pattern_message_in_{language}": words_field(StringField, _l("What is said when it does not fit"), most=300),
        f"choices_in_{language}": words_field(
            TextAreaField,
            _l("Answers to choose from, one a line"),
            most=200_000,
            hint=_l("Write the translation before “=”. New answers appear here once they are saved."),
        ),
    }


def _said(question: Question, languages: Mapping[str, Any]) -> dict[str, Any]:
    """What the question says now, by the names of the fields."""
    data: dict[str, Any] = {
        name: getattr(question, name)
        for name in ("wording", "help", "required", "pattern", "pattern_message", "new_step")
    }
    data |= {name: "" if bound is None else str(bound) for name, bound in _bounds(question)}
    data["choices"] = choice_lines(question.choices)
    for language in languages:
        words = question.translations.get(language, {})
        data |= {f"{name}_in_{language}": words.get(name, "") for name in ("wording", "help", "pattern_message")}
        data[f"choices_in_{language}"] = translated_lines(question.choices, language)
    return data


def _bounds(question: Question) -> tuple[tuple[str, Any], ...]:
    return (("least", question.least), ("most", question.most))


class DeedForm(PortalForm):
    """A button that changes the working copy somebody looks at; `version` says which one that is."""

    version = HiddenField()


class MoveForm(DeedForm):
    """Another place for a question: one up, one down, or a number."""

    to = StringField()


class CopyForm(CreatingForm):
    version = HiddenField()


class PublishForm(CreatingForm):
    """The note that goes with a new number."""

    version = HiddenField()
    over = HiddenField()
    note = words_field(
        TextAreaField,
        _l("What is different now, and why?"),
        missing=_l("Write a sentence about what is different."),
        most=500,
        hint=_l("It stays in the history of this form."),
    )
    public = BooleanField(_l("Tell customers"), description=_l("They read your sentence under “New this month”."))
