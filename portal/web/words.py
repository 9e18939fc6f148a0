"""Times, spans, shares and sizes in plain words, for templates and mail."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from flask import Flask, current_app
from flask_babel import gettext, ngettext
from markupsafe import Markup, escape

from portal.web.language import locale_name
from portal.web.moment import now, portal_zone

NBSP = "\u00a0"


def init_app(app: Flask) -> None:
    """Give the templates these words as filters."""
    for word in WORDS:
        app.jinja_env.filters[word.__name__] = word


def local(at: datetime) -> datetime:
    """The moment on the portal's wall clock."""
    return at.astimezone(portal_zone())


def local_day(at: datetime) -> date:
    """The day on the portal's wall calendar."""
    return local(at).date()


def iso(at: datetime) -> str:
    """For the datetime attribute of a time element."""
    return local(at).isoformat(timespec="minutes")


@lru_cache(maxsize=4096)
def _written_day(on: date, pattern: str, locale: str) -> str:
    return format_date(on, pattern, locale=locale)


@lru_cache(maxsize=2048)
def _written_time(at: time, locale: str) -> str:
    return format_time(at, "HH:mm", locale=locale)


@lru_cache(maxsize=4096)
def _written_number(value: Any, pattern: str, locale: str) -> str:
    return format_decimal(value, pattern, locale=locale)


def clock_time(at: datetime) -> str:
    """09:05"""
    here = local(at)
    return _written_time(time(here.hour, here.minute), locale_name())


def moment(at: datetime, today: date | None = None) -> str:
    """'today, 08:14', 'Wed 08:36' within six days, else 'Thu 9 Apr, 08:14' (with the year when it is another one)."""
    minute = at.replace(second=0, microsecond=0)
    return _written_moment(minute, today or local_day(now()), portal_zone(), locale_name())


@lru_cache(maxsize=8192)
def _written_moment(at: datetime, today: date, zone: ZoneInfo, locale: str) -> str:
    """A list says some dozen moments, most of them more than once within a day."""
    here = at.astimezone(zone)
    on, clock = here.date(), _written_time(time(here.hour, here.minute), locale)
    days_off = (on - today).days
    if days_off == 0:
        return gettext("today, %(time)s", time=clock)
    if abs(days_off) < 7:
        return f"{_written_day(on, 'EEE', locale)}{NBSP}{clock}"
    pattern = "EEE d MMM" if on.year == today.year else "EEE d MMM y"
    return f"{_written_day(on, pattern, locale).replace(' ', NBSP)}, {clock}"


def promised(at: datetime) -> str:
    """A moment as it is said in a heading: 'today 18:00', 'Wednesday 08:36', 'Thursday 9 April, 08:36'."""
    days_off = (local_day(at) - local_day(now())).days
    if days_off == 0:
        return gettext("today %(time)s", time=clock_time(at)).replace(" ", NBSP)
    if 0 < days_off < 7:
        return f"{_written_day(local_day(at), 'EEEE', locale_name())}{NBSP}{clock_time(at)}"
    return in_full(at)


def day(on: date) -> str:
    """'Thu 9 Apr', with the year when it is not this one."""
    pattern = "EEE d MMM" if on.year == local_day(now()).year else "EEE d MMM y"
    return _written_day(on, pattern, locale_name()).replace(" ", NBSP)


def long_day(on: date) -> str:
    """'Tuesday 14 April', with the year when it is not this one."""
    pattern = "EEEE d MMMM" if on.year == local_day(now()).year else "EEEE d MMMM y"
    return _written_day(on, pattern, locale_name())


def in_full(at: datetime) -> str:
    """'Tuesday 14 April, 08:36', with the year when it is not this one: for letters, which are read some days later."""
    return f"{long_day(local_day(at))}, {clock_time(at)}"


