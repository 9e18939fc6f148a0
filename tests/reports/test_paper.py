"""The PDF: valid, tagged, the same twice, and reading nothing from elsewhere."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import page
import pikepdf
import pytest
from flask import Flask

from portal.measures.satisfaction import Satisfaction
from portal.press.running import PRESS, CannotPrint, run_press
from portal.reports import paper, sheet
from portal.reports.facts import SurveyFacts, WeekCount
from portal.reports.report import Report
from tests.reports.builders import a_month, kept, late, on, report_of

SURVEY = SurveyFacts(Satisfaction((3, 4, 9, 22, 46)), delivered=200, completed=84)


def a_report(services: int = 3) -> Report:
    requests = [kept(on(3 + i % 20), service=f"Service {i % services:03}") for i in range(max(services, 60))]
    requests += [late(on(9), on(12), service="Service 000") for _ in range(9)]
    weeks = tuple(WeekCount(f"2026-W{i:02}", 40, 38 if i != 10 else 4) for i in range(4, 14))
    months = (a_month("2026-02", 90, 88), a_month("2026-03", 80, 70))
    return report_of(*requests, months=months, weeks=weeks, survey=SURVEY, services_before={"Service 000": 12})


@cache
def _printed_once(order: str) -> bytes:
    return run_press(json.loads(order))


@pytest.fixture
def printed(app: Flask, caplog: pytest.LogCaptureFixture) -> bytes:
    made = _printed_once(json.dumps(paper.order_for(a_report().to_json())))
    assert not caplog.records, "the press complained"
    return made


def test_it_passes_the_standards_for_accessible_and_lasting_files(printed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(printed)
    for profile in ("ua1", "3a"):
        report = page.validate_pdf(str(file), profile=profile)
        assert report.is_compliant, [str(each) for each in report.failures]
    if qpdf := shutil.which("qpdf"):
        subprocess.run([qpdf, "--check", str(file)], check=True, capture_output=True)


def test_the_same_figures_give_the_same_bytes(app: Flask, printed: bytes) -> None:
    assert run_press(paper.order_for(a_report().to_json())) == printed


def test_it_has_a_title_a_language_bookmarks_and_page_numbers(printed: bytes) -> None:
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        assert str(pdf.Root.Lang) == "en-GB"
        assert str(pdf.docinfo["/Title"]) == "Service report, March 2026, Halden Works Helpdesk"
        assert bool(pdf.Root.MarkInfo.Marked)
        with pdf.open_outline() as outline:
            assert outline.root[0].title == "March 2026"
            inner = [each.title for each in outline.root[0].children]
        assert {"In short", "Every figure", "Promises kept", "What the figures mean"} <= set(inner)
        assert len(pdf.pages) >= 6


def test_every_picture_has_words_and_every_table_head_a_direction(printed: bytes) -> None:
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        nodes = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/S" in each]
        figures = [each for each in nodes if each.S == "/Figure"]
        heads = [each for each in nodes if each.S == "/TH"]
        assert figures and all(str(each.get("/Alt", "")) for each in figures)
        assert heads and all(_scope(each) in {"/Column", "/Row"} for each in heads)


def _scope(node: Any) -> str:
    attributes = node.A if isinstance(node.A, pikepdf.Array) else [node.A]
    return next(str(each.Scope) for each in attributes if "/Scope" in each)


def test_the_figures_are_attached_as_table_and_data(app: Flask, printed: bytes) -> None:
    figures = a_report().to_json()
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        files = {name: pdf.attachments[name].get_file().read_bytes().decode() for name in pdf.attachments}
    assert json.loads(files["service-report-2026-03.json"]) == figures
    assert files["service-report-2026-03.csv"] == sheet.to_csv(figures)


def test_a_long_table_ends_after_three_hundred_rows_and_says_so(app: Flask) -> None:
    html = paper.write_page(a_report(services=320).to_json())
    assert "Service 299" in html and "Service 300" not in html.partition('id="workload"')[0]
    assert "The first 300 of 320 rows" in html


def test_words_of_users_stay_words(app: Flask) -> None:
    evil = '<img src="file:///etc/passwd"><script>x</script>{{ 7 * 7 }}'
    html = paper.write_page(report_of(*[kept(on(4), service=evil)] * 3).to_json())
    assert "<script>" not in html and "<img" not in html and "{{ 7 * 7 }}" in html


def test_the_press_reads_nothing_from_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("h1 { content: 'TAKEN' }")
    body = (
        f'<h1>A</h1><link rel="stylesheet" href="{secret.as_uri()}"><img src="file:///etc/passwd" alt="x">'
        f'<link rel="attachment" href="file:///etc/passwd"><img src="../press.py" alt="y">'
    )
    order = {
        "html": f"<html lang=en><head><title>A</title></head><body>{body}</body></html>",
        "labels": {},
        "at": "2026-03-01T00:00:00+00:00",
        "attachments": [],
    }
    made = subprocess.run(
        [sys.executable, str(PRESS)],
        input=json.dumps(order).encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert made.stderr.count(b"nothing from elsewhere") >= 3
    with pikepdf.open(io.BytesIO(made.stdout)) as pdf:
        assert not pdf.attachments
    assert b"TAKEN" not in made.stdout and b"root:" not in made.stdout


def test_without_pango_the_one_command_that_helps_is_named(tmp_path: Path) -> None:
    without = tmp_path / "press.py"
    without.write_text("import sys; sys.exit(3)")
    with pytest.raises(CannotPrint, match="apt-get install libpango"):
        run_press({}, by=without)


def test_the_command_writes_all_three_files(app: Flask, tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("pdf", "json", "csv")}
    options = [part for name, file in files.items() for part in (f"--{name}", str(file))]
    result = app.test_cli_runner().invoke(args=["report", "2026-03", *options])
    assert result.exit_code == 0, result.output
    assert files["pdf"].read_bytes().startswith(b"%PDF")
    assert json.loads(files["json"].read_text())["period"] == "2026-03"
    assert files["csv"].read_text().startswith("\ufeffpart,row")


def test_the_command_prints_a_summary_and_explains_itself(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "targets met" in runner.invoke(args=["report", "2026-03"]).output
    assert "A period is written like" in runner.invoke(args=["report", "march"]).output
    assert "no time zone named" in runner.invoke(args=["report", "2026-03", "--zone", "Mars"]).output
