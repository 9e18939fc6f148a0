"""The round that owes calls: it follows what was resolved and what was answered, a few rows at a time."""

from __future__ import annotations

from datetime import datetime

from portal.callbacks import actions, queries
from portal.callbacks.models import CallbackRule
from portal.callbacks.states import LOW_SCORE
from portal.extensions import db, reading
from portal.jobs import every
from portal.web.moment import now

AT_ONCE = 50
MOST_BATCHES = 40


@every(60)
def owe_callbacks() -> None:
    """Walk on from where each rule stopped; what is owed already is left as it is."""
    at = now()
    for number in _rules_with_work(at):
        _follow(number, at)


def _follow(number: int, at: datetime) -> None:
    for _batch in range(MOST_BATCHES):
        looked_at = actions.take_in(queries.rule_by_id(number), at=at, limit=AT_ONCE)
        db.session.commit()
        if looked_at < AT_ONCE:
            return


def _rules_with_work(at: datetime) -> list[int]:
    with reading():
        return [rule.id for rule in queries.standing_rules() if _something_waits(rule, at)]


def _something_waits(rule: CallbackRule, at: datetime) -> bool:
    if rule.which == LOW_SCORE:
        return bool(queries.low_scores(rule, at=at, limit=1))
    return bool(queries.resolved_after(rule, until=at - actions.SETTLES_AFTER, limit=1))
