"""The pages of one notice: as it is read, as it is worked on, and as the second pair of eyes sees it."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.extensions import db
from portal.notices import actions, audience, letters, queries
from portal.notices.forms import SendBackForm, VersionForm, WordsForm
from portal.notices.models import Notice
from portal.notices.panels import panels_of
from portal.notices.states import CONCERNED, RELEASED
from portal.notices.words import KIND_WORDS, STATE_WORDS, first_up, when_words
from portal.people.visitor import viewer
from portal.refusal import Refusal
from portal.web.page import page


def notice_page(notice: Notice, *, refusal: Refusal | None = None) -> Response:
    form = VersionForm(formdata=None)
    if refusal:
        form.refuse(refusal)
    return page(
        "notices/show.html",
        form.status,
        notice=notice,
        form=form,
        services=queries.services_in(viewer(), notice),
        updates=queries.what_happened(notice),
        standing=audience.standing(viewer(), notice),
        kind_words=KIND_WORDS,
        when=first_up(when_words(notice)),
    )


def work_page(notice: Notice, form: WordsForm, *, refusal: Refusal | None = None) -> Response:
    if refusal:
        db.session.rollback()
        form.refuse(Refusal(refusal.reason))
    return page(
        "notices/work.html",
        refusal.status if refusal else form.status,
        notice=notice,
        form=form,
        steps=queries.what_happened(notice, all_of_it=True),
        broadcasts=audience.broadcasts_of(notice),
        panels=panels_of(notice),
        kind_words=KIND_WORDS,
        state_words=STATE_WORDS,
        when=when_words(notice),
    )


def release_page(
    notice: Notice, form: VersionForm, *, back: SendBackForm | None = None, refusal: Refusal | None = None
) -> Response:
    """Everything that the second pair of eyes should see: the words, how many are told, and the mail as it is sent."""
    back = back or SendBackForm(formdata=None)
    if refusal:
        db.session.rollback()
        form.refuse(Refusal(refusal.reason))
    return page(
        "notices/release.html",
        refusal.status if refusal else max(form.status, back.status),
        notice=notice,
        form=form,
        back=back,
        number=audience.how_many_told_first(notice),
        letter=letters.letter(notice, RELEASED, "", to=viewer(), why=CONCERNED),
        why_not=actions.why_not_released_by(notice, viewer()),
        kind_words=KIND_WORDS,
        state_words=STATE_WORDS,
        when=when_words(notice),
    )
