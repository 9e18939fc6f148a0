"""The mail about a notice: one message for each event and person, with why one gets it and how to stop it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.mail.actions import write
from portal.notices.models import Notice, NoticeUpdate
from portal.notices.states import CANCELLED, CONCERNED, FIX, INCIDENT, ME_TOO, MOVED, RELEASED, SUBSCRIBED
from portal.notices.words import KIND_WORDS, as_letter, first_up, kept_time
from portal.people.models import Person
from portal.web.address import absolute


@dataclass(frozen=True)
class Letter:
    """What somebody reads."""

    subject: str
    body: str


def letter(notice: Notice, kind: str, words: str, *, to: Person, why: str) -> Letter:
    """The message about this event, to this person."""
    address = absolute(f"/notices/{notice.reference}")
    parts = [
        _("Hello %(name)s,", name=to.first_name),
        _opening(notice, kind),
        words if kind != RELEASED else as_letter(notice.body),
        first_up(kept_time(notice)) if kind in (RELEASED, MOVED) else "",
        _read_on(notice, kind, address),
        f"{_reason(why)} {_('To get no more messages about it:')}\n{address}/leave",
    ]
    return Letter(f"{notice.reference}: {_headline(notice, kind)}", "\n\n".join(part for part in parts if part) + "\n")


def key_of(update: NoticeUpdate, to: Person) -> str:
    """The same for everybody who tells this person of this update, so that one message is all they get."""
    return f"{update.notice.reference}:update{update.id}:{to.id}"


def send(notice: Notice, update: NoticeUpdate, *, to: Person, why: str, at: datetime) -> None:
    """Put it into the outbox; the same event never writes twice to the same person."""
    words = letter(notice, update.kind, update.words, to=to, why=why)
    write(
        key=key_of(update, to),
        to_address=to.email,
        to_name=to.name,
        subject=words.subject,
        body=words.body,
        at=at,
        thread=notice.reference,
    )


def _headline(notice: Notice, kind: str) -> str:
    label = str(KIND_WORDS[notice.kind])
    endings: dict[str, Any] = {
        RELEASED: label,
        FIX: _("Solved") if notice.kind == INCIDENT else _("Finished"),
        MOVED: _("Another time"),
        CANCELLED: _("Cancelled"),
    }
    return f"{endings.get(kind, _('News'))}: {notice.title}"


def _opening(notice: Notice, kind: str) -> str:
    name = {"title": notice.title}
    if kind == FIX:
        return _("“%(title)s” is over.", **name)
    if kind == MOVED:
        return _("“%(title)s” is at another time.", **name)
    if kind == CANCELLED:
        return _("“%(title)s” is cancelled.", **name)
    return notice.title if kind == RELEASED else _("there is news about “%(title)s”.", **name)


def _read_on(notice: Notice, kind: str, address: str) -> str:
    if notice.kind == INCIDENT and kind == RELEASED:
        words = _("Read what we know, and say “me too” if it hits you:")
    else:
        words = _("Read it here:")
    return f"{words}\n{address}"


def _reason(why: str) -> str:
    words = {
        CONCERNED: _("You get this because it concerns you."),
        ME_TOO: _("You get this because you said “me too”."),
        SUBSCRIBED: _("You get this because you follow a service that it is about."),
    }
    return words.get(why, _("You get this because you asked to be told."))


def ask_for_release(notice: Notice, *, to: Iterable[Person], at: datetime) -> None:
    """Those who may release it are told that it waits."""
    address = absolute(f"/notices/{notice.reference}/release")
    for person in to:
        write(
            key=f"{notice.reference}:proposed{notice.version}:{person.id}",
            to_address=person.email,
            to_name=person.name,
            subject=f"{notice.reference}: {_('waits for a second pair of eyes')}: {notice.title}",
            body=_(
                "Hello %(name)s,\n\n%(author)s has written “%(title)s”. Nobody is told before somebody else has read"
                " and released it:\n%(address)s\n",
                name=person.first_name,
                author=notice.changed_by.name,
                title=notice.title,
                address=address,
            ),
            at=at,
            thread=notice.reference,
        )


def sent_back(notice: Notice, *, words: str, by: Person, at: datetime) -> None:
    """Whoever wrote it last reads why it was not released."""
    person = notice.changed_by
    write(
        key=f"{notice.reference}:back{notice.version}:{person.id}",
        to_address=person.email,
        to_name=person.name,
        subject=f"{notice.reference}: {_('sent back to you')}",
        body=f"{_('%(name)s wrote:', name=by.name)}\n\n{words}\n\n{absolute(f'/notices/{notice.reference}/edit')}\n",
        at=at,
        thread=notice.reference,
    )
