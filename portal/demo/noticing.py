"""Notices: what was broken and is whole again, what is broken now, what is planned, and who was told."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from portal.demo.diary import Story, Told
from portal.demo.life import Helpdesk
from portal.notices import actions
from portal.notices.actions import Wording
from portal.notices.models import Notice
from portal.notices.states import ANNOUNCEMENT, INCIDENT, MAINTENANCE
from portal.people.models import Person


def begin(helpdesk: Helpdesk) -> None:
    """All notices; each is told at its own time."""
    plan = tomllib.loads((Path(__file__).parent / "notices.toml").read_text(encoding="utf-8"))
    helpdesk.diary.begin(_following(helpdesk, plan["following"]))
    for row in plan["incidents"]:
        helpdesk.diary.begin(_incident(helpdesk, row))
    for row in plan["maintenance"]:
        helpdesk.diary.begin(_maintenance(helpdesk, row))
    for row in plan["announcements"]:
        helpdesk.diary.begin(_announcement(helpdesk, row))


def _following(helpdesk: Helpdesk, services: dict[str, list[str]]) -> Story:
    """Some want to be told of everything about a service."""
    at = yield helpdesk.calendar.ago(60, 12, 10)
    for slug, accounts in services.items():
        for name in accounts:
            actions.subscribe(helpdesk.offer.kinds[slug].service, by=helpdesk.company.accounts[name], at=at)


def _incident(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    """It begins, is released a few minutes later, people say me too, and in the end it is solved."""
    began = _began(helpdesk, row)
    at = yield began + timedelta(minutes=6)
    notice = yield from _released(helpdesk, row, _wording(helpdesk, row, INCIDENT, starts_at=began), at)
    writer = helpdesk.company.accounts[row["author"]]
    for person in _hit(helpdesk, row):
        helpdesk.diary.begin(_me_too(helpdesk, notice, person, began))
    for news in row.get("updates", []):
        at = yield began + timedelta(minutes=news["after"])
        actions.post_update(notice, words=news["words"], by=writer, at=at)
        yield from _told(notice, at)
    if solved := row.get("solved"):
        at = yield began + timedelta(minutes=solved["after"])
        actions.solve(notice, words=solved["words"], by=writer, at=at)
        yield from _told(notice, at)


def _began(helpdesk: Helpdesk, row: dict[str, Any]) -> datetime:
    if "ago" in row:
        return helpdesk.calendar.end - timedelta(minutes=row["ago"])
    return helpdesk.calendar.ago(*row["began"])


def _maintenance(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    """Planned, read by somebody else, announced, and in the end over."""
    starts_at = helpdesk.calendar.ahead(*row["starts"])
    ends_at = starts_at + timedelta(hours=row["hours"])
    at = yield helpdesk.calendar.ago(*row["written"])
    wording = _wording(helpdesk, row, MAINTENANCE, starts_at=starts_at, ends_at=ends_at)
    notice = yield from _released(helpdesk, row, wording, at)
    if words := row.get("over"):
        at = yield ends_at - timedelta(minutes=20)
        actions.solve(notice, words=words, by=helpdesk.company.accounts[row["author"]], at=at)
        yield from _told(notice, at)


def _announcement(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    at = yield helpdesk.calendar.ago(*row["written"])
    wording = _wording(helpdesk, row, ANNOUNCEMENT, ends_at=at + timedelta(days=row["days"]))
    yield from _released(helpdesk, row, wording, at)


def _released(helpdesk: Helpdesk, row: dict[str, Any], wording: Wording, at: datetime) -> Told[Notice]:
    """Written and proposed by one, read and released by another."""
    accounts = helpdesk.company.accounts
    notice = actions.write_notice(wording, by=accounts[row["author"]], at=at)
    at = yield at + timedelta(minutes=1)
    actions.propose(notice, version=notice.version, by=accounts[row["author"]], at=at)
    at = yield at + timedelta(minutes=4)
    actions.release(notice, version=notice.version, by=accounts[row["by"]], at=at)
    yield from _told(notice, at)
    return notice


def _told(notice: Notice, at: datetime) -> Told[None]:
    """The mails about it, as a worker would write them a moment later."""
    at = yield at + timedelta(seconds=20)
    while actions.tell_some(notice.id, at=at):
        pass


def _wording(
    helpdesk: Helpdesk,
    row: dict[str, Any],
    kind: str,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Wording:
    return Wording(
        kind=kind,
        title=row["title"],
        body=row["body"].strip(),
        services=[helpdesk.offer.kinds[slug].service for slug in row["services"]],
        segments=[helpdesk.company.segments[name] for name in row.get("segments", [])],
        devices=row.get("devices", []),
        starts_at=starts_at,
        ends_at=ends_at,
    )


# --- me too -------------------------------------------------------------------------------------------------------


def _hit(helpdesk: Helpdesk, row: dict[str, Any]) -> list[Person]:
    """Some of those whom it concerns; those whose stories are told by hand have not said so yet."""
    by_hand = {one.id for one in helpdesk.company.accounts.values()}
    people = [one for one in helpdesk.company.customers if one.id not in by_hand and _concerns(row, one)]
    dice = helpdesk.dice(f"hit by {row['title']}")
    return dice.sample(people, min(row.get("hit", 0), len(people)))


def _concerns(row: dict[str, Any], person: Person) -> bool:
    segments, devices = row.get("segments", []), row.get("devices", [])
    is_meant = not segments or (person.segment is not None and person.segment.name in segments)
    return is_meant and (not devices or any(one in (person.device or "") for one in devices))


def _me_too(helpdesk: Helpdesk, notice: Notice, person: Person, began: datetime) -> Story:
    minutes = helpdesk.dice(f"{person.id} by {notice.id}").uniform(14, 50)
    at = yield began + timedelta(minutes=minutes)
    if notice.is_current:
        actions.me_too(notice, by=person, at=at)
