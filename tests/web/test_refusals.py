"""What was refused, back in the form it came from."""

from __future__ import annotations

from flask import Flask
from wtforms import HiddenField, StringField

from portal.extensions import db
from portal.people.models import Segment
from portal.refusal import Conflict, Refusal
from portal.web.forms import PortalForm, version_sent
from portal.web.refusals import refusals_in


class NameForm(PortalForm):
    name = StringField("Name")
    version = HiddenField(default="7")


def test_what_is_refused_is_undone_and_said_at_its_field(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"name": "Staff", "version": "3"}):
        form = NameForm()
        with refusals_in(form):
            db.session.add(Segment(slug="staff", name="Staff"))
            raise Refusal("Choose another name.", field="name")
        assert db.session.query(Segment).count() == 0
        assert form.listed_errors() == [("name", "Choose another name.")]
        assert (form.status, form.version.data) == (422, "3")


def test_a_conflict_is_no_mistake_and_the_form_carries_what_stands_there_now(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"name": "Staff", "version": "3"}):
        form = NameForm()
        with refusals_in(form, lambda: 4):
            raise Conflict("Ada changed this.")
        assert (form.status, form.conflict, form.listed_errors()) == (409, "Ada changed this.", [])
        assert form.version.data == "4"


def test_a_form_sent_without_a_version_fits_no_row(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"name": "Staff"}):
        assert version_sent(NameForm()) == -1
    with app.test_request_context("/", method="POST", data={"name": "Staff", "version": "0"}):
        assert version_sent(NameForm()) == 0
