"""The figures in words, for the page and the paper alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.reports import charts
from portal.reports.counts import Figures
from portal.reports.indicators import AT_MOST, JUDGED_FROM, SHOWN_FROM
from portal.web.words import NBSP, number, percent

PERCENT_FROM = 10
SERVICES_ON_PAGE = 15
MINUS = "\u2212"
COUNTED = ("requests", "offers")
"""Units of which there are so many, and no share."""

NAMES: dict[str, Any] = {
    "opened": _l("Opened"),
    "resolved": _l("Resolved"),
    "closed": _l("Closed"),
    "backlog_end": _l("Open at the end"),
    "backlog_end_by_closing": _l("Not closed at the end"),
    "targets_met_of_opened": _l("Promises kept, of those opened"),
    "targets_met_of_closed": _l("Promises kept, of those closed"),
    "targets_met": _l("Promises kept"),
    "first_answer_targets_met": _l("First answer in time"),
    "first_answer_hours_median": _l("First answer, median"),
    "first_answer_hours_p90": _l("First answer, nine of ten within"),
    "resolution_hours_median": _l("Resolution, median"),
    "resolution_hours_p90": _l("Resolution, nine of ten within"),
    "resolution_hours_median_nearest": _l("Resolution, median by nearest rank"),
    "resolution_hours_p90_nearest": _l("Resolution, nine of ten by nearest rank"),
    "resolution_hours_median_of_opened": _l("Resolution of those opened, median"),
    "closing_hours_median": _l("Closing, median"),
    "reopened_share": _l("Came back"),
    "reassigned_share": _l("Changed hands"),
    "csat": _l("Satisfied"),
    "survey_response_rate": _l("Answered our survey"),
    "offers_made": _l("Choices offered"),
    "offers_picked": _l("Choices picked"),
    "offers_picked_hours_median": _l("Time to pick, median"),
    "callbacks_kept": _l("Callbacks made in time"),
    "hours": _l("Hours"),
    "interval": _l("Intervals"),
    "small_numbers": _l("Small numbers"),
    "control_limits": _l("Control limits"),
    "by_month": _l("Promises kept, by month"),
    "by_week": _l("Promises kept, by week"),
    "ageing": _l("Age of what is open"),
    "recurring": _l("What comes again"),
    "choices": _l("What was chosen"),
    "cut_off": _l("Cut-off"),
}
LEFT_OUT: dict[str, Any] = {
    "withdrawn": _l("withdrawn"),
    "without_target": _l("without a promise"),
    "clock_stopped": _l("waiting for the customer"),
    "not_yet_due": _l("not yet due"),
}
AGES: dict[str, Any] = {
    "0 to 2": _l("0 to 2 days"),
    "3 to 7": _l("3 to 7 days"),
    "8 to 30": _l("8 to 30 days"),
    "over 30": _l("Over 30 days"),
}
VERDICTS: dict[str, Any] = {"kept": _l("Kept"), "missed": _l("Missed"), "not judged": _l("Not judged under 30")}
SHAPES = {"kept": "kept", "missed": "missed", "not judged": "unjudged"}


@dataclass(frozen=True)
class Tile:
    """One figure at a glance. `shape` is kept, missed or unjudged; `place` the small line with the interval."""

    name: str
    figure: str
    unit: str = ""
    place: charts.Interval | None = None
    target: str = ""
    facts: str = ""
    shape: str = ""
    verdict: str = ""
    change: str = ""

    @property
    def sentence(self) -> str:
        """The figure for those who cannot see the small line."""
        return ", ".join(part for part in (f"{self.name} {self.figure}{self.unit}", self.target, self.facts) if part)


# --- periods and moments -----------------------------------------------------------------------------------------


def period_name(code: str) -> str:
    """March 2016, 1st quarter 2016, 2016."""
    if "Q" in code:
        year, quarter = code.split("-Q")
        return format_date(date(int(year), int(quarter) * 3 - 2, 1), "QQQQ y", locale=get_locale())
    if "-" in code:
        return format_date(_first_day(code), "LLLL y", locale=get_locale())
    return code


def short_month(code: str) -> str:
    return format_date(_first_day(code), "LLL", locale=get_locale())


def month_and_year(code: str) -> str:
    return format_date(_first_day(code), "LLL y", locale=get_locale())


def month_alone(code: str) -> str:
    return format_date(_first_day(code), "LLLL", locale=get_locale())


def _first_day(code: str) -> date:
    year, month = code.split("-")
    return date(int(year), int(month), 1)


def moment_in(figures: Figures, moment: str | datetime) -> str:
    """A moment on the wall clock that the report is counted by: '1 April 2016, 06:00'."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    zone = ZoneInfo(figures["time_zone"])
    return format_datetime(at.astimezone(zone), "d MMMM y, HH:mm", locale=get_locale())


