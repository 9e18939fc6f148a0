"""A worker killed with −9 in the middle of its round: nobody is forgotten, and nobody mailed twice under two names."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime

from flask import Flask

from portal.extensions import db
from portal.mail.delivery import TAKEN_FOR
from portal.mail.models import OutboxMessage
from portal.web.moment import now
from tests.conftest import ROOT
from tests.mail.conftest import PostOffice, a_letter

LETTERS = 120
KILLS = 3
WORKER = """
import sys
from datetime import datetime
from pathlib import Path
from portal import create_app
from portal.mail.background import configured_server
from portal.mail.delivery import deliver_waiting
folder, url, at = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])
app = create_app({"DATA_DIR": folder, "SQLALCHEMY_DATABASE_URI": url})
with app.app_context():
    while any(deliver_waiting(configured_server(), at=at)):
        pass
"""


def test_letters_outlive_a_worker_that_is_killed(app: Flask, office: PostOffice) -> None:
    for number in range(LETTERS):
        a_letter(f"cause{number}", to_address=f"reader{number}@example.com", at=now())
    db.session.remove()
    at = now()
    for round_ in range(KILLS):
        worker = _start(app, office.port, at)
        enough = (round_ + 1) * LETTERS // (KILLS + 1)
        until = time.monotonic() + 60
        while len(office.raw) < enough and worker.poll() is None and time.monotonic() < until:
            time.sleep(0.001)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(30)
        # What the dead worker held is free again after a while.
        at += TAKEN_FOR * 2
    last = _start(app, office.port, at)
    assert last.wait(120) == 0
    assert db.session.query(OutboxMessage).filter_by(sent_at=None).count() == 0
    copies = Counter((to[0], mail["Message-ID"]) for (to, _raw), mail in zip(office.raw, office.letters, strict=True))
    assert len(copies) == LETTERS and len({to for to, _number in copies}) == LETTERS
    assert sum(copies.values()) <= LETTERS + KILLS


def _start(app: Flask, port: int, at: datetime) -> subprocess.Popen[bytes]:
    folder, url = app.config["DATA_DIR"], app.config["SQLALCHEMY_DATABASE_URI"]
    settings = {"PORTAL_SMTP_HOST": "127.0.0.1", "PORTAL_SMTP_PORT": str(port), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), url, at.isoformat()],
        env={**os.environ, **settings},
        cwd=ROOT,
    )
