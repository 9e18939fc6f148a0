"""What was typed for a service that is not offered any more goes on in the form of another; no word is lost."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.asking.open_form import typed_in
from portal.catalogue import queries as catalogue
from portal.catalogue.actions import SOMETHING_ELSE
from portal.extensions import db
from portal.people.visitor import viewer
from portal.refusal import Refusal
from portal.requests import drafts
from portal.requests.models import RequestDraft
from portal.web.moment import now
from portal.web.paging import whole_number


def elsewhere(slug: str) -> Response | None:
    """The way to the form where these words can still be sent; None when there are none."""
    draft = _with_what_was_sent(slug) if request.method == "POST" else _begun(slug)
    if draft is None:
        return None
    next_one = catalogue.successor_for(viewer(), draft.service)
    if next_one is None:
        next_one = catalogue.find_service(viewer(), SOMETHING_ELSE)
    if next_one is None:
        return None
    words = _("“%(old)s” is not offered to you any more. What you wrote is here: you can send it as “%(new)s”.")
    flash(words % {"old": draft.service.name, "new": next_one.name})
    return redirect(url_for("asking.ask", slug=next_one.slug, draft=draft.id), 303)


def _begun(slug: str) -> RequestDraft | None:
    draft = drafts.find_draft(viewer(), whole_number(request.args.get("draft")))
    return draft if draft and draft.service.slug == slug else None


def _with_what_was_sent(slug: str) -> RequestDraft | None:
    """The draft of the form that was sent, with its newest words; a service that one may know of begins one."""
    draft = drafts.draft_of_form(viewer(), request.form.get("once"))
    service = draft.service if draft else catalogue.find_known(viewer(), slug)
    if service is None or service.slug != slug or service.state == "draft":
        return None
    try:
        number = drafts.save_draft(
            service=service,
            form_id=drafts.form_of(service, whole_number(request.form.get("version"))),
            once=request.form.get("once", ""),
            typed=typed_in(request.form),
            part=1,
            by=viewer(),
            at=now(),
        )
    except Refusal:
        db.session.rollback()
        return draft
    db.session.commit()
    return drafts.find_draft(viewer(), number)