# --- single figures ----------------------------------------------------------------------------------------------


def figure_of(indicator: dict[str, Any]) -> tuple[str, str]:
    """(figure, unit): a share of few is counted, not put in per cent; what is undefined is a dash."""
    value, unit, n = indicator["value"], indicator["unit"], indicator["n"]
    if value is None:
        return "–", ""
    if unit in COUNTED:
        return number(value), ""
    if unit == "hours":
        return number(value, 1), f"{NBSP}h"
    if n < PERCENT_FROM:
        return _("%(x)s of %(n)s", x=indicator["numerator"], n=n), ""
    return number(value * 100, 1), f"{NBSP}%"


def in_words(indicator: dict[str, Any]) -> str:
    return "".join(figure_of(indicator))


def target_of(key: str, indicator: dict[str, Any]) -> str:
    if indicator["target"] is None:
        return ""
    at_most = _(" or less") if key in AT_MOST else ""
    return _("target %(share)s", share=percent(indicator["target"], 0)) + at_most


def interval_of(row: dict[str, Any]) -> str:
    """'93.5–96.9 %', empty where it is undefined or too little to speak of."""
    if row["low"] is None or (row["n"] or 0) < PERCENT_FROM:
        return ""
    return f"{number(row['low'] * 100, 1)}–{number(row['high'] * 100, 1)}{NBSP}%"


def limits_of(row: dict[str, Any]) -> str:
    if row["lcl"] is None:
        return "–"
    return f"{number(row['lcl'] * 100, 1)}–{number(row['ucl'] * 100, 1)}"


def share_of(row: dict[str, Any]) -> str:
    """The share of a table row: counted when few."""
    if not row["n"]:
        return "–"
    if row["n"] < PERCENT_FROM:
        return _("%(x)s of %(n)s", x=row["k"], n=row["n"])
    return percent(row["p"])


def change_of(now: float, before: float, *, points: bool) -> str:
    """'up 1.9 pp', 'down 12', 'no change'."""
    step = round((now - before) * 100, 1) if points else round(now - before)
    if not step:
        return _("no change")
    size = f"{number(abs(step), 1)}{NBSP}pp" if points else number(abs(step))
    return _("up %(size)s", size=size) if step > 0 else _("down %(size)s", size=size)


def translated(words: str) -> str:
    """Words that are kept elsewhere in plain English, in the reader's language."""
    return _(words)


# --- tiles -------------------------------------------------------------------------------------------------------


def tiles(figures: Figures) -> list[Tile]:
    """The eight or nine figures at the top, in the order in which they are read."""
    return [
        _promises(figures),
        _share_tile(figures, "first_answer_targets_met"),
        *_calls(figures),
        _satisfied(figures),
        _share_tile(figures, "survey_response_rate"),
        _resolution(figures),
        _share_tile(figures, "reopened_share"),
        _backlog(figures),
        _opened(figures),
    ]


def _share_tile(figures: Figures, key: str, *, change: str = "", signal: bool = False) -> Tile:
    one = figures["indicators"][key]
    figure, unit = figure_of(one)
    place = None
    if one["value"] is not None:
        place = charts.interval(one["value"], one["low"], one["high"], one["target"])
    words = str(VERDICTS.get(one["verdict"], ""))
    if signal and one["verdict"] == "missed":
        words = _("Missed, and a signal")
    facts = f"n{NBSP}{number(one['n'])}" if one["n"] else _("nothing to count")
    return Tile(
        str(NAMES[key]), figure, unit, place, target_of(key, one), facts, SHAPES.get(one["verdict"], ""), words, change
    )


