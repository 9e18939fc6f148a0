"""`import services`: a list of services, and what a later edition of it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from portal.catalogue.models import Service, ServiceChange
from portal.extensions import db
from portal.imports.models import ImportRun
from portal.people.models import Segment
from portal.search.models import Document
from tests.builders import TUESDAY_10, a_person, a_request
from tests.imports.conftest import HERE, MAPPINGS

EXCERPT = HERE / "lgsl_excerpt.csv"
LGSL = MAPPINGS / "lgsl.toml"
PLAIN = """
source = "old-desk"
[columns]
reference = "no"
name = "name"
category = "shelf"
segments = "who"
"""
LIST = "no,name,shelf,who\n1,Printers,Things,\n2,Laptops,Things,Staff\n3,Keys,Doors,\n4,Rooms,Doors,\n"

Import = Callable[..., Result]


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Import:
    """Run the command on a list and a mapping; either may be given as text."""

    def run(rows: Path | str | bytes, mapping: Path | str = PLAIN, *options: str) -> Result:
        if not isinstance(rows, Path):
            (tmp_path / "list.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
            rows = tmp_path / "list.csv"
        if isinstance(mapping, str):
            (tmp_path / "map.toml").write_text(mapping, "utf-8")
            mapping = tmp_path / "map.toml"
        db.session.commit()
        args = ["import", "services", str(rows), "--map", str(mapping), *options]
        result = app.test_cli_runner().invoke(args=args, catch_exceptions=False)
        db.session.expire_all()
        return result

    return run


def service(reference: str) -> Service:
    return db.session.scalars(select(Service).filter_by(source_reference=reference)).one()


def counts(result: Result) -> dict[str, int]:
    """The table of counts, by its labels."""
    lines = [line.rsplit(None, 1) for line in result.output.splitlines() if not line.startswith((" ", "Row "))]
    return {line[0].lower(): int(line[1].replace(",", "")) for line in lines if len(line) == 2 and line[1].isdigit()}


def test_a_list_is_shown_first_and_brought_in_when_that_is_wanted(bring: Import) -> None:
    looked = bring(LIST)
    assert counts(looked)["added"] == 4
    assert "Say --yes to do it" in looked.output
    assert db.session.scalar(select(func.count()).select_from(Service)) == 0
    assert "Done." in bring(LIST, PLAIN, "--yes").output
    laptops = service("2")
    assert (laptops.slug, laptops.name, laptops.state, laptops.summary) == ("laptops", "Laptops", "live", "Laptops")
    assert laptops.category is not None and laptops.category.name == "Things"
    assert [one.name for one in laptops.for_segments] == ["Staff"]
    assert service("1").for_everyone
    assert laptops.hours_plan.name == "Desk hours"


def test_the_same_list_again_changes_nothing_and_says_so(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    again = bring(LIST, PLAIN, "--yes")
    assert counts(again)["unchanged"] == 4
    assert "nothing changed" in again.output
    assert db.session.scalar(select(func.count()).select_from(ImportRun)) == 1


def test_a_later_edition_adds_renames_changes_and_retires_and_leaves_requests_alone(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    keys = service("3")
    request = a_request(a_person(), keys, at=TUESDAY_10)
    later = "no,name,shelf,who\n1,Printing,Things,\n2,Laptops,Loans,\n4,Rooms,Doors,\n5,Phones,Things,\n"
    looked = bring(later)
    assert [counts(looked)[kind] for kind in ("added", "renamed", "changed", "retired", "unchanged")] == [1] * 5
    assert "renamed: 1 “Printers” → “Printing”" in looked.output
    assert "changed: 2 Laptops: category, segments" in looked.output
    bring(later, PLAIN, "--yes")
    assert (service("1").name, service("1").slug, service("1").summary) == ("Printing", "printers", "Printing")
    laptops = service("2")
    assert laptops.category is not None and laptops.category.name == "Loans" and laptops.for_everyone
    assert (service("3").state, service("5").state) == ("retired", "live")
    assert "not in the list of" in (service("3").retired_why or "")
    assert request.service_id == service("3").id
    assert not any(one.public for one in db.session.scalars(select(ServiceChange)))


def test_what_left_the_list_and_comes_back_is_offered_again(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    bring(LIST.replace("3,Keys,Doors,\n", ""), PLAIN, "--yes")
    back = bring(LIST, PLAIN, "--yes")
    assert counts(back)["came back"] == 1
    assert (service("3").state, service("3").retired_at, service("3").retired_why) == ("live", None, None)


def test_a_service_that_was_retired_here_is_not_brought_back_by_a_list(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    service("3").state = "retired"
    again = bring(LIST, PLAIN, "--yes")
    assert counts(again)["left alone"] == 1
    assert service("3").state == "retired"


def test_what_was_written_here_stays_unless_the_list_changes_it(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    service("1").summary, service("1").name = "Ours", "Our printers"
    assert "nothing changed" in bring(LIST, PLAIN, "--yes").output
    bring(LIST.replace("1,Printers,Things", "1,Printers,Paper"), PLAIN, "--yes")
    assert (service("1").name, service("1").summary) == ("Our printers", "Ours")


def test_the_search_follows_the_list(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    bring(LIST.replace("3,Keys,Doors,\n", "").replace("Rooms", "Halls"), PLAIN, "--yes")
    found = {one.key: one.title for one in db.session.scalars(select(Document).filter_by(kind="service"))}
    assert found["rooms"] == "Halls"
    assert "keys" not in found


def test_a_wrong_file_does_not_empty_the_catalogue(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    short = "no,name,shelf,who\n1,Printers,Things,\n"
    refused = bring(short, PLAIN, "--yes")
    assert refused.exit_code == 1
    assert "3 would retire" in refused.output
    assert counts(refused)["retired"] == 3
    assert service("2").state == "live"
    assert bring(short, PLAIN, "--yes", "--allow-retiring-most").exit_code == 0
    assert service("2").state == "retired"


@pytest.mark.parametrize("rows", ["", "no,name,shelf,who\n", "no,name,shelf,who\n,,,\n"])
def test_an_empty_list_is_refused(bring: Import, rows: str) -> None:
    bring(LIST, PLAIN, "--yes")
    assert bring(rows, PLAIN, "--yes", "--allow-retiring-most").exit_code == 1
    assert service("2").state == "live"


def test_rows_that_cannot_be_used_are_named_one_by_one(bring: Import, tmp_path: Path) -> None:
    rows = "no,name,shelf,who\n1,Printers,,\n1,Twice,,\n2,,,\n,None,,\n"
    rows += f"4,{'x' * 201},,\n5,a\x07b,,\n6,Short\n7,{'y' * 200},,\n"
    result = bring(rows, PLAIN, "--yes", "--errors", str(tmp_path / "errors.csv"))
    assert result.exit_code == 0
    assert counts(result)["added"] == 2
    for words in (
        "Row 3 (1): its reference stands already in row 2",
        "Row 4 (2): has no name",
        "Row 5: has no reference",
        "Row 6 (4): its name has 201 characters; 200 are the most",
        "Row 7 (5): its name holds a character that cannot be shown",
        "Row 8: 2 cells instead of 4",
    ):
        assert words in result.output
    assert len((tmp_path / "errors.csv").read_text().splitlines()) == 7


def test_a_broken_row_does_not_retire_its_service(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    assert counts(bring(LIST.replace("Keys", ""), PLAIN, "--yes"))["retired"] == 0
    refused = bring(LIST.replace("3,Keys,Doors,", "3,Keys"), PLAIN, "--yes")
    assert refused.exit_code == 1
    assert "it is not known which services are missing" in refused.output
    assert service("3").state == "live"


def test_a_name_that_is_taken_gets_an_address_of_its_own(bring: Import) -> None:
    bring(LIST, PLAIN, "--yes")
    bring(LIST, PLAIN.replace("old-desk", "other-desk"), "--yes")
    slugs = sorted(db.session.scalars(select(Service.slug).where(Service.source_reference == "1")))
    assert slugs == ["printers", "printers-2"]


def test_a_mapping_may_say_hours_targets_words_and_that_nothing_is_offered_yet(bring: Import) -> None:
    mapping = """
