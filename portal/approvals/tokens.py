"""The secret links of approvals. They are derived, so a reminder writes the same link again; only digests are kept."""

from __future__ import annotations

from portal.web.derived import secret_for


def token_of(approval_id: int, person_id: int) -> str:
    """The secret of one person's link to one approval."""
    return secret_for(f"approval {approval_id} by person {person_id}")