def _promises(figures: Figures) -> Tile:
    """With the change since the month before, and whether the month lies outside its limits."""
    months = figures["tables"]["by_month"]
    if "-" not in figures["period"] or "Q" in figures["period"]:
        return _share_tile(figures, "targets_met")
    last, before = months[-1], months[-2]
    change = ""
    if min(last["n"], before["n"]) >= JUDGED_FROM:
        since = month_alone(before["label"])
        change = _("%(change)s since %(month)s", change=change_of(last["p"], before["p"], points=True), month=since)
    return _share_tile(figures, "targets_met", change=change, signal=last["signal"] == "below")


def _calls(figures: Figures) -> list[Tile]:
    """Nothing where no call was owed, as where nobody is called back."""
    owed = figures["indicators"].get("callbacks_kept", {}).get("n")
    return [replace(_share_tile(figures, "callbacks_kept"), name=_("Calls in time"))] if owed else []


def _satisfied(figures: Figures) -> Tile:
    one = figures["indicators"]["csat"]
    if one["n"] and one["n"] < SHOWN_FROM:
        return Tile(str(NAMES["csat"]), "–", target=target_of("csat", one), facts=_("fewer than 5 answers"))
    return _share_tile(figures, "csat")


def _resolution(figures: Figures) -> Tile:
    median, most = (figures["indicators"][f"resolution_hours_{each}"] for each in ("median", "p90"))
    figure, unit = figure_of(median)
    nine = _("nine of ten within %(hours)s", hours=in_words(most)) if most["value"] is not None else ""
    facts = f"n{NBSP}{number(median['n'])}" if median["n"] else _("nothing to count")
    return Tile(_("Time to resolve, median"), figure, unit, target=hours_word(figures), facts=facts, change=nine)


def hours_word(figures: Figures) -> str:
    words = {"service": _("service hours"), "elapsed": _("elapsed hours"), "mixed": _("service and elapsed hours")}
    return words[figures["scope"]["hours"]]


def _backlog(figures: Figures) -> Tile:
    months = figures["tables"]["by_month"]
    value = figures["indicators"]["backlog_end"]["value"]
    old = figures["tables"]["ageing"][-1]["n"]
    facts = _("%(n)s older than 30 days", n=number(old))
    name = _("Open now") if figures["partial"] else _("Open at the end")
    change = ""
    if len(months) > 1:
        since = month_alone(months[-2]["label"])
        change = _(
            "%(change)s since %(month)s", change=change_of(value, months[-2]["backlog_end"], points=False), month=since
        )
    return Tile(name, number(value), facts=facts, change=change)


def _opened(figures: Figures) -> Tile:
    one = figures["indicators"]
    resolved, closed = number(one["resolved"]["value"]), number(one["closed"]["value"])
    facts = _("%(resolved)s resolved, %(closed)s closed", resolved=resolved, closed=closed)
    return Tile(_("Opened"), number(one["opened"]["value"]), facts=facts)


# --- sentences ---------------------------------------------------------------------------------------------------


def story(figures: Figures) -> str:
    """What happened, in two or three sentences."""
    one = figures["indicators"]
    if not (one["opened"]["value"] or one["resolved"]["value"] or one["closed"]["value"]):
        return _("Nothing was opened, resolved or closed in this time.")
    sentences = [_about_promises(figures), _about_work(figures), _about_people(one["csat"])]
    return " ".join(sentence for sentence in sentences if sentence)


def _about_promises(figures: Figures) -> str:
    kept = figures["indicators"]["targets_met"]
    if not kept["n"]:
        return _("No promise was decided.")
    months = figures["tables"]["by_month"]
    usual = {"below": _(", fewer than chance alone explains"), "above": _(", more than chance alone explains")}
    single = figures["period"] == months[-1]["label"]
    aside = usual.get(months[-1]["signal"] or "", "") if single else ""
    if kept["n"] < PERCENT_FROM:
        return _("We kept %(share)s promises.", share=in_words(kept))
    counted = _("%(x)s of %(n)s", x=number(kept["numerator"]), n=number(kept["n"]))
    return _(
        "We kept %(share)s of our promises (%(counted)s)%(aside)s.", share=in_words(kept), counted=counted, aside=aside
    )


