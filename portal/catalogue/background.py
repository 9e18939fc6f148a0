"""What is seen to in the offer."""

from __future__ import annotations

from flask import current_app

from portal.catalogue.actions import ensure_basics, reindex_services
from portal.catalogue.extending import extend_holidays
from portal.extensions import db
from portal.jobs import every
from portal.web.moment import now


@every(3600)
def keep_something_else() -> None:
    """There is always a service for what has none of its own, also in a portal that was filled by an import."""
    ensure_basics(zone=current_app.config["TIME_ZONE"], at=now())
    db.session.commit()


@every(6 * 3600)
def write_down_holidays() -> None:
    """Each new year, the holidays of another one."""
    extend_holidays(at=now())
    db.session.commit()


@every(3600)
def index_offer() -> None:
    """What an import or an older release brought is found too."""
    reindex_services(at=now())
    db.session.commit()
