"""The store's housekeeping."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from portal.extensions import db
from portal.files.actions import forget_loose
from portal.jobs import every
from portal.web.moment import now


@every(3600)
def tidy_files() -> None:
    """Files of forms that were not finished within two days go; those of drafts go with them."""
    forget_loose(folder=current_app.config["DATA_DIR"], before=now() - timedelta(days=2), at=now())
    db.session.commit()
