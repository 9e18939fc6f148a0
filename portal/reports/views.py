"""The dashboard and the reports of single periods: on the page, as PDF, as a table, as data."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, current_app, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.extensions import db
from portal.reports import actions, counts, definitions, drawing, queries, sheet, showing
from portal.reports.counts import FRESH_FOR, Count, NoSuchPeriod
from portal.reports.faces import SCREEN
from portal.reports.forms import MakePaperForm
from portal.reports.models import ReportPaper, ServiceReport
from portal.web.access import may
from portal.web.moment import now
from portal.web.page import page

room = Blueprint("reports", __name__)

MONTHS_LISTED = 36


@room.get("/reports")
@may("read reports")
def index() -> AnyResponse:
    kept = [each for each in queries.kept_reports(MONTHS_LISTED) if each.status == "draft" or _anything(each)]
    return page(
        "reports/index.html",
        reports=kept,
        newest=_one_that_is_over(kept),
        show=showing,
        face=SCREEN,
        draw=drawing,
        this=counts.month_now(now(), current_app.config["TIME_ZONE"]),
    )


@room.get("/reports/<period>")
@may("read reports")
def show(period: str) -> AnyResponse:
    count = _count_or_404(period)
    newest, ready = queries.newest_papers(period)
    return page(
        "reports/show.html",
        figures=count.figures,
        counted_at=count.counted_at,
        show=showing,
        face=SCREEN,
        draw=drawing,
        near=counts.periods_near(period, now=now(), zone=current_app.config["TIME_ZONE"]),
        words=definitions.DEFINITIONS,
        notes=definitions.NOTES,
        newest=newest,
        ready=ready if ready and _is_of(ready, count) else None,
        under_way=newest is not None and actions.is_under_way(newest, now()),
        form=MakePaperForm(),
    )


@room.post("/reports/<period>/pdf")
@may("read reports")
def make_paper(period: str) -> AnyResponse:
    _exists_or_404(period)
    if MakePaperForm().validate_on_submit():
        actions.ask_for_paper(period, at=now())
        db.session.commit()
        flash(_("The PDF of %(period)s is being made.", period=showing.period_name(period)))
    return redirect(url_for("reports.show", period=period), 303)


@room.get("/reports/<period>.pdf")
@may("read reports")
def paper(period: str) -> AnyResponse:
    count = _count_or_404(period)
    _newest, ready = queries.newest_papers(period)
    if ready is None or not _is_of(ready, count):
        return redirect(url_for("reports.show", period=period), 303)
    return _file(queries.body_of(ready) or b"", "application/pdf", f"service-report-{period}.pdf")


@room.get("/reports/<period>.csv")
@may("read reports")
def table(period: str) -> AnyResponse:
    count = _count_or_404(period)
    return _file(sheet.to_csv(count.figures).encode(), "text/csv; charset=utf-8", f"service-report-{period}.csv")


@room.get("/reports/<period>.json")
@may("read reports")
def data(period: str) -> AnyResponse:
    return Response(json.dumps(_count_or_404(period).figures, ensure_ascii=False), content_type="application/json")


def _count_or_404(period: str) -> Count:
    try:
        return counts.count_to_show(period, now=now(), portal_zone=current_app.config["TIME_ZONE"])
    except NoSuchPeriod:
        abort(404)


def _exists_or_404(period: str) -> None:
    try:
        counts.find_period(period, zone=current_app.config["TIME_ZONE"], now=now())
    except NoSuchPeriod:
        abort(404)


def _is_of(ready: ReportPaper, count: Count) -> bool:
    """Does this PDF show what the page shows? While a period runs, the figures of a quarter of an hour ago will do."""
    if ready.digest == count.digest:
        return True
    assert ready.counted_at is not None
    return bool(count.figures["partial"]) and now() - ready.counted_at < FRESH_FOR


def _anything(kept: ServiceReport) -> bool:
    """Did anything happen in this month?"""
    return any(kept.headline[key]["value"] for key in ("opened", "resolved", "closed"))


def _one_that_is_over(kept: list[ServiceReport]) -> ServiceReport | None:
    """The newest month that is over; the running one only when there is no other."""
    found = next((each for each in kept if each.status == "final"), kept[0] if kept else None)
    return queries.find_report(found.period) if found else None


def _file(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
