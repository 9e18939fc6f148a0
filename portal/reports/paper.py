"""The report on paper: the page is written here, and the press makes the PDF of it."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from portal.press.running import run_press
from portal.reports import definitions, drawing, sheet, showing
from portal.reports.counts import Count, Figures
from portal.reports.faces import PAPER

MOST_ROWS = 300


def print_report(count: Count) -> bytes:
    """The PDF of these figures. The same figures give the same bytes."""
    return run_press(order_for(count.figures))


def order_for(figures: Figures) -> dict[str, Any]:
    """What the press needs: the page, words for its links, the figures as attachments."""
    stem = f"service-report-{figures['period']}"
    return {
        "html": write_page(figures),
        "labels": {anchor: _("Go to “%(part)s”", part=words) for anchor, words in parts()},
        "at": figures["as_of"],
        "attachments": [
            {"name": f"{stem}.csv", "description": _("All figures as a table"), "text": sheet.to_csv(figures)},
            {"name": f"{stem}.json", "description": _("All figures as data"), "text": json.dumps(figures, indent=1)},
        ],
    }


def parts() -> list[tuple[str, str]]:
    """The parts of the paper in order: (anchor, heading)."""
    return [
        ("figures", _("Every figure")),
        ("promises", _("Promises kept")),
        ("services", _("By service")),
        ("workload", _("Workload")),
        ("recurring", _("What comes again")),
        ("satisfaction", _("Satisfaction")),
        ("definitions", _("What the figures mean")),
    ]


def write_page(figures: Figures) -> str:
    """The whole report as HTML for paper."""
    # Rendered without what pages know of their visitor: a paper has none.
    return current_app.jinja_env.get_template("reports/paper.html").render(
        figures=figures,
        show=showing,
        face=PAPER,
        draw=drawing,
        parts=parts(),
        most=MOST_ROWS,
        notes=definitions.NOTES,
        words=definitions.DEFINITIONS,
        company=current_app.config["COMPANY"],
        language=current_app.config["LOCALE"].replace("_", "-"),
    )
