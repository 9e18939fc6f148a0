"""What somebody typed about whom it concerns, turned into the things that are meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from flask_babel import gettext as _

from portal.catalogue.models import Service
from portal.notices import queries
from portal.people.models import Person
from portal.refusal import Refusal
from portal.web.folding import folded

MOST = 50


def services_meant(names: Sequence[str]) -> list[Service]:
    """The services with these names, whatever the case and accents."""
    _not_too_many(names, "services")
    found = queries.services_named(names)
    for name in names:
        if folded(name) not in found:
            raise Refusal(_unknown_service(name), field="services")
    return [found[folded(name)] for name in names]


def _unknown_service(name: str) -> str:
    known = {folded(one): one for one in queries.service_names()}
    near = get_close_matches(folded(name), known, n=1)
    if near:
        return _("There is no service called “%(name)s”. Do you mean “%(near)s”?", name=name, near=known[near[0]])
    return _("There is no service called “%(name)s”.", name=name)


def people_meant(addresses: Sequence[str]) -> list[Person]:
    """The people with these e-mail addresses."""
    _not_too_many(addresses, "people")
    found = queries.people_at(addresses)
    for address in addresses:
        if address.lower() not in found:
            raise Refusal(_("Nobody here has the address “%(address)s”.", address=address), field="people")
    return [found[address.lower()] for address in addresses]


def devices_meant(lines: Sequence[str]) -> list[str]:
    _not_too_many(lines, "devices")
    return list(lines)


def _not_too_many(lines: Sequence[str], field: str) -> None:
    if len(lines) > MOST:
        raise Refusal(_("Name at most %(most)s.", most=MOST), field=field)
