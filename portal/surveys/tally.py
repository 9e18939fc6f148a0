"""The tallies of a wave, kept with each case and answer, so that results need no counting afterwards.

Words such as `case:complete` and `score:5` name what is counted; `case:not_selected:rate` adds a reason.
"""

from __future__ import annotations

from collections.abc import Iterable

from portal.extensions import db, insert
from portal.surveys.models import SampleCase, WaveTally

NO_GROUPS = {"service_id": 0, "segment_id": 0}


def outcome(case: SampleCase) -> str:
    """What has become of the case, as it is counted."""
    return f"case:{case.disposition}" + (f":{case.not_selected_reason}" if case.not_selected_reason else "")


def point(score: int | None) -> str:
    """The point that was chosen, as it is counted; None is “I cannot say”."""
    return f"score:{score or 'na'}"


def count(wave_id: int, case: SampleCase | None, changes: Iterable[tuple[str, int]]) -> None:
    """Add to the tallies of the case's groups, or of none where an answer must not be led back to any.

    Always in the order of the words: two people at once then wait for one another and never each for the other.
    """
    groups = {"service_id": case.service_id, "segment_id": case.segment_id or 0} if case else NO_GROUPS
    row = insert(WaveTally.__table__)
    keys = ["wave_id", "service_id", "segment_id", "what"]
    add = row.on_conflict_do_update(index_elements=keys, set_={"n": WaveTally.__table__.c.n + row.excluded.n})
    db.session.execute(add, [{"wave_id": wave_id, **groups, "what": what, "n": by} for what, by in sorted(changes)])
