"""The page of several requests that were ticked in the queue, and what is done with all of them."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.once import settle
from portal.people import queries as people
from portal.people.visitor import viewer
from portal.queue import queries, saved, together
from portal.queue.blueprint import room
from portal.queue.keeping_forms import TogetherForm
from portal.queue.show_page import assign_form
from portal.queue.together import Outcome, Pick, picks_in
from portal.refusal import Refusal
from portal.web.access import may
from portal.web.moment import now
from portal.web.page import page
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before


@room.get("/queue/together")
@may("work the queue")
def chosen() -> Response:
    """What was ticked, and the deeds for it."""
    back = saved.query_of(saved.filters_of(request.args.get("back", "")))
    return _page(TogetherForm(None, to=0, team=0, back=back), picks_in(request.args.getlist("pick")))


@room.post("/queue/together")
@may("work the queue")
def work_together() -> Response:
    """Take or hand over all that was ticked; any other button only leads to the page with the deeds."""
    form = TogetherForm()
    assign_form(form)
    picks, deed = picks_in(request.form.getlist("pick")), form.deed.data
    if picks and deed not in ("take", "assign"):
        ticked = [("pick", f"{one.number}.{one.version}") for one in picks]
        return redirect(f"{url_for('queue.chosen')}?{urlencode([*ticked, ('back', form.back.data or '')])}", 303)
    if not form.validate():
        return _page(form, picks)
    if earlier := sent_before(form):
        return earlier
    with refusals_in(form):
        if not picks:
            raise Refusal(_("Tick at least one request in the queue first."))
        outcome = _done(form, picks)
        address = f"{url_for('queue.index')}?{saved.query_of(saved.filters_of(form.back.data or ''))}"
        settle(form.once.data, address)
        db.session.commit()
        flash(_told(deed, outcome))
        return redirect(address, 303)
    return _page(form, picks)


def _done(form: TogetherForm, picks: list[Pick]) -> Outcome:
    if form.deed.data == "take":
        return together.take_all(picks, by=viewer(), at=now())
    to = people.find_person(form.to.data) if form.to.data else None
    team = people.find_team(form.team.data) if form.team.data else None
    return together.assign_all(picks, to=to, team=team, why=form.why.data or "", by=viewer(), at=now())


def _told(deed: str | None, outcome: Outcome) -> str:
    """How many were done, and why the others were not."""
    count = len(outcome.done)
    if deed == "take":
        done = ngettext("You have taken %(num)s request.", "You have taken %(num)s requests.", count)
    else:
        done = ngettext("%(num)s request is handed over.", "%(num)s requests are handed over.", count)
    left = "; ".join(f"{reference}: {why}" for reference, why in outcome.left)
    return f"{done} {_('Not done: %(left)s.', left=left)}" if left else done


def _page(form: TogetherForm, picks: list[Pick]) -> Response:
    assign_form(form)
    versions = {pick.number: pick.version for pick in picks}
    rows = [(one, versions[one.id]) for one in queries.find_many(list(versions))]
    return page("queue/together.html", form.status, form=form, rows=rows)
