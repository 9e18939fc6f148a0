"""The form of a notice, filled from what stands there, and what it says in turn."""

from __future__ import annotations

from typing import Any

from portal.notices import queries
from portal.notices.actions import Wording
from portal.notices.affected import devices_meant, people_meant, services_meant
from portal.notices.forms import NoticeForm, as_moment, as_typed, lines_of
from portal.notices.models import Notice
from portal.people.queries import segments


def notice_form(**values: Any) -> NoticeForm:
    form = NoticeForm(data=values)
    form.offer(segments())
    return form


def written(notice: Notice) -> dict[str, Any]:
    """What stands there, as the form has it."""
    return {
        "kind": notice.kind,
        "title": notice.title,
        "body": notice.body,
        "starts_at": as_typed(notice.starts_at),
        "ends_at": as_typed(notice.ends_at),
        "services": "\n".join(one.name for one in notice.services),
        "segments": [one.id for one in notice.segments],
        "devices": "\n".join(notice.devices),
        "people": "\n".join(one.email or "" for one in notice.people),
        "version": notice.version,
    }


def wording(form: NoticeForm) -> Wording:
    """What the form says, with the things that its words stand for."""
    return Wording(
        kind=form.kind.data,
        title=form.title.data,
        body=form.body.data,
        starts_at=as_moment(form.starts_at.data),
        ends_at=as_moment(form.ends_at.data),
        services=services_meant(lines_of(form.services.data)),
        segments=queries.segments_in(form.segments.data or []),
        people=people_meant(lines_of(form.people.data)),
        devices=devices_meant(lines_of(form.devices.data)),
    )
