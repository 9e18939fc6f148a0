"""Keeping the offer: new forms, a service that retired, one in preparation, decisions, and forms just begun."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app

from portal.catalogue import keeping
from portal.catalogue.actions import publish_form
from portal.catalogue.keeping import Offer
from portal.demo.diary import Story
from portal.demo.life import Helpdesk
from portal.demo.offer import questions_in, samples_in
from portal.extensions import db
from portal.portfolio.actions import decide
from portal.portfolio.queries import figures_of
from portal.requests.drafts import save_draft
from portal.web.words import local_day


@lru_cache(maxsize=1)
def script() -> dict[str, Any]:
    """What was changed, retired, prepared and decided."""
    return tomllib.loads((Path(__file__).parent / "keeping.toml").read_text(encoding="utf-8"))


def begin(helpdesk: Helpdesk) -> None:
    """Everything that happens to the offer in these weeks."""
    tales = {"forms": _new_form, "retired": _retired, "drafts": _prepared, "begun": _begun}
    for name, tell in tales.items():
        for row in script()[name]:
            helpdesk.diary.begin(tell(helpdesk, row))


def _new_form(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    """From now on people are asked this; what was answered before stays under its own questions."""
    at = yield helpdesk.calendar.ago(*row["at"])
    kind, by = helpdesk.offer.kinds[row["service"]], helpdesk.company.accounts[row["by"]]
    questions = questions_in(row["questions"])
    kind.form = publish_form(kind.service, questions, note=row["note"], public=row["public"], by=by, at=at)
    kind.samples = kind.samples | samples_in(row["questions"])


def _retired(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    """Nobody can ask for it any more."""
    at = yield helpdesk.calendar.ago(*row["at"])
    kind, successor = (helpdesk.offer.kinds[row[name]] for name in ("service", "successor"))
    kind.weight = 0
    by, service = helpdesk.company.accounts[row["by"]], kind.service
    keeping.retire(service, why=row["why"], successor=successor.service, version=service.version, by=by, at=at)


def _prepared(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    """A service that only those who keep the offer see so far."""
    at = yield helpdesk.calendar.ago(*row["at"])
    accounts = helpdesk.company.accounts
    offered = Offer(
        name=row["name"],
        summary=row["summary"],
        description=row["description"],
        hours_plan=helpdesk.offer.desk_hours,
        category=next(kind.service.category for kind in helpdesk.offer.kinds.values() if _is_on(kind, row["category"])),
        first_answer_minutes=row["first"],
        resolution_minutes=row["done"],
        owner=accounts[row["owner"]],
    )
    service = keeping.draft_service(offered, by=accounts[row["by"]], at=at)
    at = yield at + timedelta(minutes=30)
    publish_form(service, questions_in(row["questions"]), note="", public=False, by=accounts[row["by"]], at=at)


def _is_on(kind: Any, shelf: str) -> bool:
    return kind.service.category is not None and kind.service.category.slug == shelf


def _begun(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    """Somebody began a form and was called away."""
    at = yield helpdesk.calendar.ago(*row["at"])
    kind = helpdesk.offer.kinds[row["service"]]
    save_draft(
        service=kind.service,
        form_id=kind.form.id if kind.form else None,
        once=f"begun-{row['by']}-{row['service']}",
        typed=[(name, text) for name, text in row["typed"]],
        part=1,
        by=helpdesk.company.accounts[row["by"]],
        at=at,
    )


def review(helpdesk: Helpdesk, *, at: datetime) -> None:
    """What the manager decided about some services, on the figures as they stand."""
    kinds, manager = helpdesk.offer.kinds, helpdesk.company.accounts["manager"]
    for row in script()["decisions"]:
        service = kinds[row["service"]].service
        decide(
            service,
            outcome=row["outcome"],
            into=kinds[row["into"]].service if "into" in row else None,
            reason=row["reason"],
            review_on=local_day(at) + timedelta(days=row["review_in"]),
            figures=figures_of(service, current_app.config["HOUR_COST"]),
            by=manager,
            at=at,
        )
    db.session.commit()
