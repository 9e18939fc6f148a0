"""The report on the command line: `flask --app wsgi report 2016-03 --pdf F --json F --csv F`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from portal import schema
from portal.extensions import reading
from portal.measures.zones import zone_named
from portal.press.running import CannotPrint
from portal.reports import counts, paper, sheet
from portal.reports.counts import Count, NoSuchPeriod
from portal.web.moment import now

SUMMARY = (
    "opened",
    "resolved",
    "closed",
    "backlog_end",
    "backlog_end_by_closing",
    "targets_met_of_opened",
    "targets_met",
    "first_answer_targets_met",
    "first_answer_hours_median",
    "resolution_hours_median",
    "resolution_hours_p90",
    "closing_hours_median",
    "reopened_share",
    "csat",
    "survey_response_rate",
)

Target = click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path)


@click.command("report")
@click.argument("period")
@click.option("--pdf", type=Target, help="Write the report as a PDF.")
@click.option("--json", "json_file", type=Target, help="Write the figures as JSON.")
@click.option("--csv", "csv_file", type=Target, help="Write the figures as CSV.")
@click.option("--zone", help="Count in this time zone instead of the one that the requests suggest.")
@with_appcontext
def report_command(
    period: str, pdf: Path | None, json_file: Path | None, csv_file: Path | None, zone: str | None
) -> None:
    """Count the report of PERIOD (2016-03, 2016-Q1 or 2016)."""
    schema.lay()
    count = _count(period, zone)
    if json_file:
        _write(json_file, (json.dumps(count.figures, indent=2, ensure_ascii=False) + "\n").encode())
    if csv_file:
        _write(csv_file, sheet.to_csv(count.figures).encode())
    if pdf:
        _write(pdf, _paper(count))
    if not (pdf or json_file or csv_file):
        click.echo(_summary(count.figures))


def _count(period: str, zone: str | None) -> Count:
    try:
        if zone:
            zone_named(zone)
        with reading():
            return counts.count_period(period, now=now(), portal_zone=current_app.config["TIME_ZONE"], zone=zone)
    except (NoSuchPeriod, ValueError) as reason:
        raise click.ClickException(str(reason)) from reason


def _paper(count: Count) -> bytes:
    try:
        return paper.print_report(count)
    except CannotPrint as reason:
        raise click.ClickException(str(reason)) from reason


def _write(path: Path, data: bytes) -> None:
    try:
        with click.open_file(str(path), "wb") as file:
            file.write(data)
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror}.") from error


def _summary(figures: dict[str, Any]) -> str:
    """The main figures, one a line."""
    partial = ", not over yet" if figures["partial"] else ""
    head = f"{figures['period']}{partial}, counted in {figures['time_zone']}, known up to {figures['as_of']}"
    return "\n".join([head, *(_line(key, figures["indicators"][key]) for key in SUMMARY), _signals(figures)])


def _line(key: str, indicator: dict[str, Any]) -> str:
    words = key.replace("_", " ")
    value, unit = indicator["value"], indicator["unit"]
    if value is None:
        return f"  {words:<28} –"
    if unit == "requests":
        return f"  {words:<28} {value:,}"
    if unit == "hours":
        return f"  {words:<28} {value:,.2f} h (n {indicator['n']:,})"
    interval = f"{indicator['low']:.1%} to {indicator['high']:.1%}"
    return f"  {words:<28} {value:.1%} (n {indicator['n']:,}; {interval})"


def _signals(figures: dict[str, Any]) -> str:
    found = [row["label"] for row in figures["tables"]["by_week"] if row["signal"]]
    return f"  weeks outside the limits     {', '.join(found) or 'none'}"
