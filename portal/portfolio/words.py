"""How the portfolio is spoken of."""

from __future__ import annotations

from babel.numbers import format_currency
from flask import current_app
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

OUTCOME_WORDS = {"keep": _l("Keep"), "improve": _l("Improve"), "merge": _l("Merge"), "retire": _l("Retire")}

STATE_WORDS = {"live": _l("Offered"), "draft": _l("Draft"), "retired": _l("Retired")}

QUADRANT_WORDS = {
    "much_well": _l("Much asked for, does well: keep"),
    "much_badly": _l("Much asked for, does badly: improve first"),
    "little_well": _l("Seldom asked for, does well: keep or merge"),
    "little_badly": _l("Seldom asked for, does badly: merge or retire"),
}


def money(cents: int | None, *, exact: bool = False) -> str:
    """An amount in whole units of the portal's currency, or with its cents; '–' where nothing is counted."""
    if cents is None:
        return "–"
    words = format_currency(
        cents / 100 if exact else round(cents / 100),
        current_app.config["CURRENCY"],
        format="¤#,##0.00" if exact else "¤#,##0",
        locale=get_locale(),
        currency_digits=False,
    )
    return str(words)
