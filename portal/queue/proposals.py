"""Rules that propose a team for a new request. They only propose: a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.people.models import Team
from portal.queue.models import TeamRule
from portal.refusal import Refusal
from portal.requests.models import ServiceRequest
from portal.search.words import for_index, stem, words_of
from portal.web.remember import remembered

MOST_RULES = 100
MOST_WORDS = 30


@dataclass(frozen=True)
class Rule:
    """A rule as it is matched: plain values, with the service's and the segment's names for the reason."""

    id: int
    team_id: int
    team: str
    service: tuple[int, str] | None
    segment: tuple[int, str] | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A team, and what the rule went by, in words."""

    rule_id: int
    team_id: int
    team: str
    because: str


def rules_in_order() -> Sequence[TeamRule]:
    """Every rule, first ones first."""
    query = select(TeamRule).options(
        joinedload(TeamRule.team), joinedload(TeamRule.service), joinedload(TeamRule.segment)
    )
    return db.session.scalars(query.order_by(TeamRule.position, TeamRule.id).limit(MOST_RULES)).all()


def _in_force() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            id=one.id,
            team_id=one.team_id,
            team=one.team.name,
            service=(one.service.id, one.service.name) if one.service else None,
            segment=(one.segment.id, one.segment.name) if one.segment else None,
            words=tuple(one.words),
        )
        for one in rules_in_order()
        if one.is_on
    )


def proposal_for(text: str, service_id: int | None, segment_id: int | None) -> Proposal | None:
    """What the first rule that fits proposes for these words; stems are looked for only where a rule has words."""
    rules = remembered("team rules", _in_force)
    padded = f" {for_index(text)} " if any(rule.words for rule in rules) else ""
    for rule in rules:
        if because := _reason(rule, service_id, segment_id, padded):
            return Proposal(rule.id, rule.team_id, rule.team, because)
    return None


def _reason(rule: Rule, service_id: int | None, segment_id: int | None, padded: str) -> str:
    """Why the rule fits, or nothing when it does not."""
    word = next((one for one in rule.words if _occurs(one, padded)), None)
    if rule.words and word is None:
        return ""
    if (rule.service and rule.service[0] != service_id) or (rule.segment and rule.segment[0] != segment_id):
        return ""
    reasons = [
        _("the words say “%(word)s”", word=word) if word else "",
        _("the service is %(name)s", name=rule.service[1]) if rule.service else "",
        _("the customer belongs to %(name)s", name=rule.segment[1]) if rule.segment else "",
    ]
    return ", ".join(reason for reason in reasons if reason)


def _occurs(words: str, padded: str) -> bool:
    """Does every word of it stand there, as it is or by its stem?"""
    parts = words_of(words)
    return bool(parts) and all(f" {part} " in padded or f" {stem(part)} " in padded for part in parts)


def propose(request: ServiceRequest) -> None:
    """Note which team a rule proposes for a new request; no statement where no rule fits."""
    found = proposal_for(f"{request.summary} {request.details}", request.service_id, request.segment_id)
    if found and request.team_id is None:
        request.proposed_team_id = found.team_id
        request.proposed_why = {"rule": found.rule_id, "because": found.because}
        db.session.execute(update(TeamRule).where(TeamRule.id == found.rule_id).values(hits=TeamRule.hits + 1))


def find_rule(number: int) -> TeamRule | None:
    return db.session.get(TeamRule, number)


def save_rule(
    rule: TeamRule | None,
    *,
    team: Team,
    words: Iterable[str],
    service_id: int | None,
    segment_id: int | None,
    is_on: bool,
) -> TeamRule:
    """A new rule at the end, or changes to one."""
    listed = list(dict.fromkeys(" ".join(one.split()) for one in words if words_of(one)))
    if not (listed or service_id or segment_id):
        raise Refusal(_("Say when this team fits: words, a service or a segment."), field="words")
    if len(listed) > MOST_WORDS:
        raise Refusal(_("Use at most %(most)s words in a rule.", most=MOST_WORDS), field="words")
    if rule is None:
        rule = TeamRule(position=_next_position(), hits=0, accepted=0)
        db.session.add(rule)
    rule.team, rule.words, rule.is_on = team, listed, is_on
    rule.service_id, rule.segment_id = service_id, segment_id
    rule.version = (rule.version or 0) + 1
    db.session.flush()
    return rule


def _next_position() -> int:
    count, last = db.session.execute(select(func.count(TeamRule.id), func.max(TeamRule.position))).one()
    if count >= MOST_RULES:
        raise Refusal(_("There are %(most)s rules already. Remove one first.", most=MOST_RULES))
    return (last or 0) + 1


def move_up(rule: TeamRule) -> None:
    """Change places with the rule before it, if there is one."""
    rules = list(rules_in_order())
    place = rules.index(rule)
    if place:
        rules[place - 1], rules[place] = rule, rules[place - 1]
    for position, one in enumerate(rules, 1):
        one.position = position


def remove_rule(rule: TeamRule) -> None:
    """The rule goes; what it proposed stays proposed."""
    db.session.delete(rule)
