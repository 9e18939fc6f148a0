"""Raising an improvement, moving it along, closing it honestly and telling the customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from portal.catalogue.models import Service
from portal.extensions import db
from portal.focus_groups.anonymity import named_in
from portal.focus_groups.models import Finding
from portal.improvements import queries
from portal.improvements.models import Improvement, ImprovementEvent
from portal.improvements.states import (
    APPROVED,
    CAN_BE_TOLD,
    CLOSED,
    FINDING,
    IDEA,
    NEEDS_REASON,
    PROPOSED,
    REPORT_FIGURE,
    SUCCESSFUL,
    SURVEY_COMMENT,
    can_move,
)
from portal.people.models import Person
from portal.refusal import Refusal
from portal.surveys.models import Answer
from portal.versions import claim_version


@dataclass(frozen=True)
class Source:
    """Where an improvement comes from: at most one of these; none of them is an idea."""

    answer: Answer | None = None
    finding: Finding | None = None
    figure: str | None = None

    @property
    def kind(self) -> str:
        if self.answer is not None:
            return SURVEY_COMMENT
        if self.finding is not None:
            return FINDING
        return REPORT_FIGURE if self.figure else IDEA

    @property
    def words(self) -> str | None:
        """What was said, to begin “you said” with."""
        if self.answer is not None:
            return self.answer.text
        return self.finding.quote if self.finding is not None else None


@dataclass(frozen=True)
class Measured:
    """What is measured, before and after; counts, words or both."""

    measure: str | None = None
    wanted: str = "higher"
    before_x: int | None = None
    before_n: int | None = None
    before_words: str | None = None
    after_x: int | None = None
    after_n: int | None = None
    after_words: str | None = None


@dataclass(frozen=True)
class Draft:
    """What is filled in about an improvement."""

    title: str
    description: str
    service: Service | None = None
    owner: Person | None = None
    due_on: date | None = None
    measured: Measured = Measured()


def raise_improvement(draft: Draft, source: Source, *, by: Person, at: datetime) -> Improvement:
    """Put a proposal into the register."""
    improvement = Improvement(
        source=source.kind,
        answer=source.answer,
        finding=source.finding,
        figure=source.figure or None,
        you_said=source.words,
        raised_by_id=by.id,
        raised_at=at,
        state=PROPOSED,
    )
    _write(improvement, draft)
    db.session.add(improvement)
    db.session.flush()
    _note(improvement, "raised", None, by=by, at=at)
    return improvement


def change(improvement: Improvement, draft: Draft, *, version: int, by: Person, at: datetime) -> None:
    """Change what is written about it."""
    _claim(improvement, version)
    if not improvement.is_open:
        raise Refusal(_("This is closed, so it cannot be changed any more."))
    _write(improvement, draft)
    _note(improvement, "changed", improvement.state, by=by, at=at)


def move(improvement: Improvement, to: str, *, reason: str | None, version: int, by: Person, at: datetime) -> None:
    """Take the next step. Closing has its own deed, because it needs an outcome."""
    _claim(improvement, version)
    if to == CLOSED or not can_move(improvement.state, to):
        raise Refusal(_("That step is not possible from here."), field="to")
    if to in NEEDS_REASON and not reason:
        raise Refusal(_("Enter a reason; whoever proposed it wants to know."), field="reason")
    if to == APPROVED and not (improvement.owner and improvement.due_on):
        raise Refusal(_("Say first who sees to it and by when, under “Change the improvement”."), field="to")
    _enter(improvement, to, reason=reason, by=by, at=at)


def close(
    improvement: Improvement,
    *,
    outcome: str,
    words: str,
    measured: Measured,
    version: int,
    by: Person,
    at: datetime,
) -> None:
    """Say what came of it. Success must be shown by a measure taken afterwards."""
    _claim(improvement, version)
    if not can_move(improvement.state, CLOSED):
        raise Refusal(_("That step is not possible from here: first watch whether it works."))
    _write_measured(improvement, measured)
    if outcome == SUCCESSFUL:
        _check_success(improvement)
    improvement.closure_code = outcome
    improvement.outcome = words
    improvement.closed_at = at
    _enter(improvement, CLOSED, reason=words, by=by, at=at)


def _check_success(improvement: Improvement) -> None:
    if not improvement.measured_after:
        raise Refusal(
            _("Enter what was measured afterwards; without it, nobody can say that it worked."), field="after_words"
        )
    compared = improvement.compared
    if compared and compared.after and not compared.shows(improvement.wanted):
        words = _("These counts do not show that it became better. Choose another outcome, or measure longer.")
        raise Refusal(words, field="closure_code")


def publish(improvement: Improvement, *, you_said: str, we_did: str, version: int, by: Person, at: datetime) -> None:
    """Show customers what they said and what we did. Nobody's name goes with it."""
    _claim(improvement, version)
    if improvement.state not in CAN_BE_TOLD:
        raise Refusal(_("Nothing is done yet. Publish it when it is being watched, or closed with an outcome."))
    if not we_did:
        raise Refusal(_("Enter what was done."), field="we_did")
    if not you_said:
        raise Refusal(_("Enter what was said."), field="you_said")
    _check_names(improvement, you_said=you_said, we_did=we_did)
    improvement.you_said, improvement.we_did = you_said, we_did
    improvement.published_at = improvement.published_at or at
    _note(improvement, "published", improvement.state, by=by, at=at)


