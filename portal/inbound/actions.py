"""What becomes of a message. Each gets one outcome; automatic mail is never answered, and strangers never are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from portal.extensions import db
from portal.files.actions import store_files
from portal.files.models import StoredFile
from portal.inbound import queries
from portal.inbound.folding import fold
from portal.inbound.models import (
    AUTOMATIC,
    BOUNCE,
    FAILED,
    JUNK,
    REPLY,
    REQUEST,
    TOO_MANY,
    UNKNOWN,
    UNPROVED,
    InboundMessage,
)
from portal.inbound.parsing import Attachment, IncomingMail, digest_of, read_mail
from portal.mail.actions import note_bounce
from portal.mail.addresses import is_ours, read_token, token_among
from portal.mail.queries import find_by_message_id
from portal.people.models import Person
from portal.people.queries import find_by_email, find_person
from portal.refusal import Refusal
from portal.requests import actions, letters, states, watching
from portal.requests.models import ServiceRequest
from portal.requests.queries import number_of
from portal.web.access import holds

HOUR = timedelta(hours=1)
MOST_ACKNOWLEDGED = 3
"""Messages that one sender gets in an hour for having written to us."""
MOST_REQUESTS = 20
"""Requests that one sender can make by mail in an hour; what comes more waits for a person."""
MOST_UNPROVED = 10
"""Unproved messages that one request takes in an hour."""
MOST_PROVED = 20
"""Messages of one person that one request takes in an hour: two machines that hide what they are answer each other."""
LONGEST_WORDS = 20_000
LONGEST_QUOTED = 50_000
LONGEST_SUMMARY = 150
LONGEST_RAW = 2 * 1024 * 1024
RAW_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Office:
    """What the portal knows of itself when mail comes in."""

    reply_address: str | None
    own_addresses: tuple[str, ...]
    secret: str
    folder: Path
    file_limit: int


@dataclass(frozen=True)
class Addressed:
    """The request that a message is about, and whom its token was given to, if it came to one."""

    request: ServiceRequest
    person: Person | None


def take_in(raw: bytes, office: Office, *, at: datetime) -> InboundMessage | None:
    """Read a message, write it down, and do what it asks for; None when it came before."""
    mail = read_mail(raw)
    if queries.is_known(mail.message_id):
        return None
    row = InboundMessage(
        message_id=mail.message_id,
        from_address=mail.from_address,
        from_name=mail.from_name,
        subject=mail.subject,
        text=mail.text[:LONGEST_QUOTED],
        arrived_at=at,
        size=len(raw),
        outcome=JUNK,
        detail=mail.trouble or "",
    )
    db.session.add(row)
    # Two who fetch the same mail at once meet here, before anything is done.
    db.session.flush()
    _sort(row, mail, office, at)
    if row.is_to_sort and len(raw) <= LONGEST_RAW:
        row.raw = raw
    return row


def keep_failed(raw: bytes, reason: str, *, at: datetime) -> InboundMessage:
    """A message at which we failed ourselves is kept, so that nothing is lost and the next one gets its turn."""
    mail = read_mail(raw)
    row = InboundMessage(
        message_id=mail.message_id if not queries.is_known(mail.message_id) else digest_of(raw),
        from_address=mail.from_address,
        from_name=mail.from_name,
        subject=mail.subject,
        text=mail.text[:LONGEST_QUOTED],
        arrived_at=at,
        size=len(raw),
        outcome=FAILED,
        detail=reason[:200],
        raw=raw if len(raw) <= LONGEST_RAW else None,
    )
    db.session.add(row)
    return row


def _sort(row: InboundMessage, mail: IncomingMail, office: Office, at: datetime) -> None:
    """The one outcome of a message, from the surest sign to the weakest."""
    if mail.bounce:
        _came_back(row, mail, at)
    elif is_ours(mail.from_address, *office.own_addresses) or find_by_message_id([mail.message_id]):
        row.outcome, row.detail = AUTOMATIC, "our own mail"
    elif mail.automatic:
        row.outcome, row.detail = AUTOMATIC, mail.automatic
    else:
        _from_somebody(row, mail, office, at)


def _came_back(row: InboundMessage, mail: IncomingMail, at: datetime) -> None:
    """A report about one of our letters: who works on the request and who runs the portal see it."""
    assert mail.bounce is not None
    row.outcome, row.detail = BOUNCE, f"{mail.bounce.address} {mail.bounce.reason}".strip()
    sent = find_by_message_id(mail.bounce.originals)
    if sent is None or not mail.bounce.for_good:
        return
    note_bounce(sent, mail.bounce.reason or _("The mail system gives no reason."), at=at)
    number = number_of(sent.thread or "")
    request = queries.find_any_request(number) if number else None
    if request:
        row.request_id = request.id
        request.keeps("inbound")


def _from_somebody(row: InboundMessage, mail: IncomingMail, office: Office, at: datetime) -> None:
    sender = _person(mail.from_address)
    row.person_id = sender.id if sender else None
    addressed = _by_token(mail, office)
    if mail.trouble or not (mail.text or mail.attachments or mail.subject):
        row.outcome = FAILED if sender or addressed else JUNK
    elif addressed and addressed.person and sender and sender.id == addressed.person.id:
        _proved(row, mail, addressed.request, sender, office, at)
    elif addressed or (addressed := _by_name(mail, sender)):
        _unproved(row, mail, addressed, office, at)
    elif sender:
        _new_request(row, mail, sender, office, at)
    else:
        row.outcome = UNKNOWN if mail.from_address else JUNK


def _at_desk(person: Person) -> bool:
    return holds(person.roles, "work the queue")


def _person(address: str) -> Person | None:
    found = find_by_email(address) if address else None
    return found if found and found.active else None


def _by_token(mail: IncomingMail, office: Office) -> Addressed | None:
    """The request and the person of the token that the message was sent to."""
    token = token_among(mail.recipients, office.reply_address)
    known = read_token(office.secret, token) if token else None
    request = queries.find_any_request(known[0]) if known else None
    if known is None or request is None:
        return None
    person = find_person(known[1])
    return Addressed(_where_it_goes_on(request, person), person)


def _by_name(mail: IncomingMail, sender: Person | None) -> Addressed | None:
    """The request that the message names, when its sender is said to be somebody who follows or works on it."""
    if sender is None:
        return None
    for reference in _references(mail):
        number = number_of(reference)
        request = queries.find_any_request(number) if number and number > 0 else None
        if request and (queries.may_read(sender, request) or _at_desk(sender)):
            return Addressed(_where_it_goes_on(request, sender), sender)
    return None


def _references(mail: IncomingMail) -> list[str]:
    """References of requests: the threads that it answers, then its subject."""
    threads = [
        one.partition("@")[0] for one in reversed(mail.references) if re.match(r"req-\d{1,9}@", one, re.IGNORECASE)
    ]
    sent = find_by_message_id(mail.references)
    named = re.findall(r"\bREQ-\d{1,9}\b", mail.subject, re.IGNORECASE)
    return [*threads[:3], *([sent.thread] if sent and sent.thread else []), *named[:3]]


def _where_it_goes_on(request: ServiceRequest, person: Person | None) -> ServiceRequest:
    """A request that was merged goes on in another one, for those who may read that."""
    other = request.merged_into
    if other is None or person is None:
        return request
    return other if queries.may_read(person, other) or _at_desk(person) else request


def _proved(
    row: InboundMessage, mail: IncomingMail, request: ServiceRequest, sender: Person, office: Office, at: datetime
) -> None:
    """The address was given to this person and the message comes from theirs: they write, as they would here."""
    follows = queries.may_read(sender, request)
    if not follows and not _at_desk(sender):
        row.outcome, row.detail = UNKNOWN, "may not read the request any more"
        return
    row.request_id = request.id
    if queries.replies_since(sender, request.id, at - HOUR) >= MOST_PROVED:
        row.outcome, row.detail = TOO_MANY, "messages of one sender to one request"
        return
    row.outcome = REPLY
    words, data, files = _contents(mail, office, sender, at)
    if not follows:
        _from_desk(row, request, sender, words, data, files, at)
    elif states.can("reply", request.state):
        if watching.reply(request, words=words, by=sender, at=at, files=files, data=data):
            watching.tell_joined(request, sender, at)
    else:
        _after_the_end(row, request, sender, words, data, files, at)


def _from_desk(
    row: InboundMessage,
    request: ServiceRequest,
    sender: Person,
    words: str,
    data: dict[str, Any],
    files: Sequence[StoredFile],
    at: datetime,
) -> None:
    """An answer to the customer; where none is possible any more a note, and its sender is told that it is one."""
    if states.can("answer", request.state):
        actions.answer(request, words=words, by=sender, at=at, files=files, data=data)
        return
    event = actions.note(request, words=words, by=sender, at=at, files=files, data=data)
    if _may_acknowledge(sender, at):
        row.acknowledged = True
        letters.kept_as_note(request, event, sender, at)


def _after_the_end(
    row: InboundMessage,
    request: ServiceRequest,
    sender: Person,
    words: str,
    data: dict[str, Any],
    files: Sequence[StoredFile],
    at: datetime,
) -> None:
    """Most of what comes now says thank you, so nothing opens by itself: it is kept, and its sender told how to."""
    event = actions.happen(request, "replied", sender, at, body=words, data=data, files=files)
    letters.to_assignee(request, event, at)
    if _may_acknowledge(sender, at):
        row.acknowledged = True
        letters.not_open(request, event, sender, at)


def _unproved(row: InboundMessage, mail: IncomingMail, addressed: Addressed, office: Office, at: datetime) -> None:
    """Nothing proves who wrote: it is shown with the address it came from, moves nothing, and mails no customer."""
    request = addressed.request
    row.request_id = request.id
    if queries.unproved_since(request.id, at - HOUR) >= MOST_UNPROVED:
        row.outcome, row.detail = TOO_MANY, "unproved messages to one request"
        return
    row.outcome = UNPROVED
    words, data, files = _contents(mail, office, None, at)
    data["unverified"] = mail.from_address or _("an unreadable address")
    # What seems to come from the desk is for the desk alone until somebody has looked at it, also from those of the
    # desk who follow the request: it may answer a letter with words for colleagues.
    person = addressed.person
    for_customer = person is not None and not _at_desk(person) and queries.may_read(person, request)
    event = actions.happen(request, "mailed", None, at, body=words, public=for_customer, data=data, files=files)
    letters.to_assignee(request, event, at)


def _new_request(row: InboundMessage, mail: IncomingMail, sender: Person, office: Office, at: datetime) -> None:
    offered = queries.for_everything_else()
    if offered is None:
        row.outcome, row.detail = FAILED, "no service for it"
        return
    if queries.requests_since(mail.from_address, at - HOUR) >= MOST_REQUESTS:
        row.outcome, row.detail = TOO_MANY, "requests of one sender"
        return
    row.outcome, row.acknowledged = REQUEST, _may_acknowledge(sender, at)
    request = _submit(mail, office, customer=sender, by=sender, at=at, acknowledge=row.acknowledged)
    row.request_id = request.id


def _submit(
    mail: IncomingMail, office: Office, *, customer: Person, by: Person, at: datetime, acknowledge: bool
) -> ServiceRequest:
    """What the message says becomes a request, with nothing folded: what it repeats may be what it is about."""
    offered = queries.for_everything_else()
    if offered is None:
        raise Refusal(_("There is no service for it yet. Run the worker once."))
    files, refused = _kept(mail.attachments, office, by, at)
    service, form = offered
    return actions.submit_request(
        service=service,
        form=form,
        summary=_summary(mail),
        details=mail.text[:LONGEST_WORDS],
        answers={},
        by=by,
        customer=customer,
        at=at,
        files=files,
        channel="mail",
        data={"by_mail": True, **({"refused": refused} if refused else {})},
        acknowledge=acknowledge,
    )


def _summary(mail: IncomingMail) -> str:
    """The subject without its marks of answering, or the first words."""
    subject = re.sub(r"^((re|aw|fwd?|wg|sv|vs)\s*:\s*)+", "", mail.subject, flags=re.IGNORECASE).strip()
    first_line = mail.text.strip().partition("\n")[0]
    return (subject or first_line or _("A message by mail"))[:LONGEST_SUMMARY]


def _may_acknowledge(sender: Person, at: datetime) -> bool:
    """No machine is answered, and nobody more than a few times an hour, whatever answers them by itself."""
    address = sender.email or ""
    return not sender.is_robot and queries.acknowledged_since(address, at - HOUR) < MOST_ACKNOWLEDGED


def _contents(
    mail: IncomingMail, office: Office, sender: Person | None, at: datetime
) -> tuple[str, dict[str, Any], list[StoredFile]]:
    """The new words, what came beside them, and the files that may be kept."""
    new, repeated = fold(mail.text)
    if sender is not None and _at_desk(sender):
        # What a letter to the desk said was not written for customers. The message itself is kept whole.
        repeated = ""
    repeated = "\n\n".join(part for part in (new[LONGEST_WORDS:], repeated) if part)
    data: dict[str, Any] = {"by_mail": True}
    if repeated:
        data["quoted"] = repeated[:LONGEST_QUOTED]
    files, refused = _kept(mail.attachments, office, sender, at)
    if refused:
        data["refused"] = refused
    return new[:LONGEST_WORDS], data, files


class _Upload:
    """A file of a message, as the store takes it."""

    def __init__(self, attachment: Attachment) -> None:
        self.filename: str | None = attachment.name or "file"
        self.read = BytesIO(attachment.content).read


def _kept(
    attachments: Sequence[Attachment], office: Office, sender: Person | None, at: datetime
) -> tuple[list[StoredFile], list[str]]:
    """The files that the policy allows, and why the others are not here."""
    kept: list[StoredFile] = []
    refused: list[str] = []
    by_id = sender.id if sender else None
    for one in attachments:
        upload = _Upload(one)
        try:
            more = store_files(
                [upload], folder=office.folder, limit=office.file_limit, by_id=by_id, at=at, already=len(kept)
            )
            kept += more
        except Refusal as refusal:
            reason = str(refusal.reason)
            refused.append(reason if "“" in reason else f"“{one.name}”: {reason}")
    return kept, refused


# --- by hand -----------------------------------------------------------------------------------------------------


def make_request(row: InboundMessage, *, for_address: str, office: Office, by: Person, at: datetime) -> ServiceRequest:
    """Somebody of the desk knows whose message this is: it becomes that person's request."""
    _still_to_sort(row)
    customer = _person(for_address.strip().lower())
    if customer is None:
        raise Refusal(_("Nobody here has this address. Ask an administrator to add the person first."), field="address")
    mail = read_mail(row.raw) if row.raw else _as_kept(row)
    request = _submit(mail, office, customer=customer, by=by, at=at, acknowledge=True)
    row.request, row.sorted_at, row.sorted_by = request, at, by
    row.raw = None
    return request


def _as_kept(row: InboundMessage) -> IncomingMail:
    """What is left of a message whose bytes are gone."""
    return IncomingMail(row.message_id, row.from_address, row.from_name, subject=row.subject, text=row.text)


def set_aside(row: InboundMessage, *, by: Person, at: datetime) -> None:
    """Somebody looked at it, and nothing is to be done."""
    _still_to_sort(row)
    row.sorted_at, row.sorted_by, row.raw = at, by, None


def _still_to_sort(row: InboundMessage) -> None:
    if not row.is_to_sort:
        raise Refusal(_("A colleague has seen to this message already."))


def forget_raw(*, at: datetime) -> None:
    """The bytes of a message are not kept for ever; its words and its outcome are."""
    for row in queries.without_raw_before(at - RAW_KEPT, size=500):
        row.raw = None
