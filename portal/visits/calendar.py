"""A visit as calendars know it: an invitation, its updates, its end, and a file to keep (RFC 5545 and 5546)."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from flask_babel import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from portal.people.models import Person
from portal.visits.models import Visit
from portal.visits.states import CANCELLED
from portal.web.address import absolute, company, helpdesk_address

REMIND = timedelta(minutes=-15)


def invitation(visit: Visit, reader: Person) -> str:
    """For a reader's calendar; sent again with a higher sequence it takes the earlier one's place."""
    event = _event(visit, reader)
    _invite(event, reader)
    return _written("REQUEST", event)


def cancellation(visit: Visit, reader: Person) -> str:
    """Takes the visit out of a reader's calendar."""
    event = _event(visit, reader)
    _invite(event, reader)
    event["STATUS"] = vText("CANCELLED")
    return _written("CANCEL", event)


def as_file(visit: Visit, reader: Person) -> str:
    """To put into a calendar by hand. It asks for no answer, and names nobody's address."""
    return _written("PUBLISH", _event(visit, reader))


def _written(method: str, event: Event) -> str:
    calendar = Calendar()
    calendar.add("prodid", f"-//{_plain(company())}//Helpdesk//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _event(visit: Visit, reader: Person) -> Event:
    event = Event()
    event.add("uid", visit.uid)
    event.add("dtstamp", visit.changed_at)
    event.add("sequence", visit.sequence)
    event.add("dtstart", visit.starts_at)
    event.add("dtend", visit.ends_at)
    event.add("summary", _plain(summary_of(visit, reader)))
    event.add("location", _plain(visit.place))
    event.add("description", _plain(_description(visit)))
    event.add("status", "CANCELLED" if visit.state == CANCELLED else "CONFIRMED")
    event.add("url", absolute(f"/requests/{visit.request.reference}"))
    event["ORGANIZER"] = _somebody(f"{company()} {_('Helpdesk')}", helpdesk_address())
    if visit.state != CANCELLED:
        event.add_component(_reminder(visit))
    return event


def summary_of(visit: Visit, reader: Person) -> str:
    """What stands in the calendar: who comes, or to whom one goes."""
    words = {"ref": visit.request.reference, "name": visit.request.customer.name, "who": visit.technician.name}
    if reader.id == visit.technician_id:
        return _("Visit %(name)s (%(ref)s)", **words)
    return _("%(who)s of the helpdesk comes (%(ref)s)", **words)


def _description(visit: Visit) -> str:
    lines = [visit.request.summary]
    if visit.brings:
        lines.append(_("They bring: %(what)s", what=visit.brings))
    return "\n".join(lines)


def _invite(event: Event, reader: Person) -> None:
    """The reader alone attends, and is asked for no answer."""
    attendee = _somebody(reader.name, reader.email or "")
    for name, value in (("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "ACCEPTED"), ("RSVP", "FALSE")):
        attendee.params[name] = vText(value)
    if reader.email:
        event.add("attendee", attendee, encode=False)


def _somebody(name: str, address: str) -> vCalAddress:
    one = vCalAddress("mailto:" + "".join(_plain(address).split()))
    # A quoted parameter has no way to hold a quotation mark that every calendar reads.
    one.params["CN"] = vText(" ".join(_plain(name).replace('"', "'").split()))
    return one


def _reminder(visit: Visit) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", REMIND)
    alarm.add("description", _plain(visit.place))
    return alarm


def _plain(text: str) -> str:
    """Without characters that end a line or steer what follows; a line break stays, the library writes it as such."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