def span(length: timedelta) -> str:
    """A length of time: '45 min', '3 h 20 min', '2 days 4 h' (a day has 24 hours here; see `service_span`)."""
    minutes = max(0, math.floor(length.total_seconds() / 60))
    if minutes < 60:
        return gettext("%(n)s min", n=minutes).replace(" ", NBSP)
    if minutes < 48 * 60:
        return _two(gettext("%(n)s h", n=minutes // 60), minutes % 60, gettext("%(n)s min", n=minutes % 60))
    hours = minutes // 60
    days = ngettext("%(num)s day", "%(num)s days", hours // 24)
    return _two(days, hours % 24, gettext("%(n)s h", n=hours % 24))


def _two(large: str, rest: int, small: str) -> str:
    return (f"{large} {small}" if rest else large).replace(" ", NBSP)


def service_span(minutes: int, minutes_a_day: int) -> str:
    """A promise in service time: '1 working hour', '2 working days'; whole days when it divides, hours otherwise."""
    if minutes % minutes_a_day == 0:
        return ngettext("%(num)s working day", "%(num)s working days", minutes // minutes_a_day)
    if minutes % 60 == 0:
        return ngettext("%(num)s working hour", "%(num)s working hours", minutes // 60)
    return ngettext("%(num)s working minute", "%(num)s working minutes", minutes)


def percent(share: float | None, places: int = 1) -> str:
    """A share of 0 to 1 as '93.4 %'; '–' where it is undefined."""
    if share is None:
        return "–"
    return f"{number(share * 100, places)}{NBSP}%"


def number(value: Any, places: int = 0) -> str:
    """A number with the reader's separators; '–' where it is undefined."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return _written_number(value, pattern, locale_name())


def file_size(size: int) -> str:
    """'214 kB', '1.5 MB'."""
    if size < 1000:
        return f"{size}{NBSP}B"
    if size < 1_000_000:
        return f"{number(size / 1000)}{NBSP}kB"
    return f"{number(size / 1_000_000, 1)}{NBSP}MB"


def service_time(minutes: int | None, minutes_a_day: int) -> str:
    """A length of service time as people say it: '45 min', '3 h 20 min', '2 working days'."""
    if minutes is None:
        return "–"
    if minutes < 2 * minutes_a_day:
        return span(timedelta(minutes=minutes))
    return ngettext("%(num)s working day", "%(num)s working days", round(minutes / minutes_a_day))


def lines(text: str | None) -> Markup:
    """What a person wrote, with its paragraphs and line breaks, and nothing in it that is live.

    Only addresses of this portal become links: a link to elsewhere stays text that one reads before one follows it.
    """
    paragraphs = [part for part in re.split(r"\n\s*\n", (text or "").replace("\r\n", "\n").strip()) if part]
    return Markup("").join(Markup("<p>{}</p>").format(_broken(part)) for part in paragraphs)


def _broken(paragraph: str) -> Markup:
    return Markup("<br>").join(_linked(line) for line in paragraph.split("\n"))


def _linked(line: str) -> Markup:
    home = re.escape(current_app.config["BASE_URL"])
    parts = re.split(rf"({home}/[^\s<>\"']*)", line)
    link = Markup('<a href="{0}">{0}</a>')
    return Markup("").join(link.format(part) if i % 2 else escape(part) for i, part in enumerate(parts))


def read_day(text: str) -> str:
    """A day that is kept as '2026-04-14', in words."""
    return long_day(date.fromisoformat(text))


def browser_name(agent: str) -> str:
    """'Firefox on Linux', from what a browser says of itself."""
    names = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    systems = {
        "Windows": "Windows",
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Mac OS": "macOS",
        "Linux": "Linux",
    }
    name = next((n for n in names if n in agent), None)
    system = next((words for sign, words in systems.items() if sign in agent), None)
    said = {"Edg": "Edge", "OPR": "Opera"}.get(name or "", name or gettext("A browser"))
    return gettext("%(browser)s on %(system)s", browser=said, system=system) if system else said


WORDS = (
    moment,
    promised,
    clock_time,
    day,
    long_day,
    in_full,
    span,
    service_span,
    service_time,
    percent,
    number,
    file_size,
    iso,
    local_day,
    lines,
    read_day,
    browser_name,
)