source = "old-desk"
[columns]
reference = "no"
name = "name"
segments = "who"
[name]
strip = ["How to get "]
[fixed]
summary = "We see to it."
category = "From the old desk"
[segments]
between = "/"
[values.segments]
"S" = ["Staff"]
"G" = ["Guests", "Visitors"]
"A" = []
[services]
live = false
[hours]
windows = ["mon-fri 08:00-17:00"]
in_words = "Monday to Friday, 08:00 to 17:00"
[targets]
first_answer_minutes = 60
resolution_minutes = 540
"""
    result = bring("no,name,who\n1,how to get a key,S/G\n2,Rooms,S/A\n3,Desks,X\n", mapping, "--yes")
    assert "Row 4 (3): segment “X” is not in the mapping's [values.segments]" in result.output
    key = service("1")
    assert (key.name, key.summary, key.state) == ("A key", "We see to it.", "draft")
    assert {one.name for one in key.for_segments} == {"Staff", "Guests", "Visitors"}
    assert service("2").for_everyone
    assert (key.first_answer_minutes, key.resolution_minutes) == (60, 540)
    assert key.hours_plan.in_words == "Monday to Friday, 08:00 to 17:00"
    assert db.session.scalar(select(func.count()).select_from(Segment)) == 3


def test_a_mapping_that_makes_no_sense_is_refused_with_every_reason(bring: Import) -> None:
    mapping = (
        "source = 'x'\n[columns]\nreferense = 'no'\n[targets]\nresolution_minutes = 0\n[hours]\nwindows = ['mon']\n"
    )
    result = bring(LIST, mapping)
    assert result.exit_code == 1
    for words in ("did you mean “reference”", "from 1 to 100,000", "is not like “mon-fri", "which column is the name"):
        assert words in result.output


def test_the_excerpt_of_a_real_list_comes_in(bring: Import) -> None:
    result = bring(EXCERPT, LGSL, "--yes")
    assert counts(result)["added"] == 29
    school = service("2")
    assert (school.name, school.slug) == ("Help with school clothing costs", "help-with-school-clothing-costs")
    assert school.category is not None and school.category.name == "Counties"


def test_a_later_edition_of_the_whole_real_list_is_followed(bring: Import, real_data: Path) -> None:
    lines = (real_data / "catalogue" / "lgsl_local_services_old.csv").read_text().splitlines()
    assert counts(bring("\n".join(lines), LGSL, "--yes"))["added"] == 254
    by_category = select(func.count()).select_from(Service).group_by(Service.category_id)
    assert sorted(db.session.scalars(by_category.where(Service.source == "lgsl"))) == [45, 94, 115]
    kept = [line.replace("school clothing", "school uniform") for line in lines if not line.startswith(("1,", "9,"))]
    later = [*kept, "90001,Find out about bicycle parking,all"]
    result = bring("\n".join(later), LGSL, "--yes")
    assert [counts(result)[kind] for kind in ("added", "renamed", "retired", "unchanged")] == [1, 1, 2, 251]
    assert service("2").slug == "help-with-school-clothing-costs"
    assert service("2").name == "Help with school uniform costs"
