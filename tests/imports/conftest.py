"""What the tests of imports share: the excerpt, a mapping from plain words, and the command."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from portal.imports.incoming import Reduced
from portal.imports.mapping import MappingFile, parse_mapping
from portal.imports.reading import open_table
from portal.imports.reducing import reduce_rows

HERE = Path(__file__).resolve().parent
EXCERPT = HERE / "uci_excerpt.csv"
MAPPINGS = HERE.parent.parent / "docs" / "mappings"
UCI = MAPPINGS / "uci.toml"

Run = Callable[..., Result]

PLAIN = """
source = "old-desk"
[columns]
reference = "no"
opened_at = "opened"
summary = "what"
"""


def a_mapping(text: str = PLAIN, zone: str = "Europe/Berlin") -> MappingFile:
    return parse_mapping(tomllib.loads(text), portal_zone=zone)


def reduced(path: Path, mapping: MappingFile, **more: Any) -> Reduced:
    with open_table(path, mapping.layout, **more) as table:
        return reduce_rows(table, mapping)


@pytest.fixture
def reduce_text(tmp_path: Path) -> Callable[..., Reduced]:
    """Reduce a log given as text or bytes."""

    def run(log: str | bytes, mapping: str = PLAIN, zone: str = "Europe/Berlin") -> Reduced:
        path = tmp_path / "log.csv"
        path.write_bytes(log if isinstance(log, bytes) else log.encode())
        return reduced(path, a_mapping(mapping, zone))

    return run


@pytest.fixture
def run_import(app: Flask, tmp_path: Path) -> Run:
    """Run the command on a file and a mapping; either may be given as text."""

    def run(log: Path | str, mapping: Path | str = UCI, *options: str) -> Result:
        if isinstance(log, str):
            (tmp_path / "log.csv").write_text(log, "utf-8")
            log = tmp_path / "log.csv"
        if isinstance(mapping, str):
            (tmp_path / "map.toml").write_text(mapping, "utf-8")
            mapping = tmp_path / "map.toml"
        return app.test_cli_runner().invoke(
            args=["import", "requests", str(log), "--map", str(mapping), *options], catch_exceptions=False
        )

    return run