def _about_work(figures: Figures) -> str:
    one = figures["indicators"]
    came, went, left = (number(one[key]["value"]) for key in ("opened", "resolved", "backlog_end"))
    if figures["partial"]:
        return _(
            "So far %(came)s requests were opened and %(went)s resolved; %(left)s are open.",
            came=came,
            went=went,
            left=left,
        )
    return _(
        "%(came)s requests were opened and %(went)s resolved; %(left)s were open at the end.",
        came=came,
        went=went,
        left=left,
    )


def _about_people(csat: dict[str, Any]) -> str:
    if csat["value"] is None:
        return ""
    share = in_words(csat)
    if csat["n"] < PERCENT_FROM:
        return _("%(share)s who answered are satisfied.", share=share)
    return _("%(share)s of the %(n)s who answered are satisfied.", share=share, n=number(csat["n"]))


def about_choices(figures: Figures) -> list[str]:
    """How often a choice was offered and picked, and how quickly; nothing where none was offered."""
    one = figures["indicators"]
    if not one.get("offers_made", {}).get("value"):
        return []
    sentences = [
        ngettext(
            "A choice was offered %(n)s time.",
            "A choice was offered %(n)s times.",
            one["offers_made"]["value"],
            n=number(one["offers_made"]["value"]),
        )
    ]
    if one["offers_picked"]["n"]:
        sentences.append(_("Picked: %(share)s.", share=_share_in_words(one["offers_picked"])))
    if one["offers_picked_hours_median"]["value"] is not None:
        hours = in_words(one["offers_picked_hours_median"])
        sentences.append(_("Half of those who picked did so within %(hours)s.", hours=hours))
    return sentences


def about_calls(figures: Figures) -> list[str]:
    """How many of the calls that we promised were made in time; nothing where none was promised."""
    kept = figures["indicators"].get("callbacks_kept")
    if not kept or not kept["n"]:
        return []
    return [_("Calls made in time: %(share)s.", share=_share_in_words(kept))]


def _share_in_words(indicator: dict[str, Any]) -> str:
    """'90.0 % (18 of 20, 69.9–97.2 %)'; few are only counted."""
    if indicator["n"] < PERCENT_FROM:
        return in_words(indicator)
    counted = _("%(x)s of %(n)s", x=number(indicator["numerator"]), n=number(indicator["n"]))
    return f"{in_words(indicator)} ({counted}, {interval_of(indicator)})"


def left_out(figures: Figures) -> str:
    """'12 withdrawn, 6 without a promise', or that nothing was."""
    found = [f"{number(n)} {LEFT_OUT[reason]}" for reason, n in figures["excluded"].items() if n]
    return ", ".join(found) or _("nothing")


def backlog_bridge(figures: Figures) -> str:
    """'480 + 1,466 opened − 1,405 ended = 541': it balances by construction."""
    months = figures["tables"]["by_month"]
    if len(months) < 2 or figures["period"] != months[-1]["label"]:
        return ""
    last, start = months[-1], months[-2]["backlog_end"]
    return _(
        "%(start)s + %(opened)s opened %(minus)s %(ended)s resolved or withdrawn = %(end)s",
        start=number(start),
        opened=number(last["opened"]),
        minus=MINUS,
        ended=number(last["ended"]),
        end=number(last["backlog_end"]),
    )


# --- tables ------------------------------------------------------------------------------------------------------


def priorities_of(figures: Figures) -> list[str]:
    """The priorities that occur among what is open, most urgent first."""
    return sorted({key for row in figures["tables"]["ageing"] for key in row["by_priority"]}, key=int)


def priority_word(priority: int | str) -> str:
    words = {1: _("1, most urgent"), 2: _("2"), 3: _("3, usual"), 4: _("4")}
    return words.get(int(priority), str(priority))


def indicator_rows(figures: Figures) -> list[dict[str, Any]]:
    """Every figure for the table of all: name, figure, n, interval, target, verdict."""
    return [
        {
            "key": key,
            "name": str(NAMES[key]),
            "figure": in_words(one),
            "n": number(one["n"]) if one["n"] is not None else "",
            "interval": interval_of(one) if one["unit"] == "share" else "",
            "target": percent(one["target"], 0) if one["target"] is not None else "",
            "shape": SHAPES.get(one["verdict"], ""),
            "verdict": str(VERDICTS.get(one["verdict"], "")),
        }
        for key, one in figures["indicators"].items()
    ]
