"""Forged hosts: no answer repeats the host that the visitor named."""

from __future__ import annotations

import pytest
from flask import Flask


@pytest.mark.parametrize("address", ["/requests//REQ-1", "/static//evil.example/x", "/answer//thanks"])
def test_a_doubled_slash_leads_to_no_forged_host(app: Flask, address: str) -> None:
    answer = app.test_client().get(address, base_url="http://evil.example")
    assert answer.status_code in {303, 404}
    assert "evil.example" not in answer.headers.get("Location", "")
