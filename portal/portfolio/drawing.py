"""The picture of the portfolio from the rows beside it, with the sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.measures.intervals import Share
from portal.portfolio.quadrants import Picture, Point, picture
from portal.portfolio.queries import Reviewed
from portal.portfolio.words import QUADRANT_WORDS
from portal.web.words import number, percent


@dataclass(frozen=True)
class Drawn:
    """The picture, its sentence, a sentence for each dot, and how many services have too few figures to stand on it."""

    marks: Picture
    title: str
    sentences: dict[str, str]
    quadrants: dict[str, str]
    left_out: int


def drawn(rows: Sequence[Reviewed], up: str, level: Share) -> Drawn | None:
    """The services of the table on one picture; `up` says whether they stand by promises kept or by rating."""
    points = [point for row in rows if (point := _point(row, up))]
    marks = picture(points, level=level.value if level.value is not None else 1.0)
    if marks is None:
        return None
    sentences = {point.key: _sentence(point, up) for point in points}
    quadrants = {name: str(words) for name, words in QUADRANT_WORDS.items()}
    return Drawn(marks, _title(points, marks, up, level), sentences, quadrants, len(rows) - len(points))


def _point(row: Reviewed, up: str) -> Point | None:
    share = row.figures.kept if up == "kept" else row.figures.rated if row.figures.rating_is_exact else None
    if share is None or share.value is None:
        return None
    return Point(row.slug, row.name, row.figures.asked, share.value)


def _sentence(point: Point, up: str) -> str:
    words = _("promise kept") if up == "kept" else _("satisfied")
    return _(
        "%(name)s: asked for %(n)s times, %(share)s %(what)s",
        name=point.name,
        n=number(point.demand),
        share=percent(point.share),
        what=words,
    )


def _title(points: Sequence[Point], marks: Picture, up: str, level: Share) -> str:
    urgent = [dot.name for dot in marks.dots if dot.quadrant == "much_badly"]
    what = _("promises kept") if up == "kept" else _("satisfaction")
    words = ngettext(
        "%(num)d service by how often it was asked for and by %(what)s in the last 90 days.",
        "%(num)d services by how often they were asked for and by %(what)s in the last 90 days.",
        len(points),
        what=what,
    )
    if not urgent:
        return f"{words} " + _("None that is much asked for lies below the share of all.")
    named = ", ".join(urgent[:5]) + (" …" if len(urgent) > 5 else "")
    below = _("Much asked for and below the %(share)s of all: %(which)s.", share=percent(level.value), which=named)
    return f"{words} {below}"
