"""What incoming mail shows on a request's page."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.mail.queries import bounces_of
from portal.people.models import Person
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.panels import Panel, panel
from portal.requests.telling import Mark, says

MOST_SHOWN = 5


@says("mailed", Mark(_l("not proved"), "tag"))
def mailed(event: RequestEvent, name: str) -> str:
    return _("%(name)s is said to have sent a mail; that is not proved", name=name)


@panel("inbound")
def letters_that_came_back(request: ServiceRequest, viewer: Person, for_desk: bool) -> Panel | None:
    """For the desk: whom our letters do not reach."""
    returned = bounces_of(request.reference, size=MOST_SHOWN) if for_desk else ()
    return Panel("inbound/panel.html", {"letters": returned}) if returned else None
