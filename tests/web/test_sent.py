"""A form that is sent twice does its deed once."""

from __future__ import annotations

from flask import Flask

from portal.extensions import db
from portal.once import settle
from portal.people.models import Segment
from portal.web.forms import CreatingForm
from portal.web.sent import sent_before


def test_the_second_try_leads_where_the_first_one_led_and_does_nothing(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"once": "one-key"}):
        form = CreatingForm()
        assert sent_before(form) is None
        settle(form.once.data, "/requests/REQ-1001")
        db.session.commit()
        db.session.add(Segment(slug="staff", name="Staff"))
        again = sent_before(form)
        assert again is not None and (again.status_code, again.location) == (303, "/requests/REQ-1001")
        assert db.session.query(Segment).count() == 0
