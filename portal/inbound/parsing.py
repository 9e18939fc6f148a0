"""What a mail message says, read from its bytes. Pure, bounded, and it never raises: anybody can send us anything.

Headers are taken as they stand and decoded here, piece by piece and up to a length, because parsers of whole headers
take their time with hostile ones. A message that is built to cost time or memory is read by its headers alone.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser, HeaderParser
from typing import Any

from portal.inbound.html import words_of_html

MOST_BYTES = 30 * 1024 * 1024
"""Of a larger message only the headers are read."""
MOST_HEADER_BYTES = 256 * 1024
MOST_HEADERS = 500
MOST_BOUNDARIES = 40
MOST_LINES = 1_000_000
MOST_COMPARED = 4_000_000
"""The parser holds each line against each open boundary."""
MOST_INNER_MESSAGES = 20
MOST_PARTS = 200
MOST_ATTACHMENTS = 20
LONGEST_TEXT = 200_000
LONGEST_HEADER = 2000
LONGEST_LIST = 20_000
"""Characters of a header that names many addresses or messages."""

Headers = dict[str, list[str]]


@dataclass(frozen=True)
class Attachment:
    """A file as it came, under the name that its sender gave it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Bounce:
    """A mail system says what became of a message of ours."""

    originals: tuple[str, ...]
    address: str
    reason: str
    for_good: bool


@dataclass(frozen=True)
class IncomingMail:
    """A message, as far as it could be read. `automatic` is why no person wrote it; `trouble` is why parts are missing.

    `from_address` is empty when the sender is not exactly one address.
    """

    message_id: str
    from_address: str = ""
    from_name: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    automatic: str | None = None
    bounce: Bounce | None = None
    trouble: str | None = None


def read_mail(raw: bytes) -> IncomingMail:
    """Everything that we want to know of a message."""
    try:
        return _read(raw)
    except Exception as error:
        # Whatever a hostile message breaks in the libraries, it is kept for people to look at.
        return IncomingMail(message_id=digest_of(raw), trouble=f"unreadable: {type(error).__name__}")


def digest_of(raw: bytes) -> str:
    """The name of a message that has none of its own."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _read(raw: bytes) -> IncomingMail:
    headers, trouble = headers_of(raw), _hostile(raw)
    mail = IncomingMail(
        message_id=_message_id(headers) or digest_of(raw),
        from_address=_sender(headers),
        from_name=_name(headers),
        recipients=_recipients(headers),
        subject=decoded(_first(headers, "subject"), 300),
        references=_references(headers),
        automatic=automatic_reason(headers),
        trouble=trouble,
    )
    if trouble:
        return mail
    message = BytesParser().parsebytes(raw)
    leaves = list(_leaves(message))
    text, attachments = _contents(leaves)
    return replace(mail, text=text, attachments=attachments, bounce=_bounce(message, leaves, mail.references))


def _hostile(raw: bytes) -> str | None:
    """Why only the headers are read. Each boundary and each message inside a message makes the parser slower."""
    if len(raw) > MOST_BYTES:
        return "too large"
    if len(_head(raw)) >= MOST_HEADER_BYTES:
        return "too many headers"
    lower, lines = raw.lower(), raw.count(b"\n")
    boundaries = lower.count(b"boundary")
    if boundaries > MOST_BOUNDARIES or raw.count(b"\n--") > MOST_PARTS * 20:
        return "too many parts"
    if lower.count(b"message/") > MOST_INNER_MESSAGES:
        return "too many messages inside"
    if lines > MOST_LINES or boundaries * lines > MOST_COMPARED:
        return "too many lines"
    return None


def _head(raw: bytes) -> bytes:
    end = re.search(rb"\r?\n\r?\n", raw[:MOST_HEADER_BYTES])
    return raw[: end.start() if end else MOST_HEADER_BYTES]


# --- headers -----------------------------------------------------------------------------------------------------


def headers_of(raw: bytes) -> Headers:
    """Each header's values as they stand, under its name in small letters."""
    found: Headers = {}
    message = BytesHeaderParser().parsebytes(_head(raw) + b"\n\n")
    for name, value in list(message.raw_items())[:MOST_HEADERS]:
        found.setdefault(name.lower(), []).append(re.sub(r"[\r\n]+[ \t]*", " ", str(value)))
    return found


