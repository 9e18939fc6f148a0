"""How rules and outcomes are said."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.callbacks.models import CallbackRule
from portal.callbacks.states import (
    ALL,
    DECLINED,
    HAPPY,
    LOW_SCORE,
    NOT_HAPPY,
    NOT_NEEDED,
    NOT_REACHED,
    OVERTAKEN,
    SAMPLE,
)
from portal.web.words import percent

WHICH_WORDS: dict[str, Any] = {
    ALL: _l("Every resolved request"),
    SAMPLE: _l("A sample of the resolved requests"),
    LOW_SCORE: _l("After a low score: 1 or 2 of 5, in a survey whose answers carry a name"),
}
ASKED_WORDS: dict[str, Any] = {
    HAPPY: _l("Reached, and it works"),
    NOT_HAPPY: _l("Reached, and it does not work"),
    NOT_REACHED: _l("Not reached"),
    DECLINED: _l("Reached, and does not want to talk about it"),
}
OUTCOME_WORDS: dict[str, Any] = {
    **ASKED_WORDS,
    NOT_NEEDED: _l("No call needed"),
    OVERTAKEN: _l("Opened again before we called"),
}


def rule_in_words(rule: CallbackRule) -> str:
    """After which requests, and of which service."""
    which = {
        ALL: _("Every resolved request"),
        SAMPLE: _("%(share)s of the resolved requests", share=percent(rule.share, 0)),
        LOW_SCORE: _("After a score of 1 or 2"),
    }[rule.which]
    return _("%(which)s, only %(service)s", which=which, service=rule.service.name) if rule.service else which


def within_in_words(rule: CallbackRule) -> str:
    """How soon."""
    return ngettext("within %(num)d service hour", "within %(num)d service hours", rule.within_hours)
