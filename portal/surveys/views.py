"""Pages: answering by a secret link, not being asked, and results."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.people.visitor import viewer
from portal.surveys import actions, answers, queries
from portal.surveys.export import responses_csv
from portal.surveys.forms import SCORES, AnswerForm
from portal.surveys.letters import who_reads
from portal.surveys.models import COMMENT, IDENTIFIED, OVERALL, SurveyWave
from portal.surveys.results import Group, overview, results_of
from portal.web.access import may, public, signed_in, viewer_may
from portal.web.forms import PortalForm
from portal.web.headers import keep_secret
from portal.web.moment import now
from portal.web.page import page

room = Blueprint("surveys", __name__)

COMMENTS_ON_A_PAGE = 20
NOBODY = ""
"""The slug of no group at all."""


# --- answering ----------------------------------------------------------------------------------------------------


@room.get("/answer/<token>")
@public
def answer(token: str) -> Response:
    """Shows the question. Opening it records nothing, whoever or whatever opens it."""
    standing = queries.find_standing(token, at=now())
    if standing is None:
        return _no_question()
    form = AnswerForm(formdata=None)
    if standing.response:
        given = queries.answers_of(standing.response)
        form.score.data = str(given[OVERALL].value or "na")
        form.comment.data = given[COMMENT].text
    chosen = request.args.get("score")
    if chosen in SCORES:
        form.score.data = chosen
    return _question(standing, token, form, chosen=chosen in SCORES)


@room.post("/answer/<token>")
@public
def send_answer(token: str) -> Response:
    standing = queries.find_standing(token, at=now())
    if standing is None:
        return _no_question()
    form = AnswerForm()
    if not form.validate():
        return _question(standing, token, form, status=422)
    recorded = actions.answer(token, form.points, form.comment.data or "", at=now(), found=standing)
    response = _thanks(token, standing.wave) if recorded else _no_question()
    db.session.commit()
    return response


def _thanks(token: str, wave: SurveyWave) -> Response:
    """Where the answer may be altered, the link itself says thank you; where not, the link has ended."""
    where = url_for("surveys.answer", token=token) if wave.may_be_altered else url_for("surveys.thanks")
    return keep_secret(redirect(where, 303))


def _question(
    standing: queries.Standing, token: str, form: AnswerForm, *, chosen: bool = False, status: int = 200
) -> Response:
    form.ask(queries.questions_of(standing.wave))
    context = {"standing": standing, "token": token, "form": form, "chosen": chosen}
    template = "surveys/given.html" if standing.response else "surveys/answer.html"
    return keep_secret(page(template, status, **context, who_reads=who_reads(standing.wave)))


def _no_question() -> Response:
    """The same for links that never were, have ended or are used up: a stranger learns nothing from it."""
    return keep_secret(page("surveys/no_question.html"))


@room.get("/answer/thanks")
@public
def thanks() -> Response:
    return page("surveys/thanks.html")


@room.get("/answer/<token>/stop")
@public
def stop(token: str) -> Response:
    """Asks first: only the buttons do anything. Looks the same for every link."""
    return keep_secret(page("surveys/stop.html", token=token))


@room.post("/answer/<token>/stop")
@public
def send_stop(token: str) -> Response:
    form = PortalForm()
    if not form.validate():
        return keep_secret(page("surveys/stop.html", 422, token=token, form=form))
    actions.refuse(token, for_good=request.form.get("what") == "all", at=now())
    db.session.commit()
    return keep_secret(redirect(url_for("surveys.stopped"), 303))


@room.get("/answer/stopped")
@public
def stopped() -> Response:
    return page("surveys/stopped.html")


@room.get("/surveys/about/<reference>")
@signed_in
def about(reference: str) -> Response:
    """From a request's page to its question, or to the answer that was given, for the customer who asked."""
    invitation = queries.invitation_about(viewer(), reference, at=now())
    address = invitation.address if invitation else queries.answer_about(viewer(), reference, at=now())
    return keep_secret(redirect(address, 303)) if address else _no_question()


@room.get("/surveys/asking-me")
@signed_in
def asking_me() -> Response:
    """Whether I am asked after a request."""
    return page("surveys/asking_me.html", asked=not queries.has_opted_out(viewer().id))


@room.post("/surveys/asking-me")
@signed_in
def send_asking_me() -> Response:
    asked = request.form.get("asked") == "yes"
    actions.choose_to_be_asked(asked, by=viewer(), at=now())
    db.session.commit()
    flash(_("We ask you after your requests.") if asked else _("We do not ask you any more."))
    return redirect(url_for("surveys.asking_me"), 303)


# --- results ------------------------------------------------------------------------------------------------------


@room.get("/surveys")
@may("read survey results")
def index() -> Response:
    return page("surveys/index.html", rows=overview())


@room.get("/surveys/<slug>")
@may("read survey results")
def show(slug: str) -> Response:
    wave = queries.find_wave(slug) or abort(404)
    results = results_of(wave)
    by, wanted = _narrowing()
    group = results.find(by, wanted) if by and wanted else None
    figures = group.figures if group else results.figures
    if figures is None or (wanted is not None and group is None):
        return page("surveys/silent.html", wave=wave, narrowed=wanted is not None)
    return page(
        "surveys/show.html",
        wave=wave,
        results=results,
        figures=figures,
        group=group,
        by=by,
        labels=_labels(wave),
        **_comments(wave, by, group),
        **_what_readers_may(wave),
    )


@room.get("/surveys/<slug>.csv")
@may("read survey results")
def responses(slug: str) -> Response:
    wave = queries.find_wave(slug) or abort(404)
    by, wanted = _narrowing()
    by = by or ("segment" if request.args.get("by") == "segment" else "service")
    response = current_app.response_class(responses_csv(wave, by=by, slug=wanted), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{wave.slug}.csv"'
    return response


def _narrowing() -> tuple[str | None, str | None]:
    """(attribute, slug) of the part that is asked for. Two attributes at once would make tiny groups: none has that."""
    asked = [(by, request.args[by]) for by in ("service", "segment") if by in request.args]
    if not asked:
        return None, None
    return asked[0] if len(asked) == 1 else (asked[0][0], NOBODY)


def _labels(wave: SurveyWave) -> list[tuple[int, str]]:
    """The points of the scale with their words, best first."""
    categories = queries.questions_of(wave)[OVERALL].categories
    return [(one.value, one.label) for one in reversed(categories) if one.value is not None]


def _comments(wave: SurveyWave, by: str | None, group: Group | None) -> dict[str, Any]:
    """A page of comments, and where the next page begins."""
    found = answers.comments_of(
        wave,
        service_id=group.id if group and by == "service" else None,
        segment_id=group.id if group and by == "segment" else None,
        after=request.args.get("after"),
        size=COMMENTS_ON_A_PAGE + 1,
    )
    shown = found[:COMMENTS_ON_A_PAGE]
    return {"comments": shown, "after": shown[-1].response_id if len(found) > len(shown) else None}


def _what_readers_may(wave: SurveyWave) -> dict[str, bool]:
    """Names are for liaisons, and only where the customers were told so; improvements are for those who keep them."""
    return {
        "with_names": wave.mode == IDENTIFIED and viewer_may("run surveys"),
        "can_raise": "improvements.new" in current_app.view_functions and viewer_may("keep improvements"),
    }
