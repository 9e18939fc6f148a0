"""The secret links of approvals. They are derived, so a reminder writes the same link again; only digests are kept."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app


def token_of(approval_id: int, person_id: int) -> str:
    """The secret of one person's link to one approval: 256 bits, as 43 characters that may stand in an address."""
    secret = current_app.config["SECRET_KEY"].encode()
    mac = hmac.new(secret, f"approval {approval_id} by person {person_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")
