"""The answers of a wave as a file: one line per answer, without names, and with no group that could be worked out."""

from __future__ import annotations

from portal.surveys import answers
from portal.surveys.models import SurveyWave
from portal.surveys.results import FEW, results_of
from portal.web.sheet import table

COLUMNS = ("number", "service", "segment", "csat_overall", "csat_missing", "comment")
TOO_FEW = "Fewer than {k} people have answered, so this file is silent."


def responses_csv(wave: SurveyWave, *, by: str = "service", slug: str | None = None) -> str:
    """One line per answer that counts, of all or of one group. One attribute is told: two would make tiny groups.

    A line is more than a total: the groups named here are twice as large as those on the page, and where so few have
    answered that one point of view is everybody's, the file stays silent.
    """
    results = results_of(wave, k=max(FEW, wave.k_min))
    shown = [group for group in results.groups[by] if group.figures]
    named = {group.id: group.name for group in shown if slug is None or group.slug == slug}
    if results.figures is None or results.figures.unanimous or (slug is not None and not named):
        return table([(TOO_FEW.format(k=FEW),)])
    told = []
    for service_id, segment_id, score, comment in answers.released_rows(wave):
        number = (service_id if by == "service" else segment_id) or 0
        if slug is None or number in named:
            told.append((named.get(number, ""), score or 0, comment or ""))
    # In the order of what is told: the same place in the files of two attributes would put both to one answer.
    return table([COLUMNS, *(_line(number, by, *one) for number, one in enumerate(sorted(told), start=1))])


def _line(number: int, by: str, group: str, score: int, comment: str) -> tuple[object, ...]:
    """A score of 0 is none."""
    told = (group, "") if by == "service" else ("", group)
    return (number, *told, score or "", "" if score else "na", comment)