def _first(headers: Headers, name: str) -> str:
    return (headers.get(name) or [""])[0]


def decoded(value: str, most: int) -> str:
    """A header's words on one line: encoded words unpacked, raw bytes read as UTF-8, nothing invisible left."""
    value = value[:LONGEST_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    words = "".join(piece if isinstance(piece, str) else characters(piece, charset) for piece, charset in pieces)
    return " ".join(visible(words).split())[:most]


def characters(content: bytes, charset: str | None) -> str:
    """Bytes as text, whatever they say of themselves."""
    try:
        return content.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def visible(words: str) -> str:
    """Without control characters and those that turn the direction of writing; lines and tabs stay."""
    words = words.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    hidden = {"Cc", "Cs", "Co", "Cn"}
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff"
    return "".join(c for c in words if c in "\n\t" or (c not in turning and unicodedata.category(c) not in hidden))


_ANGLE = re.compile(r"<\s*([^<>\s]{3,254})\s*>\s*$")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")


def _sender(headers: Headers) -> str:
    """The one address in the one From, in small letters; empty when there is any doubt about it."""
    if len(headers.get("from", [])) != 1:
        return ""
    value = _first(headers, "from")[:LONGEST_HEADER].strip()
    angle = _ANGLE.search(value)
    before = _QUOTED.sub("", value[: angle.start()]) if angle else ""
    if "<" in before or ("@" in before and re.search(r"[,;:]", before)):
        return ""
    address = angle.group(1) if angle else re.sub(r"\s*\([^()]{0,200}\)\s*$", "", value)
    return address.lower() if _ADDRESS.fullmatch(address) else ""


def _name(headers: Headers) -> str:
    value = _first(headers, "from")[:LONGEST_HEADER]
    angle = _ANGLE.search(value)
    return decoded(value[: angle.start()], 150).strip('" ') if angle else ""


_RECIPIENT = re.compile(r"(?<![\w.+-])[\w.+-]{1,200}@[\w.-]{1,255}")
"""It begins where a word begins, so that a header of one long word is read once and not from each of its letters."""
_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")


def _recipients(headers: Headers) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in _TO:
        for value in headers.get(name, [])[:20]:
            found.update(dict.fromkeys(one.lower() for one in _RECIPIENT.findall(value[:LONGEST_LIST])))
    return tuple(found)[:200]


_ID = re.compile(r"<([!-;=?-~]{1,250})>")


def _message_id(headers: Headers) -> str:
    found = _ID.search(_first(headers, "message-id")[:LONGEST_HEADER])
    return found.group(1) if found else ""


def _references(headers: Headers) -> tuple[str, ...]:
    """The messages that this one answers, the nearest last."""
    value = " ".join([*headers.get("references", [])[:1], *headers.get("in-reply-to", [])[:1]])
    return tuple(_ID.findall(value[-LONGEST_LIST:]))[-50:]


_AUTOMATIC_SUBJECT = re.compile(
    r"(automatic reply|auto(matic)?[ -]?response|auto(-reply)?|out of office|abwesenheitsnotiz|automatische antwort)"
    r"\s*:",
    re.IGNORECASE,
)
_MACHINES = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+=-].*)?@.*", re.IGNORECASE)


def automatic_reason(headers: Headers) -> str | None:
    """Why nobody sits behind this message: such mail is never answered."""
    said = decoded(_first(headers, "auto-submitted"), 100).split(";")[0].strip().lower()
    if said and said != "no":
        return f"Auto-Submitted: {said[:40]}"
    precedence = _first(headers, "precedence").strip().lower()
    if precedence in {"bulk", "junk", "list", "auto_reply"}:
        return f"Precedence: {precedence}"
    for name in ("x-auto-response-suppress", "list-id", "x-autoreply", "x-autorespond", "x-loop"):
        if name in headers:
            return name
    if _first(headers, "return-path").replace(" ", "") == "<>":
        return "empty Return-Path"
    if _MACHINES.fullmatch(_sender(headers)):
        return "written by a mail system"
    if _AUTOMATIC_SUBJECT.match(decoded(_first(headers, "subject"), 300)):
        return "subject of an automatic answer"
    return None


