"""Secrets that are derived: links that were mailed long ago keep working."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.approvals import tokens as approvals
from portal.people import mail_off
from portal.surveys import tokens as surveys
from portal.web.derived import secret_for


@pytest.fixture(autouse=True)
def one_secret(app: Flask) -> None:
    app.config["SECRET_KEY"] = "the same secret in each of these tests"


def test_a_link_that_was_mailed_before_is_the_same_today() -> None:
    assert approvals.token_of(7, 12) == "OEfpcQbZD6SNkm64A_EFVBf_FewDRGXXwU8JEHDm-BU"
    assert surveys.token_of(7) == "qKwzRuRqLSJs5XYy-ImG1XRLkM_xsPqdKJXgEea49Hg"
    assert mail_off.token_of(12) == "aaaaadbljcti2q4cr7oqn4m2ymvozjttsy"


def test_another_purpose_or_another_portal_has_another_secret(app: Flask) -> None:
    first = secret_for("one purpose")
    assert secret_for("another purpose") != first
    app.config["SECRET_KEY"] = "the secret of another portal"
    assert secret_for("one purpose") != first
