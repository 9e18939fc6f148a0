"""The two pages of asking: the form, and the check before it is sent. What stands beside them is fetched when shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.asking import open_form
from portal.asking.open_form import OpenForm
from portal.catalogue.promises import promise_now
from portal.files.arrivals import policy_in_words
from portal.people.models import Person
from portal.people.visitor import viewer
from portal.questions.rules import answered
from portal.requests.queries import open_of_service
from portal.search.queries import about
from portal.search.views import suggested
from portal.web.moment import now
from portal.web.page import page

KNOWN = ("incident", "maintenance", "article")


def ask_page(opened: OpenForm, status: int = 200, **more: Any) -> Response:
    """The form at its open step. `new`, `begun`, `taken` and `not_kept` are what there is to say above it."""
    return page(
        "asking/ask.html",
        status,
        service=opened.service,
        form=opened.form,
        opened=opened,
        titles=open_form.titles(opened.parts, _("Your request")),
        promise=promise_now(opened.service, now()),
        policy=policy_in_words(),
        known=_known(opened),
        readers=_colleagues(opened, viewer()),
        **{"new": (), "begun": (), "taken": None, "not_kept": "", **more},
    )


def check_page(opened: OpenForm, customer: Person) -> Response:
    """Everything once more, as it will be sent."""
    return page(
        "asking/check.html",
        service=opened.service,
        form=opened.form,
        opened=opened,
        customer=customer if customer.id != viewer().id else None,
        answers=answered(opened.questions, opened.answers),
        titles=open_form.titles(opened.parts, _("Your request")),
        promise=promise_now(opened.service, now()),
        known=_known(opened),
        readers=_colleagues(opened, customer),
        asked_already=open_of_service(viewer(), opened.service),
    )


def _colleagues(opened: OpenForm, customer: Person) -> str:
    """Who reads it beside those it is between, in words; '' when nobody does."""
    if not opened.service.shared_with_department or customer.department is None:
        return ""
    return _("everybody in %(department)s", department=customer.department.name)


def _known(opened: OpenForm) -> Callable[[], dict[str, Any]]:
    """What is known about this service, and about the words in the form once there are some."""

    def look() -> dict[str, Any]:
        typed, slug = opened.form.summary.data or "", opened.service.slug
        near: dict[str, Any] = suggested(typed, slug) if typed else {"suggestions": [], "me_too": False}
        named = {(one.kind, one.key) for one in near["suggestions"]}
        documents = about(viewer(), slug, kinds=KNOWN, at=now(), size=6)
        return {**near, "about": [one for one in documents if (one.kind, one.key) not in named]}

    return look
