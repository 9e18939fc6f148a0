"""The words of the mails about focus groups: (subject, body)."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.focus_groups.models import Invitee, Session
from portal.web.words import clock_time, local_day, long_day

Letter = tuple[str, str]


def _when_and_where(session: Session) -> str:
    return _(
        "%(day)s, %(start)s to %(end)s\n%(place)s",
        day=long_day(local_day(session.starts_at)),
        start=clock_time(session.starts_at),
        end=clock_time(session.ends_at),
        place=session.place,
    )


def _hello(invitee: Invitee) -> str:
    return _("Hello %(name)s,", name=invitee.person.first_name)


def _signed(session: Session) -> str:
    return _("%(name)s, for the helpdesk", name=session.moderator.name)


def _letter(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"


def invitation(invitee: Invitee, link: str) -> Letter:
    """Would you come? The link only opens a page; nothing is answered until a button is pressed there."""
    session = invitee.session
    subject = _("Would you join a focus group on %(day)s?", day=long_day(local_day(session.starts_at)))
    body = _letter(
        _hello(invitee),
        _("we would like to hear from you: %(title)s.", title=session.study.title),
        session.study.objective,
        _when_and_where(session),
        _("There are %(seats)d seats. What you say is noted without your name.", seats=session.seats),
        _("Say whether you can come:\n%(link)s", link=link),
        _("Opening the link answers nothing; you choose on the page, and may change your mind until it begins."),
        _signed(session),
    )
    return subject, body


def seat_after_all(invitee: Invitee, link: str) -> Letter:
    """A seat became free for somebody who waited."""
    session = invitee.session
    subject = _("You have a seat: %(title)s", title=session.study.title)
    body = _letter(
        _hello(invitee),
        _("a seat became free, and it is yours."),
        _when_and_where(session),
        _("If you cannot come any more, please give it back here:\n%(link)s", link=link),
        _signed(session),
    )
    return subject, body


def moved(invitee: Invitee, link: str) -> Letter:
    """Another time or place."""
    session = invitee.session
    subject = _("Changed: focus group %(title)s", title=session.study.title)
    body = _letter(
        _hello(invitee),
        _("the focus group you were invited to has a new time or place:"),
        _when_and_where(session),
        _("Your answer stays as it is. Change it here if you need to:\n%(link)s", link=link),
        _signed(session),
    )
    return subject, body


def cancelled(invitee: Invitee) -> Letter:
    """It does not take place."""
    session = invitee.session
    subject = _("Cancelled: focus group %(title)s", title=session.study.title)
    body = _letter(
        _hello(invitee),
        _("the focus group does not take place:"),
        _when_and_where(session),
        _("Why: %(reason)s", reason=session.cancel_reason or ""),
        _("You need not do anything. Thank you for being ready to help."),
        _signed(session),
    )
    return subject, body
