"""Storing what arrives. A file that is refused is refused before anything is written."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from portal.extensions import db
from portal.files.models import StoredFile
from portal.files.policy import MOST_AT_ONCE, clean_name, media_type
from portal.refusal import Refusal

MOST_HELD = 40
"""Files that one draft can hold, over all of its questions."""


class Upload(Protocol):
    """What a browser sends."""

    filename: str | None

    def read(self, size: int = -1) -> bytes: ...


def store_files(
    uploads: Iterable[Upload], *, folder: Path, limit: int, by_id: int | None, at: datetime, already: int = 0
) -> list[StoredFile]:
    """Check all files against the policy, then keep them in `folder`; raises Refusal when one is not allowed.

    `limit` is the largest size of one file in bytes; `already` are those that came before with the same form. Empty
    inputs are skipped.
    """
    named = [upload for upload in uploads if upload.filename]
    arrived = [_checked(upload, limit) for upload in named[: MOST_AT_ONCE + 1]]
    if arrived and already + len(arrived) > MOST_AT_ONCE:
        raise Refusal(_("Send at most %(n)s files at once.", n=MOST_AT_ONCE), field="files")
    return [_keep(name, kind, content, folder, by_id, at) for name, kind, content in arrived]


def _checked(upload: Upload, limit: int) -> tuple[str, str, bytes]:
    name = clean_name(upload.filename or "")
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise Refusal(_("“%(name)s” is larger than %(n)s MB.", name=name, n=limit // (1024 * 1024) or 1), field="files")
    if not content:
        raise Refusal(_("“%(name)s” is empty.", name=name), field="files")
    kind = media_type(name, content[:4096])
    if kind is None:
        raise Refusal(
            _("“%(name)s” cannot be sent. Send pictures, PDF, or plain text (TXT, LOG, CSV).", name=name), field="files"
        )
    return name, kind, content


def _keep(name: str, kind: str, content: bytes, folder: Path, by_id: int | None, at: datetime) -> StoredFile:
    """Write the bytes under a random key, to the disk for good, before the row that names them is committed."""
    key = secrets.token_urlsafe(16)
    target = path_of(key, folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    stored = StoredFile(
        key=key,
        name=name,
        media_type=kind,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        stored_at=at,
        stored_by_id=by_id,
    )
    db.session.add(stored)
    db.session.flush()
    return stored


def path_of(key: str, folder: Path) -> Path:
    """Where the bytes of a key lie."""
    return folder / "files" / key[:2] / key


def find_kept(keys: Iterable[str], *, by_id: int) -> list[StoredFile]:
    """Files that this person has sent with a form that was not finished yet."""
    wanted = list(keys)[:MOST_AT_ONCE]
    if not wanted:
        return []
    query = select(StoredFile).where(StoredFile.key.in_(wanted), StoredFile.stored_by_id == by_id, StoredFile.loose)
    return list(db.session.scalars(query.order_by(StoredFile.id)))


def hold_files(keys: Iterable[str], *, by_id: int, until: datetime | None) -> None:
    """Keep this person's unfinished files as long as the draft that names them; None lets them go."""
    wanted = list(keys)[:MOST_HELD]
    if wanted:
        mine = (StoredFile.key.in_(wanted), StoredFile.stored_by_id == by_id, StoredFile.loose)
        db.session.execute(update(StoredFile).where(*mine).values(held_until_at=until))


def forget_loose(*, folder: Path, before: datetime, at: datetime) -> None:
    """Files of forms that nobody finished go, when no draft holds them."""
    unheld = or_(StoredFile.held_until_at.is_(None), StoredFile.held_until_at < at)
    query = select(StoredFile).where(StoredFile.loose, StoredFile.stored_at < before, unheld).limit(500)
    for stored in db.session.scalars(query).all():
        path_of(stored.key, folder).unlink(missing_ok=True)
        db.session.delete(stored)
