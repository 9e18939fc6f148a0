"""Words are compared without case and accents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.folding import folded


@pytest.mark.parametrize(
    ("written", "compared"),
    [("Łódź", "lodz"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Ærø", "aero"), ("Ångström", "angstrom")],
)
def test_case_and_accents_play_no_part(written: str, compared: str) -> None:
    assert folded(written) == compared


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
