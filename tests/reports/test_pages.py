"""The pages, the table and the data: who may read them, that they agree, and how a PDF is asked for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from flask import Flask

from portal.catalogue.models import Service
from portal.extensions import db
from portal.jobs import run_due
from portal.people.models import Person
from portal.press import running
from portal.reports import background, queries
from portal.web.words import number, percent
from tests.builders import a_person
from tests.visitor import Visitor, counted_statements

pytestmark = pytest.mark.usefixtures("in_april")

Open = Callable[..., Visitor]
Live = Callable[[int], None]
ADDRESSES = ("/reports", "/reports/2026-03", "/reports/2026-03.json", "/reports/2026-03.csv")


@pytest.mark.parametrize("role", ["manager", "analyst", "board_member"])
def test_those_who_answer_for_the_desk_read_reports(app: Flask, visitor: Open, role: str) -> None:
    reader = visitor(a_person(roles=(role,)))
    for address in ADDRESSES:
        reader.get(address)


@pytest.mark.parametrize("role", ["agent", "liaison", "administrator"])
def test_others_do_not(app: Flask, visitor: Open, role: str) -> None:
    stranger = visitor(a_person(roles=(role,)))
    for address in (*ADDRESSES, "/reports/2026-03.pdf"):
        stranger.get(address, expect=403)
    stranger.post("/reports/2026-03/pdf", expect=403)


def test_a_stranger_is_sent_to_sign_in(app: Flask, visitor: Open) -> None:
    assert "/sign-in" in visitor().get("/reports/2026-03", expect=303).location


@pytest.mark.parametrize("code", ["2026-13", "2026-05", "soon", "2026-Q3", "1066"])
def test_a_period_that_is_none_is_not_found(visitor: Open, manager: Person, code: str) -> None:
    reader = visitor(manager)
    for ending in ("", ".json", ".csv", ".pdf"):
        reader.get(f"/reports/{code}{ending}", expect=404)
    reader.post(f"/reports/{code}/pdf", expect=404)


def test_page_table_and_data_show_the_same_figures(visitor: Open, manager: Person, a_month: Live) -> None:
    a_month(120)
    reader = visitor(manager)
    figures = json.loads(reader.get("/reports/2026-03.json").html)
    words = reader.get("/reports/2026-03").words
    rows = {tuple(row[:3]): row[3] for row in csv.reader(io.StringIO(reader.get("/reports/2026-03.csv").html))}
    for key, one in figures["indicators"].items():
        assert rows["indicators", key, "value"] == ("" if one["value"] is None else str(one["value"]))
        if one["unit"] == "share" and one["value"] is not None:
            assert percent(one["value"]).replace("\u00a0", " ") in words
        elif one["value"] is not None:
            assert number(one["value"], 1 if one["unit"] == "hours" else 0) in words


def test_the_data_have_the_agreed_shape(visitor: Open, manager: Person, a_month: Live) -> None:
    a_month(12)
    figures = json.loads(visitor(manager).get("/reports/2026-03.json").html)
    assert figures["schema"] == 1 and figures["period"] == "2026-03" and figures["time_zone"] == "Europe/Berlin"
    assert figures["from"] == "2026-02-28T23:00:00+00:00" and figures["partial"] is False
    assert set(figures["tables"]) == {
        "by_service",
        "by_priority",
        "by_month",
        "by_week",
        "ageing",
        "recurring",
        "choices",
    }
    fields = {"value", "unit", "n", "numerator", "denominator", "low", "high", "target", "verdict"}
    assert all(set(one) == fields for one in figures["indicators"].values())


def test_a_month_that_is_not_over_says_so(visitor: Open, manager: Person) -> None:
    page = visitor(manager).get("/reports/2026-04")
    assert page.heading == "April 2026" and "Not over yet" in page.words
    assert "Not over yet" not in visitor(manager).get("/reports/2026-03").words


def test_an_empty_month_says_so(visitor: Open, manager: Person) -> None:
    assert "Nothing was opened, resolved or closed" in visitor(manager).get("/reports/2026-03").words


def test_before_the_first_count_the_list_says_what_to_do(visitor: Open, manager: Person) -> None:
    page = visitor(manager).get("/reports")
    assert "Nothing has been counted yet" in page.words and "/reports/2026-04" in page.links()


def test_the_list_shows_the_newest_month_and_leads_to_each(visitor: Open, manager: Person, a_month: Live) -> None:
    a_month(40)
    background.count_months()
    page = visitor(manager).get("/reports")
    assert {"/reports/2026-03", "/reports/2026-04"} <= set(page.links())
    assert "We kept" in page.words


def test_a_page_reads_few_rows_however_many_there_are(visitor: Open, manager: Person, a_month: Live) -> None:
    a_month(60)
    background.count_months()
    reader = visitor(manager)
    for address, most in (("/reports", 8), ("/reports/2026-03", 6)):
        with counted_statements() as sent:
            reader.get(address)
        assert len(sent) <= most


def test_a_service_whose_name_is_markup_is_shown_as_it_is(visitor: Open, manager: Person, a_month: Live) -> None:
    a_month(9)
    for service in db.session.scalars(db.select(Service)):
        service.name = "<img src=x onerror=alert(1)>"
    db.session.commit()
    page = visitor(manager).get("/reports/2026-03")
    assert "<img src=x onerror=alert(1)>" in page.words and "<img" not in page.html


def test_a_pdf_is_made_on_request_and_then_downloaded(visitor: Open, manager: Person, a_month: Live) -> None:
    a_month(30)
    reader = visitor(manager)
    assert reader.get("/reports/2026-03.pdf", expect=303).location == "/reports/2026-03"
    page = reader.follow(reader.submit("/reports/2026-03/pdf", at="/reports/2026-03"))
    assert "waits for its turn" in page.words
    run_due()
    page = reader.get("/reports/2026-03")
    assert "/reports/2026-03.pdf" in page.links()
    answer = reader.client.get("/reports/2026-03.pdf")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF-1.7")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="service-report-2026-03.pdf"'


def test_two_clicks_make_one_pdf(visitor: Open, manager: Person) -> None:
    reader = visitor(manager)
    reader.post("/reports/2026-03/pdf")
    reader.post("/reports/2026-03/pdf")
    assert db.session.scalar(db.select(db.func.count()).select_from(queries.ReportPaper)) == 1


def test_the_progress_alone_is_the_progress_of_the_page(visitor: Open, manager: Person) -> None:
    reader = visitor(manager)
    reader.post("/reports/2026-03/pdf")
    reader.get("/reports/2026-03")
    whole = reader.get("/reports/2026-03").html
    headers = {"HX-Request": "true", "HX-Target": "paper"}
    alone = reader.get("/reports/2026-03", headers=headers, review=False).html
    assert alone.partition("</div>")[0].strip() in whole


def test_a_pdf_of_figures_that_have_changed_is_not_handed_out(visitor: Open, manager: Person, a_month: Live) -> None:
    a_month(10)
    reader = visitor(manager)
    reader.post("/reports/2026-03/pdf")
    run_due()
    a_month(3)
    reader.get("/reports/2026-03.pdf", expect=303)
    assert "The figures have changed since the last PDF" in reader.get("/reports/2026-03").words


def test_a_pdf_that_cannot_be_made_says_why(
    visitor: Open, manager: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(running, "TIME_LIMIT", 0.001)
    reader = visitor(manager)
    reader.post("/reports/2026-03/pdf")
    run_due()
    assert "The last try did not work" in reader.get("/reports/2026-03").words
