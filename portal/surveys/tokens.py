"""The secret links of cases. They are derived, so writing an invitation again writes the same link; only digests are
kept, and without the portal's secret nobody can derive one."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app


def token_of(case_id: int) -> str:
    """The secret of a case's link: 256 bits, as 43 characters that may stand in an address."""
    secret = current_app.config["SECRET_KEY"].encode()
    mac = hmac.new(secret, f"survey answer link of case {case_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")
