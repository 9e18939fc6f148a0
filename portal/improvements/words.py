"""How the register names its states and steps."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STATE_WORDS = {
    "proposed": _l("Proposed"),
    "approved": _l("Approved"),
    "in_progress": _l("In progress"),
    "on_hold": _l("On hold"),
    "monitoring": _l("Being watched"),
    "closed": _l("Closed"),
    "declined": _l("Declined"),
    "withdrawn": _l("Withdrawn"),
}

STEP_WORDS = {
    "approved": _l("Approve it"),
    "in_progress": _l("Work on it"),
    "on_hold": _l("Put it on hold"),
    "monitoring": _l("It is done: watch whether it works"),
    "declined": _l("Decline it"),
    "withdrawn": _l("Withdraw it"),
}