def unpublish(improvement: Improvement, *, version: int, by: Person, at: datetime) -> None:
    """Take it off the page that customers read."""
    _claim(improvement, version)
    if improvement.published_at is None:
        raise Refusal(_("This is not published."))
    improvement.published_at = None
    _note(improvement, "unpublished", improvement.state, by=by, at=at)


def _check_names(improvement: Improvement, **texts: str) -> None:
    names = queries.names_behind(improvement)
    for field, text in texts.items():
        if name := named_in(text, names):
            raise Refusal(_("Leave the name “%(name)s” out, and write “a colleague” instead.", name=name), field=field)


def _claim(improvement: Improvement, version: int) -> None:
    claim_version(
        improvement, version, otherwise=_("Someone changed this while you were typing. Your text is below, untouched.")
    )


def _enter(improvement: Improvement, to: str, *, reason: str | None, by: Person, at: datetime) -> None:
    before, improvement.state = improvement.state, to
    if to not in CAN_BE_TOLD:
        improvement.published_at = None
    _note(improvement, "moved", before, reason=reason, by=by, at=at)


def _note(
    improvement: Improvement, deed: str, before: str | None, *, by: Person, at: datetime, reason: str | None = None
) -> None:
    db.session.add(
        ImprovementEvent(
            improvement=improvement,
            actor=by,
            at=at,
            deed=deed,
            from_state=before,
            to_state=improvement.state,
            reason=reason or None,
        )
    )


def _write(improvement: Improvement, draft: Draft) -> None:
    improvement.title, improvement.description = draft.title, draft.description
    improvement.service, improvement.owner, improvement.due_on = draft.service, draft.owner, draft.due_on
    _write_measured(improvement, draft.measured)


def _write_measured(improvement: Improvement, measured: Measured) -> None:
    _check_counts("before", measured.before_x, measured.before_n)
    _check_counts("after", measured.after_x, measured.after_n)
    for name, value in vars(measured).items():
        setattr(improvement, name, value)


def _check_counts(name: str, x: int | None, n: int | None) -> None:
    if (x is None) != (n is None):
        raise Refusal(_("Enter both numbers, such as 23 of 212, or none."), field=f"{name}_x")
    if x is not None and n is not None and not 0 <= x <= n:
        raise Refusal(_("The first number cannot be larger than the second."), field=f"{name}_x")
