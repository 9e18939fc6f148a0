"""Small real files to attach: a picture and a text."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime
from io import BytesIO
from random import Random

from flask import current_app

from portal.files.actions import store_files
from portal.files.models import StoredFile
from portal.people.models import Person

WIDTH, HEIGHT = 120, 80


class _Sent:
    """A file as a browser would send it."""

    def __init__(self, filename: str, content: bytes) -> None:
        self.filename: str | None = filename
        self._content = BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


def picture(name: str, dice: Random, *, by: Person, at: datetime) -> list[StoredFile]:
    """A small picture of a screen with a window on it."""
    return _store(name, _screen(dice), by, at)


def text(name: str, lines: str, *, by: Person, at: datetime) -> list[StoredFile]:
    """A few lines copied from a message."""
    return _store(name, lines.encode(), by, at)


def _store(name: str, content: bytes, by: Person, at: datetime) -> list[StoredFile]:
    folder, limit = current_app.config["DATA_DIR"], current_app.config["UPLOAD_LIMIT"]
    return store_files([_Sent(name, content)], folder=folder, limit=limit, by_id=by.id, at=at)


def _screen(dice: Random) -> bytes:
    """A PNG of three flat colours: desk, window and the window's title."""
    desk, window, title = (bytes(dice.randrange(low, low + 60) for _ in range(3)) for low in (60, 190, 20))
    left, top = dice.randrange(10, 30), dice.randrange(8, 20)
    rows = [_row(y, left, top, desk, window, title) for y in range(HEIGHT)]
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _row(y: int, left: int, top: int, desk: bytes, window: bytes, title: bytes) -> bytes:
    if not top <= y < HEIGHT - top:
        return desk * WIDTH
    inside = title if y < top + 8 else window
    return desk * left + inside * (WIDTH - 2 * left) + desk * left


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
