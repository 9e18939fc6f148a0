"""Promises that are kept at this moment: a visit, a choice, somebody's yes, a part on its way, a call that is owed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from portal.approvals.actions import ask_named
from portal.callbacks.actions import make_rule, take_in
from portal.callbacks.queries import standing_rules
from portal.callbacks.states import ALL
from portal.choices.actions import Way, offer
from portal.demo.diary import Story
from portal.demo.life import Helpdesk
from portal.demo.times import after
from portal.queue import canned, saved
from portal.queue.proposals import save_rule
from portal.requests import actions
from portal.requests.incidents import current_incidents, link_to_incident
from portal.requests.models import ServiceRequest
from portal.requests.watching import watch
from portal.visits.actions import Plan, plan_visit


def begin(helpdesk: Helpdesk) -> None:
    """What colleagues keep at hand, the rule for calls, and each request at its own time."""
    plan = tomllib.loads((Path(__file__).parent / "promising.toml").read_text(encoding="utf-8"))
    for part, person in helpdesk.company.accounts.items():
        person.phone = plan["phones"].get(part)
        person.manager = helpdesk.company.accounts["manager"] if part in plan["reports_to_manager"] else None
    for number, customer in enumerate(helpdesk.company.customers, 1):
        customer.phone = customer.phone or f"+49 30 5550 {300 + number}"
    helpdesk.diary.begin(_at_hand(helpdesk, plan))
    for number, row in enumerate(plan["promises"]):
        helpdesk.diary.begin(_promised(helpdesk, number, row))


def _at_hand(helpdesk: Helpdesk, plan: dict[str, Any]) -> Story:
    """Canned replies and a filter of the desk, and from then on a call after each request of one service."""
    at = yield helpdesk.calendar.ago(3, 8, 5)
    agent = helpdesk.company.accounts["agent"]
    for row in plan["replies"]:
        canned.save_reply(None, name=row["name"], body=row["body"], is_shared=True, by=agent, at=at)
    for row in plan["filters"]:
        saved.keep(row["query"], name=row["name"], is_shared=True, is_first=False, by=agent, at=at)
    for row in plan["rules"]:
        team = helpdesk.company.teams[row["team"]]
        save_rule(None, team=team, words=row["words"], service_id=None, segment_id=None, is_on=True)
    for slug in plan["shared"]:
        helpdesk.offer.kinds[slug].service.shared_with_department = True
    service = helpdesk.offer.kinds[plan["calls"]["service"]].service
    by, hours = helpdesk.company.accounts["liaison"], plan["calls"]["within_hours"]
    make_rule(which=ALL, share=1.0, service=service, within_hours=hours, by=by, at=at)


def _promised(helpdesk: Helpdesk, number: int, row: dict[str, Any]) -> Story:
    """Somebody asks, and a little later the helpdesk promises the next step."""
    kind, dice = helpdesk.offer.kinds[row["service"]], helpdesk.dice(f"promise {number}")
    at = yield helpdesk.calendar.ago(*row["at"])
    customer = helpdesk.company.accounts[row["customer"]]
    request = helpdesk.submit(kind, customer, dice, at=at, words=row["ask"], said=row.get("said"))
    if "watcher" in row:
        watch(request, helpdesk.company.accounts[row["watcher"]], by=customer, at=at)
        request.keeps("watchers")
    at = yield after(request.hours, at, row["after"])
    worker = helpdesk.company.accounts[row["by"]]
    if row["step"] == "visit":
        plan_visit(request, _plan(helpdesk, row), by=worker, at=at)
    elif row["step"] == "offer":
        offer(request, words=row["words"], ways=list(_ways(row)), by=worker, at=at)
    elif row["step"] == "yes":
        approver = helpdesk.company.accounts[row["of"]].email or ""
        ask_named(request, words=approver, question=row["words"], by=worker, at=at)
    elif row["step"] == "hold":
        actions.hold(request, words=row["words"], by=worker, at=at)
    else:
        _link(request, helpdesk, row, at)


def _plan(helpdesk: Helpdesk, row: dict[str, Any]) -> Plan:
    starts_at = helpdesk.calendar.ahead(1, row["hour"])
    place = helpdesk.company.accounts[row["customer"]].place or ""
    goes = helpdesk.company.accounts[row["goes"]]
    return Plan(goes, starts_at, starts_at + timedelta(hours=2), place, brings=row["brings"])


def _ways(row: dict[str, Any]) -> Iterator[Way]:
    return (Way(**way) for way in row["ways"])


def _link(request: ServiceRequest, helpdesk: Helpdesk, row: dict[str, Any], at: datetime) -> None:
    """It is about the newest known problem, when one lasts."""
    if current := current_incidents():
        link_to_incident([request], current[0], by=helpdesk.company.accounts[row["by"]], at=at)


def owe_calls(*, at: datetime) -> None:
    """The calls that the rule asks for by now."""
    for rule in standing_rules():
        take_in(rule, at=at, limit=1000)
