"""What may be attached: one policy, printed where files are asked for and enforced where they arrive. Pure."""

from __future__ import annotations

import re
import unicodedata

MOST_AT_ONCE = 5
LONGEST_NAME = 120
LONGEST_ENDING = 12

ALLOWED = {
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", (b"RIFF",)),
    "pdf": ("application/pdf", (b"%PDF-",)),
    "txt": ("text/plain", ()),
    "log": ("text/plain", ()),
    "csv": ("text/csv", ()),
}
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"})
"""Types that a browser may show by itself; everything else is only downloaded."""


def clean_name(name: str) -> str:
    """A file name without folders, control or direction-changing characters, and not hidden."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(c for c in base if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    stem, dot, ending = kept.strip(" .").rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return f"{stem}{dot}{ending}"[:LONGEST_NAME].rstrip(" .") or "file"
    return f"{stem[: LONGEST_NAME - len(ending) - 1] or 'file'}.{ending}"


def media_type(name: str, start: bytes) -> str | None:
    """The type of a file by its ending, when its first bytes agree; None when it is not allowed."""
    ending = name.rpartition(".")[2].lower()
    if "." not in name or ending not in ALLOWED:
        return None
    kind, signatures = ALLOWED[ending]
    if signatures:
        return kind if start.startswith(signatures) and _webp_is_whole(kind, start) else None
    return None if b"\x00" in start else kind


def _webp_is_whole(kind: str, start: bytes) -> bool:
    return kind != "image/webp" or start[8:12] == b"WEBP"
