"""Whom a notice concerns, and that nobody else sees anything of it anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from portal.catalogue.models import Service
from portal.extensions import db
from portal.notices import audience, queries
from portal.notices.devices import fits
from portal.notices.models import Notice
from portal.people.models import Person, Segment
from portal.search.models import Document
from portal.search.queries import about
from portal.web.moment import now
from tests.builders import a_person, a_segment, a_service
from tests.notices.board import addresses, planned, released, told
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@dataclass
class Company:
    """Two groups, a person with and one without the device in each, and a service for each and for all."""

    finance: Segment = field(default_factory=lambda: a_segment("Finance"))
    plant: Segment = field(default_factory=lambda: a_segment("Plant"))

    def __post_init__(self) -> None:
        dell = "Dell OptiPlex 7070"
        self.fin = a_person("Fin", segment=self.finance)
        self.fin_dell = a_person("Fin Dell", segment=self.finance, device=dell)
        self.plant_one = a_person("Plant", segment=self.plant)
        self.plant_dell = a_person("Plant Dell", segment=self.plant, device=f"{dell} tower")
        self.nowhere = a_person("Nowhere", device="HP 7070")
        self.everyone = [self.fin, self.fin_dell, self.plant_one, self.plant_dell, self.nowhere]
        self.mail = a_service("Mail")
        self.books = a_service("Books", for_segments=[self.finance])


def names(people: list[Person]) -> set[str]:
    return {person.name for person in people}


CASES: dict[str, tuple[Callable[[Company], dict[str, Any]], set[str], set[str]]] = {
    "nothing is named": (lambda c: {}, {"*"}, {"*"}),
    "a group": (lambda c: {"segments": [c.finance]}, {"Fin", "Fin Dell"}, {"Fin", "Fin Dell"}),
    "a person": (lambda c: {"people": [c.plant_one]}, {"Plant"}, {"Plant"}),
    "a device": (lambda c: {"devices": ["OptiPlex 7070"]}, {"Fin Dell", "Plant Dell"}, {"Fin Dell", "Plant Dell"}),
    "a service for all": (lambda c: {"services": [c.mail]}, {"*"}, {"*"}),
    "a service of a group": (lambda c: {"services": [c.books]}, {"Fin", "Fin Dell"}, {"Fin", "Fin Dell"}),
    "two services": (lambda c: {"services": [c.books, c.mail]}, {"*"}, {"*"}),
    "a group and a device": (
        lambda c: {"segments": [c.finance], "devices": ["7070"]},
        {"Fin", "Fin Dell"},
        {"Fin Dell"},
    ),
    "a service and a device": (
        lambda c: {"services": [c.mail], "devices": ["dell"]},
        {"*"},
        {"Fin Dell", "Plant Dell"},
    ),
    "a group and a person outside": (
        lambda c: {"segments": [c.finance], "people": [c.plant_one]},
        {"Fin", "Fin Dell", "Plant"},
        {"Fin", "Fin Dell", "Plant"},
    ),
    "a person and a service": (lambda c: {"people": [c.fin], "services": [c.mail]}, {"Fin"}, {"Fin"}),
    "a person and a device": (
        lambda c: {"people": [c.fin], "devices": ["hp 7070"]},
        {"Fin", "Nowhere"},
        {"Fin", "Nowhere"},
    ),
    "a group that may not ask for the service": (
        lambda c: {"segments": [c.plant], "services": [c.books]},
        set(),
        set(),
    ),
    "everything": (
        lambda c: {"segments": [c.finance], "services": [c.books], "devices": ["OptiPlex"], "people": [c.nowhere]},
        {"Fin", "Fin Dell", "Nowhere"},
        {"Fin Dell", "Nowhere"},
    ),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("case", sorted(CASES))
def test_who_reads_and_who_is_told(app: Flask, case: str) -> None:
    company = Company()
    named, reading, concerned = CASES[case]
    notice = released(**named(company))
    everyone = names(company.everyone)
    reading, concerned = (everyone if "*" in one else one for one in (reading, concerned))
    # Asked from both sides: what each person finds, and whom the notice finds.
    assert {one.name for one in company.everyone if queries.find_notice(one, notice.reference)} == reading
    assert {one.name for one in company.everyone if queries.concerning_now(one, at=now())} == concerned
    assert people_where(audience.readers_of(notice)) & everyone == reading
    assert people_where(audience.concerned_by(notice)) & everyone == concerned
    assert set(told()) & set(addresses(*company.everyone)) == {
        one.email for one in company.everyone if one.name in concerned
    }
    # The index knows groups only: it never shows more than may be read, and nothing of what goes by name.
    found = {one.name for one in company.everyone if indexed(one, company, notice)}
    assert found <= reading
    assert not (notice.reach == "named" and db.session.query(Document).count())


def people_where(condition: Any) -> set[str]:
    return set(db.session.scalars(db.select(Person.name).where(condition)))


def indexed(person: Person, company: Company, notice: Notice) -> bool:
    slugs = [company.mail.slug, company.books.slug]
    return any(
        one.key == notice.reference for slug in slugs for one in about(person, slug, kinds=["incident"], at=now())
    )


def test_what_is_for_a_group_is_nowhere_for_others(app: Flask, visitor: Browser) -> None:
    company = Company()
    company.mail.name = "Mail"
    incident = released(title="Ledger is down", segments=[company.finance], services=[company.mail])
    work = planned(title="Ledger moves", segments=[company.finance], services=[company.mail])
    stranger, reader = visitor(company.plant_one), visitor(company.fin)
    service = f"/notices/services/{company.mail.slug}"
    for address in ("/notices", "/", service, "/search?q=ledger", f"/services/{company.mail.slug}"):
        assert "Ledger" not in stranger.get(address).words, address
    for address in ("/notices", "/", service, "/search?q=ledger", f"/services/{company.mail.slug}"):
        assert "Ledger" in reader.get(address).words, address
    for notice in (incident, work):
        stranger.get(f"/notices/{notice.reference}", expect=404)
        stranger.get(f"/notices/{notice.reference}/leave", expect=404)
        for deed in ("me-too", "not-me", "join", "leave"):
            stranger.post(f"/notices/{notice.reference}/{deed}", expect=404)
    assert set(told()) == set(addresses(company.fin, company.fin_dell))


def test_a_service_that_one_may_not_ask_for_cannot_be_followed(app: Flask, visitor: Browser) -> None:
    company = Company()
    stranger = visitor(company.plant_one)
    stranger.get(f"/notices/services/{company.books.slug}", expect=404)
    stranger.post(f"/notices/services/{company.books.slug}/subscribe", expect=404)
    assert company.books.name not in stranger.get("/notices").words


def test_somebody_who_follows_a_service_is_told_only_of_what_they_may_read(app: Flask, visitor: Browser) -> None:
    company = Company()
    visitor(company.plant_one).post(f"/notices/services/{company.mail.slug}/subscribe")
    released(segments=[company.finance], services=[company.mail])
    assert set(told()) == set(addresses(company.fin, company.fin_dell))


def test_a_person_who_is_named_sees_no_service_that_is_not_theirs(app: Flask, visitor: Browser) -> None:
    company = Company()
    notice = released(people=[company.plant_one], services=[company.books])
    page = visitor(company.plant_one).get(f"/notices/{notice.reference}")
    assert "Books" not in page.words


def test_when_a_service_is_for_fewer_what_can_be_found_follows(app: Flask) -> None:
    from portal.notices.background import keep_findable

    company = Company()
    notice = released(services=[company.mail])
    assert indexed(company.plant_one, company, notice)
    restrict(company.mail, company.finance)
    keep_findable()
    assert not indexed(company.plant_one, company, notice) and indexed(company.fin, company, notice)


def restrict(service: Service, segment: Segment) -> None:
    service.for_everyone, service.for_segments = False, [segment]
    db.session.commit()


@pytest.mark.parametrize(
    ("meant", "device", "so"),
    [
        ("OptiPlex 7070", "Dell OptiPlex 7070", True),
        ("optiplex-7070", "DELL OptiPlex 7070", True),
        ("707", "Dell OptiPlex 7070", False),
        ("Dell Latitude", "Dell OptiPlex 7070", False),
        ("", "Dell", False),
        ("!", "Dell", False),
        ("Dell", None, False),
    ],
)
def test_a_device_is_meant_when_it_has_all_the_words(meant: str, device: str | None, so: bool) -> None:
    assert fits(meant, device) is so
