"""What the offer tells the search beside its documents: what people often ask for."""

from __future__ import annotations

from portal.catalogue.queries import services_for
from portal.people.models import Person
from portal.search.sources import Found, popular

SHOWN = 5


@popular
def popular_services(viewer: Person) -> list[Found]:
    """Services to offer when nothing was found."""
    return [
        Found("service", one.slug, one.name, one.summary, f"/services/{one.slug}")
        for one in services_for(viewer, size=SHOWN)
    ]
