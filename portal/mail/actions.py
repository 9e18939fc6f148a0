"""Writing mail: a row in the outbox, in the transaction of its cause."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import delete

from portal.extensions import db, insert
from portal.mail import queries
from portal.mail.models import FOR_DIGEST, OutboxMessage

MOST_IN_DIGEST = 100
LONGEST_IN_DIGEST = 2000


def write(
    *,
    key: str,
    to_address: str | None,
    to_name: str,
    subject: str,
    body: str,
    at: datetime,
    thread: str | None = None,
    reply_to: str | None = None,
    calendar: str | None = None,
    stop_link: str | None = None,
    in_digest: bool = False,
) -> bool:
    """Put one message into the outbox; the same `key` again writes nothing, and somebody without an address gets none.

    Says whether it was written.

    `thread` is the reference that mail programs group by, such as REQ-1042. `calendar` is an iCalendar object that is
    attached. `stop_link` is where the reader ends such mail. With `in_digest` it waits for the reader's daily digest.
    """
    if not to_address:
        return False
    digest = hashlib.sha256(f"{key} {at.isoformat()}".encode()).hexdigest()[:32]
    row = {
        "key": key,
        "message_id": f"<{digest}@portal.invalid>",
        "to_address": to_address,
        "to_name": to_name,
        "subject": subject,
        "body": body,
        "thread": thread,
        "reply_to": reply_to,
        "calendar": calendar,
        "stop_link": stop_link,
        "in_digest": in_digest,
        "written_at": at,
        "next_try_at": at,
    }
    # Straight into the table: a message belongs to nothing that is still to be written, so nothing need be flushed.
    return bool(db.session.connection().execute(insert(OutboxMessage.__table__).on_conflict_do_nothing(), row).rowcount)


def write_digest(address: str, *, day: date, at: datetime) -> None:
    """Everything that waits for this address becomes one message; what does not fit comes with the next."""
    waiting = queries.for_digest(address, size=MOST_IN_DIGEST)
    if not waiting:
        return
    name = waiting[-1].to_name
    greeting = _("Hello %(name)s,", name=name.split()[0] if name.split() else name)
    opening = _("this is what happened to your requests:")
    written = write(
        key=digest_key(address, day),
        to_address=address,
        to_name=name,
        subject=_("Your helpdesk news of %(day)s", day=format_date(day, "d MMMM")),
        body="\n\n".join([greeting, opening, *(_in_digest(one) for one in waiting)]) + "\n",
        at=at,
        stop_link=waiting[-1].stop_link,
    )
    if not written:
        # Another worker wrote today's in the meantime: what came after it waits for tomorrow's.
        return
    for one in waiting:
        one.sent_at = at


def _in_digest(message: OutboxMessage) -> str:
    """One message of a digest: what it is about, underlined, and its words."""
    words = message.body.strip()
    if len(words) > LONGEST_IN_DIGEST:
        words = words[:LONGEST_IN_DIGEST].rstrip() + " …"
    return f"{message.subject}\n{'-' * min(len(message.subject), 70)}\n{words}"


def digest_key(address: str, day: date) -> str:
    """At most one digest a day for an address."""
    return f"digest:{address}:{day.isoformat()}"


def forget_digest(address: str) -> None:
    """Its reader wants no mail any more: what waits is not sent."""
    db.session.execute(delete(OutboxMessage).where(OutboxMessage.to_address == address, FOR_DIGEST))


def note_bounce(message: OutboxMessage, reason: str, *, at: datetime) -> None:
    """The message came back. The first reason stays."""
    if message.bounced_at is None:
        message.bounced_at, message.bounce_reason = at, reason[:300]