# --- parts -------------------------------------------------------------------------------------------------------


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that have contents, in order; a message inside the message is one of them."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(), seen + 1
        inside: Any = part.get_payload()
        if _type(part).startswith("multipart/") and isinstance(inside, list):
            waiting.extend(reversed(inside))
        else:
            yield part


def _type(part: Message) -> str:
    try:
        return part.get_content_type()
    except Exception:
        return "application/octet-stream"


def _contents(leaves: list[Message]) -> tuple[str, tuple[Attachment, ...]]:
    """The words, from plain text where there is any, and the files: those sent as files before pictures of the text."""
    plain: list[str] = []
    html: list[str] = []
    files: list[Message] = []
    pictures: list[Message] = []
    for part in leaves:
        kind, disposition, name = _type(part), _disposition(part), _filename(part)
        if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
            (plain if kind == "text/plain" else html).append(_text(part))
        elif not kind.startswith(("message/delivery", "text/rfc822-headers")):
            (files if disposition == "attachment" else pictures).append(part)
    words = "\n\n".join(one.strip() for one in plain if one.strip())
    if not words:
        words = "\n\n".join(words_of_html(one) for one in html)
    kept = (*files, *pictures)[:MOST_ATTACHMENTS]
    return without_secrets(visible(words[:LONGEST_TEXT])).strip(), tuple(_attachment(part) for part in kept)


_SECRET = re.compile(r"(/(?:answer|approvals|choice|invitation|leave|mail-off|reset)/)[\w-]{20,200}")


def without_secrets(words: str) -> str:
    """Without the secret links of our own letters that an answer repeats: whoever reads them here could press there."""
    return _SECRET.sub(r"\1…", words)


def _text(part: Message) -> str:
    content = _bytes(part)[: LONGEST_TEXT * 4]
    try:
        charset = part.get_content_charset()
    except Exception:
        charset = None
    return characters(content, charset)


def _bytes(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except Exception:
        return b""
    return content if isinstance(content, bytes) else b""


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except Exception:
        return ""


def _filename(part: Message) -> str:
    try:
        return decoded(part.get_filename() or "", 255)
    except Exception:
        return "file"


def _attachment(part: Message) -> Attachment:
    kind = _type(part)
    if kind.startswith("message/"):
        return Attachment(_filename(part) or "message.eml", b"message")
    ending = mimetypes.guess_extension(kind) or ""
    return Attachment(_filename(part) or f"{kind.partition('/')[0]}{ending}", _bytes(part))


# --- what became of our own mail ---------------------------------------------------------------------------------


def _bounce(message: Message, leaves: list[Message], references: tuple[str, ...]) -> Bounce | None:
    """The report of a mail system (RFC 3464), or None when this is no report."""
    reports = [part for part in leaves if _type(part) == "message/delivery-status"]
    if _type(message) != "multipart/report" or not reports:
        return None
    blocks = [_fields(block) for block in _blocks(reports[0])]
    failed = [one for one in blocks if one.get("action", "").lower() == "failed"]
    about = (failed or [one for one in blocks if "action" in one] or [{}])[0]
    reason = " ".join(one for one in (about.get("status", ""), about.get("diagnostic-code", "")) if one)
    address = (about.get("final-recipient") or about.get("original-recipient") or "").rpartition(";")[2]
    return Bounce(_originals(leaves) + references, address.strip().lower()[:254], reason[:300], bool(failed))


def _blocks(report: Message) -> list[Message]:
    inside: Any = report.get_payload()
    return [one for one in inside if isinstance(one, Message)][:50] if isinstance(inside, list) else []


def _fields(block: Message) -> dict[str, str]:
    return {name.lower(): decoded(str(value), 300) for name, value in list(block.raw_items())[:50]}


def _originals(leaves: list[Message]) -> tuple[str, ...]:
    """The Message-IDs of what was sent back."""
    found: list[str] = []
    for part in leaves:
        inside = _blocks(part)[:1] if _type(part) == "message/rfc822" else []
        if _type(part) == "text/rfc822-headers":
            inside = [HeaderParser().parsestr(_text(part)[:MOST_HEADER_BYTES])]
        for original in inside:
            values = [str(value) for name, value in original.raw_items() if name.lower() == "message-id"]
            found += [one for value in values[:1] for one in _ID.findall(value[:LONGEST_HEADER])]
    return tuple(found[:5])
