"""Writing mail: a row in the outbox, in the transaction of its cause."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select

from portal.extensions import db
from portal.mail.models import OutboxMessage


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
    in_digest: bool = False,
) -> None:
    """Put one message into the outbox; the same `key` again writes nothing, and somebody without an address gets none.

    `thread` is the reference that mail programs group by, such as REQ-1042. `calendar` is an iCalendar object that is
    attached. With `in_digest` it waits for the reader's daily digest.
    """
    if not to_address or db.session.scalar(select(OutboxMessage.id).where(OutboxMessage.key == key)):
        return
    digest = hashlib.sha256(f"{key} {at.isoformat()}".encode()).hexdigest()[:32]
    db.session.add(
        OutboxMessage(
            key=key,
            message_id=f"<{digest}@portal.invalid>",
            to_address=to_address,
            to_name=to_name,
            subject=subject,
            body=body,
            thread=thread,
            reply_to=reply_to,
            calendar=calendar,
            in_digest=in_digest,
            written_at=at,
            next_try_at=at,
        )
    )
