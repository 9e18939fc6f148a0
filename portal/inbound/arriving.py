"""The door for mail, by whatever way it came: one transaction for each message."""

from __future__ import annotations

import logging

from flask import current_app
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from portal.extensions import db
from portal.inbound.actions import Office, keep_failed, take_in
from portal.web.crossing import crossed
from portal.web.moment import now

log = logging.getLogger(__name__)

KNOWN = "known"
"""The outcome of a message that came before."""
TRIES = 3


def configured_office() -> Office:
    """The portal's own addresses, secret and store, from the settings."""
    config = current_app.config
    own = [one for one in (config["REPLY_ADDRESS"], config["MAIL_FROM"]) if one]
    return Office(config["REPLY_ADDRESS"], tuple(own), config["SECRET_KEY"], config["DATA_DIR"], config["UPLOAD_LIMIT"])


def receive(raw: bytes) -> str:
    """Take a message in and commit; its outcome in a word.

    A database that is away is raised, because then the message must come again. Any other failure is ours: the message
    is kept for people to look at.
    """
    try:
        return _taken_in(raw)
    except OperationalError:
        db.session.rollback()
        raise
    except Exception as error:
        db.session.rollback()
        log.exception("a message could not be taken in")
        return _keep(raw, f"{type(error).__name__}: {error}")


def _taken_in(raw: bytes) -> str:
    """Once more when somebody changed the request at the same moment: what was written is read anew."""
    for _try in range(TRIES):
        try:
            return _take_in_and_commit(raw)
        except (StaleDataError, DBAPIError) as error:
            if not crossed(error):
                raise
            db.session.rollback()
    return _take_in_and_commit(raw)


def _take_in_and_commit(raw: bytes) -> str:
    row = take_in(raw, configured_office(), at=now())
    outcome = row.outcome if row else KNOWN
    db.session.commit()
    return outcome


def _keep(raw: bytes, reason: str) -> str:
    row = keep_failed(raw, reason, at=now())
    outcome = row.outcome
    db.session.commit()
    return outcome
