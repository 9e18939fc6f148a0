"""A mapping is checked whole before a row is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.imports.mapping import read_mapping
from portal.imports.offer import read_offer_mapping
from portal.imports.sections import MappingError
from tests.imports.conftest import MAPPINGS, PLAIN, a_mapping


def problems(text: str) -> list[str]:
    with pytest.raises(MappingError) as error:
        a_mapping(text)
    return error.value.problems


OF_SERVICES = {"lgsl.toml"}


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.toml")), ids=lambda path: path.name)
def test_every_example_in_the_manual_is_valid(path: Path) -> None:
    read = read_offer_mapping if path.name in OF_SERVICES else read_mapping
    assert read(path, portal_zone="Europe/Berlin").source


def test_three_columns_are_enough() -> None:
    mapping = a_mapping()
    assert mapping.used_columns == ("no", "opened", "what")
    assert mapping.zone == "Europe/Berlin"
    assert not mapping.live


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ("[time]\nformats = 'iso'", "[time] formats is not known; did you mean “format”?."),
        ("[tme]\nformat = 'iso'", "tme is not known; did you mean “time”?."),
        ("[values.status]\nNew = 'received'", "[values] status is not known"),
        ("[values.state]\nNew = 'recieved'", "[values.state] “New” must be one of: received"),
        ("[values.priority]\nHigh = 5", "[values.priority] “High” must be one of: 1, 2, 3, 4."),
        ("[time]\nformat = 'dd.mm.yyyy'", "[time] format “dd.mm.yyyy” is not known"),
        ("[time]\nzone = 'Berlin'", "[time] There is no time zone named “Berlin”."),
        ("[file]\nencoding = 'utf-9'", "[file] encoding “utf-9” is not an encoding."),
        ("[file]\nencoding = 'hex'", "[file] encoding “hex” is not an encoding of text."),
        ("[file]\ndelimiter = ';;'", "[file] delimiter must be one character."),
        ("[rows]\nmean = 'events'", "[rows] mean = “events” needs an order"),
        ("[history]\nat = 'changed'", "[history] is only for"),
        ("[first_answer]\nat = 'opened'", "[first_answer.where] must say which words make a row an answer."),
        ("[rows]\nfirst = ['opened_at']", "[rows] first is only for"),
        ("[sentences]\nsummary = 'x'", "“summary” is said in more than one of: [columns], [sentences]"),
        ("[fixed]\nstate = 'done'", "[fixed] state must be one of"),
        ("[services]\nlive = 'yes'", "[services] live must be true or false."),
        ("[hours]\nwindows = ['weekdays 8-17']", "is not like “mon-fri 08:00-17:00”"),
        ("[hours]\nwindows = ['mon 08:00-12:00', 'mon 11:00-17:00']", "overlap"),
        ("[values.target_met]\ntrue = 'y'\nfalse = 'y'", "“y” means both true and false"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(added: str, complaint: str) -> None:
    assert any(complaint in problem for problem in problems(PLAIN + added)), problems(PLAIN + added)


def test_all_problems_are_said_at_once() -> None:
    found = problems("source = 'portal'\n[columns]\nreferense = 'no'\n[time]\nzon = 'UTC'")
    assert len(found) == 3
    assert "did you mean “reference”" in "\n".join(found)


def test_what_is_needed_is_asked_for() -> None:
    assert problems("source = 'x'\n[columns]\nreference = 'no'") == [
        "[columns] must say which column is the opened_at.",
        "[columns] must say which column is the summary.",
    ]


def test_a_state_column_needs_its_words() -> None:
    assert "[values.state]" in problems(PLAIN + "state = 'status'")[0]


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text("source = uci")
    with pytest.raises(MappingError, match="not valid TOML"):
        read_mapping(path, portal_zone="UTC")
