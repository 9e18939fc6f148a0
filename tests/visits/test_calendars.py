"""Visits as calendars know them: one thing that changes, never anything that a text made up."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from portal.people.models import Person
from portal.requests import watching
from portal.requests.models import ServiceRequest
from portal.visits import actions, calendar
from portal.visits.models import Visit
from tests.builders import TUESDAY_10, a_person, a_request
from tests.visitor import Visitor
from tests.visits.plans import a_plan, a_technician, a_visit, berlin, calendars_to, only_event

Browser = Callable[..., Visitor]


def test_an_invitation_says_when_where_and_who(app: Flask) -> None:
    customer, ben = a_person("Mira Sand", email="mira@example.com"), a_technician()
    visit = a_visit(a_request(customer), ben, brings="A toner")
    (invitation,) = calendars_to(customer)
    event = only_event(invitation)
    assert (str(invitation["VERSION"]), str(invitation["METHOD"])) == ("2.0", "REQUEST")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (berlin(10), berlin(12))
    assert event["DTSTAMP"].dt == TUESDAY_10 and event["SEQUENCE"] == 0
    assert str(event["SUMMARY"]) == f"Ben Roth of the helpdesk comes ({visit.request.reference})"
    assert str(event["LOCATION"]) == "3 East, desk 12"
    assert "A toner" in str(event["DESCRIPTION"])
    assert str(event["ATTENDEE"]) == "mailto:mira@example.com" and event["ATTENDEE"].params["CN"] == "Mira Sand"
    assert str(event["ORGANIZER"]).startswith("mailto:") and str(event["STATUS"]) == "CONFIRMED"
    assert event["UID"] == visit.uid


def test_moments_are_written_in_utc_and_long_lines_are_folded(app: Flask) -> None:
    visit = a_visit(place="ß" * 190, start=datetime(2026, 10, 26, 9, tzinfo=UTC))
    written = calendar.invitation(visit, visit.request.customer)
    assert "DTSTART:20261026T090000Z" in written
    assert written.endswith("END:VCALENDAR\r\n")
    assert max(len(line.encode()) for line in written.split("\r\n")) <= 75
    assert str(only_event(Calendar.from_ical(written))["LOCATION"]) == "ß" * 190


def test_each_update_has_the_same_name_and_a_higher_number(app: Flask) -> None:
    visit, desk = a_visit(), a_person(roles=("agent",))
    for hour in (13, 14):
        plan = a_plan(visit.technician, berlin(hour))
        actions.change_visit(visit, plan, version=visit.version, why="", by=desk, at=TUESDAY_10)
    actions.cancel_visit(visit, words="", by=desk, at=TUESDAY_10)
    got = calendars_to(visit.request.customer)
    assert [str(one["METHOD"]) for one in got] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert [only_event(one)["SEQUENCE"] for one in got] == [0, 1, 2, 3]
    assert {str(only_event(one)["UID"]) for one in got} == {visit.uid}
    assert str(only_event(got[-1])["STATUS"]) == "CANCELLED"


def test_no_calendar_names_another_reader(app: Flask) -> None:
    asked, watcher = a_request(), a_person(email="watcher@example.com")
    watching.watch(asked, watcher, by=asked.customer, at=TUESDAY_10)
    a_visit(asked)
    for person in (asked.customer, watcher):
        (invitation,) = calendars_to(person)
        assert str(only_event(invitation)["ATTENDEE"]) == f"mailto:{person.email}"


HOSTILE = [
    "Desk 3\r\nATTENDEE:mailto:evil@example.com",
    "Desk 3\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Free beer",
    "a\rURL:https://evil.example\r",
    "x\u2028X-EVIL:1\u2029Y",
    "\u202egnp.exe\x0b\x0c\x1c\x85next",
    'say "hi"; then, colon: \\n end^nX',
    "😀 ß é " * 30,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_somebody_typed_adds_no_property(app: Flask, text: str) -> None:
    customer = a_person(f"Eve {text}")
    visit = a_visit(a_request(customer, summary=text), a_technician(f"Ben {text}"), place=text, brings=text)
    for made in (
        calendar.invitation(visit, customer),
        calendar.cancellation(visit, customer),
        calendar.as_file(visit, customer),
    ):
        check_shape(made)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(max_size=120))
def test_no_text_at_all_adds_a_property(app: Flask, text: str) -> None:
    person = Person(id=1, name=text or "x", email="one@example.com")
    asked = a_request_in_memory(person, text)
    visit = Visit(
        request=asked, technician=person, technician_id=1, starts_at=berlin(10), ends_at=berlin(12), place=text,
        brings=text, state="planned", uid="one", sequence=0, changed_at=TUESDAY_10,
    )  # fmt: skip
    check_shape(calendar.invitation(visit, person))


def a_request_in_memory(person: Person, text: str) -> ServiceRequest:
    return ServiceRequest(id=1, customer=person, summary=text, details="", state="received", is_open=True)


def check_shape(written: str) -> None:
    """One event with one of each property that we write, and lines that end as the standard says."""
    assert "\n" not in written.replace("\r\n", "") and "\r" not in written.replace("\r\n", "")
    lines = written.replace("\r\n ", "").split("\r\n")
    assert not any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for line in lines for sign in line)
    event = only_event(Calendar.from_ical(written))
    ours = {"UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION", "STATUS", "URL"}
    assert set(event.keys()) <= ours | {"ORGANIZER", "ATTENDEE"}
    assert not any(isinstance(value, list) for value in event.values())
    assert len(event.walk("VALARM")) <= 1 and lines.count("BEGIN:VEVENT") == 1


def test_the_file_is_for_those_who_may_read_the_request(app: Flask, visitor: Browser) -> None:
    customer = a_person()
    visit = a_visit(a_request(customer))
    address = f"/visits/{visit.id}.ics"
    for reader in (customer, a_person(roles=("agent",)), visit.technician):
        answer = visitor(reader).get(address)
        assert answer.headers["Content-Type"].startswith("text/calendar")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "ATTENDEE" not in answer.html
        check_shape(answer.data.decode())
    for stranger in (a_person(), a_person(roles=("manager", "administrator"))):
        visitor(stranger).get(address, expect=404)
        visitor(stranger).get("/visits/999999.ics", expect=404)
        visitor(stranger).get(f"/visits/{'9' * 30}.ics", expect=404)


def test_a_cancelled_visit_says_so_in_its_file(app: Flask) -> None:
    visit = a_visit()
    actions.cancel_visit(visit, words="", by=visit.technician, at=TUESDAY_10 + timedelta(minutes=5))
    event = only_event(Calendar.from_ical(calendar.as_file(visit, visit.technician)))
    assert str(event["STATUS"]) == "CANCELLED" and event["SEQUENCE"] == 1
    assert str(event["SUMMARY"]) == f"Visit {visit.request.customer.name} ({visit.request.reference})"
    assert event["DTSTAMP"].dt == TUESDAY_10 + timedelta(minutes=5)
