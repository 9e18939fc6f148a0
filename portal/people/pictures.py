"""The picture of a person: made small and square, drawn anew, so that nothing else of the file is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path

from flask_babel import gettext as _

from portal.files.actions import Upload, store_files
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.people.queries import find_person
from portal.refusal import Refusal
from portal.web.access import holds

SIDE = 320
"""Pixels of each side, enough for a sharp face on a page."""
MOST_PIXELS = 30_000_000
FORMATS = ("PNG", "JPEG", "WEBP")

Rule = Callable[[Person, Person], bool]
_rules: list[Rule] = []


def picture_shown_to(rule: Rule) -> Rule:
    """Register who else may see a picture, from the viewer and the person shown; for rooms above."""
    _rules.append(rule)
    return rule


def find_picture(viewer: Person, number: int) -> StoredFile | None:
    """The picture of this person, when the viewer may see it: their own, at the desk, or as a room above says."""
    person = find_person(number)
    if person is None or person.picture is None:
        return None
    works_here = any(holds(viewer.roles, permission) for permission in ("work the queue", "manage people"))
    if person.id == viewer.id or works_here or any(rule(viewer, person) for rule in _rules):
        return person.picture
    return None


class _Drawn:
    """The small picture, as if it had been sent."""

    filename: str | None = "picture.jpg"

    def __init__(self, content: bytes) -> None:
        self._file = BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


def keep_picture(person: Person, upload: Upload, *, folder: Path, limit: int, at: datetime) -> StoredFile:
    """Show this picture of the person from now on; raises Refusal when it is none."""
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise Refusal(_("Send a picture of at most %(n)s MB.", n=limit // (1024 * 1024) or 1), field="picture")
    drawn = _Drawn(_drawn_anew(content))
    stored = store_files([drawn], folder=folder, limit=limit, by_id=person.id, at=at)[0]
    drop_picture(person)
    stored.loose = False
    person.picture = stored
    return stored


def drop_picture(person: Person) -> None:
    """Show no picture any more; the store's housekeeping takes the file away."""
    if person.picture is not None:
        person.picture.loose = True
        person.picture = None


def _drawn_anew(content: bytes) -> bytes:
    """The picture alone: where it was taken and what hides in its file stay behind."""
    # Only here, because no other page needs the library and it is slow to load.
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            # A photograph can be read at a fraction of its size; what is still huge then is no portrait.
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            if image.width * image.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            face = ImageOps.fit(upright, (SIDE, SIDE))
            paper = Image.new("RGBA", face.size, "white")
            out = BytesIO()
            Image.alpha_composite(paper, face).convert("RGB").save(out, "JPEG", quality=85)
            return out.getvalue()
    except Exception as error:  # a broken picture can fail in as many ways as there are decoders
        words = _("This is not a picture that we can show. Send a PNG, JPEG or WebP file.")
        raise Refusal(words, field="picture") from error
