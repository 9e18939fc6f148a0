"""Running the press: it is given a page and ends by itself, or is ended when it takes too long."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

from portal.press import press

log = logging.getLogger(__name__)

TIME_LIMIT = 90.0
PRESS = Path(press.__file__)


class CannotPrint(RuntimeError):
    """Why there is no PDF, in a sentence for the person who runs the portal."""


def run_press(order: dict[str, Any], *, by: Path = PRESS) -> bytes:
    """Make the PDF in a process of its own, which is ended when it takes too long."""
    try:
        made = subprocess.run(
            [sys.executable, str(by)],
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
