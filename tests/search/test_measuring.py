"""Suggestions on real texts, beside plain full text."""

from __future__ import annotations

import csv
import lzma
from pathlib import Path
from random import Random

import pytest
from flask import Flask

from portal.imports.texts import suggestions_group
from portal.search.measuring import Written, measure, near_twins


def test_near_twins_share_most_words_of_their_bodies(app: Flask) -> None:
    texts = [
        Written("One", "the printer in the hall makes noise"),
        Written("Two", "The PRINTER in a hall makes noise"),
        Written("Three", "the printer is gone"),
        Written("Four", "printer"),
        Written("Five", "printer"),
        Written("Six", ""),
    ]
    assert near_twins(texts) == {0: {1}, 1: {0}}


def test_twins_are_all_those_that_comparing_each_with_each_finds(app: Flask) -> None:
    dice = Random(4)
    texts = [Written("", " ".join(dice.choices("abcdefghijkl", k=dice.randint(1, 9)))) for _ in range(120)]
    bodies = [frozenset(one.body.split()) for one in texts]
    expected = {
        (a, b)
        for a in range(120)
        for b in range(120)
        if a != b
        and min(len(bodies[a]), len(bodies[b])) >= 3
        and len(bodies[a] & bodies[b]) / len(bodies[a] | bodies[b]) >= 0.6
    }
    assert {(a, b) for a, others in near_twins(texts).items() for b in others} == expected


def test_the_command_says_both_shares(app: Flask, tmp_path: Path) -> None:
    file, mapping = tmp_path / "texts.csv", tmp_path / "texts.toml"
    file.write_text("subject;words\nPrinter loud;the printer in the hall makes noise\n"
                    "Loud printer;a printer in the hall makes noise\n;nothing to do with it at all\n")  # fmt: skip
    mapping.write_text('[file]\ndelimiter = ";"\n[columns]\ntitle = "subject"\nbody = "words"\n')
    done = app.test_cli_runner().invoke(suggestions_group, ["measure", str(file), "--map", str(mapping)])
    assert done.exit_code == 0, done.output
    assert "Texts: 3; with a near twin (bodies alike by 0.6 or more): 2" in done.output
    assert done.output.count("1.0000 (2 of 2; 95 % interval 0.3424 to 1.0000)") == 2
    wrong = app.test_cli_runner().invoke(suggestions_group, ["measure", str(file)])
    assert wrong.exit_code == 1
    assert "no column “title”" in wrong.output


@pytest.mark.real_data
@pytest.mark.slow
def test_real_texts_find_their_twins_at_least_as_often_as_plain_full_text(app: Flask, real_data: Path) -> None:
    with lzma.open(real_data / "endava_all_tickets_part.csv.xz", "rt", newline="") as lines:
        texts = [Written(row["title"], row["body"]) for row in csv.DictReader(lines)]
    assert len(texts) == 5431
    for part in (texts, *(Random(seed).sample(texts, 2000) for seed in range(3))):
        measured = measure(part, most=400)
        assert measured.ours.n > 100
        assert measured.ours.x >= measured.plain.x
