"""Names as parts of addresses."""

from __future__ import annotations

from portal.web.slugs import LONGEST_SLUG, free_slug, slug_of


def test_a_name_becomes_an_address() -> None:
    assert slug_of("Łódź: New keys", "service") == "lodz-new-keys"
    assert slug_of("…", "service") == "service"
    assert len(slug_of("a" * 59 + " " + "b" * 20, "service")) == LONGEST_SLUG - 1


def test_an_address_that_is_taken_gets_a_number() -> None:
    assert free_slug("keys", set()) == "keys"
    assert free_slug("keys", {"keys", "keys-2"}) == "keys-3"
