"""The secret links of cases. They are derived, so writing an invitation again writes the same link; only digests are
kept, and without the portal's secret nobody can derive one."""

from __future__ import annotations

from portal.web.derived import secret_for


def token_of(case_id: int) -> str:
    """The secret of a case's link."""
    return secret_for(f"survey answer link of case {case_id}")
