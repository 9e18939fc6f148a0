"""What the demonstration holds, for programs: one line of JSON. For people: a table of the accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy import select

from portal.demo.company import Company
from portal.demo.life import Helpdesk
from portal.demo.listening import script
from portal.extensions import db
from portal.focus_groups.models import Session
from portal.measures.periods import month_of
from portal.people.models import Person
from portal.reports.models import READY, ReportPaper
from portal.requests import papers
from portal.requests.drafts import drafts_of
from portal.requests.models import RequestEvent, RequestFile, ServiceRequest
from portal.surveys.instruments import STANDARD
from portal.surveys.models import SampleCase, SurveyWave
from portal.surveys.tokens import token_of
from portal.visits.models import Visit
from portal.visits.states import PLANNED
from portal.web.access import ROLES, rules
from portal.web.words import local_day

Line = dict[str, Any]

MOST = 12
HEALTH = ["/healthz", "/readyz", "/metrics"]
ENVIRONMENT = [
    "PORTAL_DATA_DIR",
    "PORTAL_DATABASE_URL",
    "PORTAL_BASE_URL",
    "PORTAL_SECRET_KEY",
    "PORTAL_SMTP_HOST",
    "PORTAL_SMTP_PORT",
    "PORTAL_UPLOAD_LIMIT",
    "PORTAL_SIGN_IN_LIMIT",
    "PORTAL_MESSAGE_LIMIT",
]


def summary_of(helpdesk: Helpdesk, app: Flask) -> Line:
    """Everything that somebody needs who tries the portal from outside."""
    return {
        "today": local_day(helpdesk.calendar.end).isoformat(),
        "base_url": app.config["BASE_URL"],
        "roles": _roles(helpdesk.company),
        "objects": _objects(helpdesk),
        "paths": _paths(helpdesk),
        "acl": {"rules": rules(app)},
        "commands": _commands(app.cli.commands),
        "environment": ENVIRONMENT,
        "health": HEALTH,
    }


def _commands(known: Mapping[str, click.Command]) -> list[str]:
    """What one can type after `flask --app wsgi`, without the tools of those who write migrations."""
    groups = {name: getattr(command, "commands", None) for name, command in known.items() if name != "db"}
    whole = [name for name, inner in groups.items() if not inner]
    return sorted([*whole, *(f"{name} {one}" for name, inner in groups.items() for one in inner or ())])


def _roles(company: Company) -> Line:
    """Each account, with a rank that grows from the customer to the administrator."""
    return {
        part: {"login": person.email, "password": company.passwords[part], "rank": _rank(person)}
        for part, person in company.accounts.items()
    }


def _rank(person: Person) -> int:
    return 1 + max((ROLES.index(role) for role in person.roles), default=0)


def _objects(helpdesk: Helpdesk) -> Line:
    small, parts, anonymous = (row["slug"] for row in script()["waves"])
    few, many = (f"/surveys/{parts}?service={slug}" for slug in script()["waves"][1]["services"])
    session = db.session.scalars(select(Session).order_by(Session.starts_at.desc())).first()
    assert session is not None
    return {
        "private_of_b": _only_for(helpdesk.company.accounts["customer_b"]),
        "survey_tokens_identified": _tokens(STANDARD),
        "survey_tokens_anonymous": _tokens(anonymous),
        "survey_small": f"/surveys/{small}",
        "survey_filter_small": few,
        "survey_filter_complement": many,
        "survey_total": f"/surveys/{parts}",
        "focus_join": f"/focus-groups/{session.reference}/seat",
        "focus_page": f"/focus-groups/{session.reference}",
        "focus_seats": session.seats,
    }


def _only_for(person: Person) -> list[str]:
    """Pages and files of this person's requests, newest first."""
    query = select(ServiceRequest).where(ServiceRequest.customer_id == person.id).order_by(ServiceRequest.id.desc())
    own = db.session.scalars(query.limit(MOST)).all()
    pages = [f"/requests/{one.reference}" for one in own]
    open_ones = [f"/requests/{one.reference}/withdraw" for one in own if one.is_open]
    sent = [f"/requests/{one.reference}/sent" for one in own]
    tables = [f"/requests/{one.reference}.csv" for one in own]
    again = [f"/services/{one.service.slug}/ask?again={one.reference}" for one in own if one.service.is_live]
    more = [*_printed(own), *again[:1], *_begun(person), *_promised(own), *(f"/files/{key}" for key in _file_keys(own))]
    return [*pages, *sent, *open_ones, *tables, *more]


def _printed(requests: Any) -> list[str]:
    """The PDFs that are ready, and the page that has another one made."""
    ready = [f"/requests/{one.reference}.pdf" for one in requests if papers.is_ready(papers.find_paper(one), one)]
    return [*ready, *(f"/requests/{one.reference}/pdf" for one in requests[:1])]


def _promised(requests: Any) -> list[str]:
    """Visits that are to come, with the file for a calendar, and choices that were offered."""
    numbers = select(Visit.id).where(Visit.request_id.in_([one.id for one in requests]), Visit.state == PLANNED)
    pages = ("/visits/{0}.ics", "/visits/{0}/move", "/visits/{0}/cancel")
    visits = [form.format(number) for number in db.session.scalars(numbers.order_by(Visit.id)) for form in pages]
    return [*visits, *(f"/choices/{one.reference}" for one in requests if "choices" in one.extras)]


def _begun(person: Person) -> list[str]:
    """Forms that this person has begun and not sent."""
    return [f"/services/{draft.service.slug}/ask?draft={draft.id}" for draft in drafts_of(person)]


def _file_keys(requests: Any) -> list[str]:
    query = (
        select(RequestFile)
        .join(RequestEvent, RequestEvent.id == RequestFile.event_id)
        .where(RequestFile.request_id.in_([one.id for one in requests]), RequestEvent.public)
    )
    return [one.file.key for one in db.session.scalars(query.order_by(RequestFile.file_id.desc()).limit(MOST))]


def _tokens(slug: str) -> list[str]:
    """Links of this wave that still wait for their answer, the newest first."""
    query = select(SampleCase).join(SurveyWave).join(SampleCase.request).where(SurveyWave.slug == slug)
    unanswered = query.where(SampleCase.is_open, ServiceRequest.is_open.is_(False))
    return [token_of(case.id) for case in db.session.scalars(unanswered.order_by(SampleCase.id.desc()).limit(MOST))]


def _paths(helpdesk: Helpdesk) -> Line:
    """What can be downloaded, and by whom. Without a PDF that is ready, none is named."""
    month = month_of(helpdesk.calendar.end, current_app.config["TIME_ZONE"]).previous().code
    ready = select(ReportPaper.period).where(ReportPaper.stage == READY).order_by(ReportPaper.period)
    return {
        "pdf": [{"path": f"/reports/{period}.pdf", "role": "manager"} for period in db.session.scalars(ready)],
        "csv": [
            {"path": f"/reports/{month}.csv", "role": "manager"},
            {"path": f"/surveys/{STANDARD}.csv", "role": "liaison"},
        ],
    }


def table(line: Line) -> str:
    """The accounts for people to read, and where to sign in."""
    rows = [(part.replace("_", " "), one["login"], one["password"]) for part, one in line["roles"].items()]
    rows.insert(0, ("who", "e-mail address", "password"))
    wide = [max(len(row[place]) for row in rows) for place in range(2)]
    lines = [f"  {row[0]:<{wide[0]}}  {row[1]:<{wide[1]}}  {row[2]}" for row in rows]
    return "\n".join([*lines, "", f"Sign in at {line['base_url']}/sign-in once the portal runs."])
