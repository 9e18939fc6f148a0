"""The report on paper: the page is written here, the PDF is made by `press.py` in a process of its own."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from portal.reports import definitions, drawing, press, sheet, showing
from portal.reports.counts import Count, Figures
from portal.reports.faces import PAPER

log = logging.getLogger(__name__)

TIME_LIMIT = 90.0
MOST_ROWS = 300
PRESS = Path(press.__file__)


class CannotPrint(RuntimeError):
    """Why there is no PDF, in a sentence for the person who runs the portal."""


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


def run_press(order: dict[str, Any]) -> bytes:
    """Make the PDF in a process of its own, which is ended when it takes too long."""
    try:
        made = subprocess.run(
            [sys.executable, str(PRESS)],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotPrint(f"The PDF was not ready after {TIME_LIMIT:g} seconds.") from None
    complaints = made.stderr.decode(errors="replace").strip()
    if made.returncode == press.MISSING_LIBRARY:
        raise CannotPrint(
            "The library Pango is missing. On Debian: "
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        )
    if made.returncode:
        raise CannotPrint(
            f"The PDF could not be made: {complaints.splitlines()[-1] if complaints else 'no reason given'}"
        )
    if complaints:
        log.warning("while the PDF was made: %s", complaints)
    return made.stdout
