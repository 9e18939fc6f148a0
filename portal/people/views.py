"""Signing in and out, my profile, and the directory for administrators."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from portal.extensions import db, limiter
from portal.files.actions import path_of
from portal.jobs import enqueue
from portal.once import settle
from portal.people import actions, queries, standing_in, team_views, visitor
from portal.people.background import RESET_LINK
from portal.people.blueprint import room
from portal.people.forms import (
    AwayForm,
    ChangePasswordForm,
    ChangePersonForm,
    MailForm,
    NewPasswordForm,
    PersonForm,
    PictureForm,
    ResetForm,
    SignInForm,
)
from portal.people.mail_off import person_of
from portal.people.models import Person
from portal.people.pictures import drop_picture, find_picture, keep_picture
from portal.people.visitor import viewer
from portal.refusal import Conflict, Refusal
from portal.web.access import may, public, signed_in
from portal.web.headers import keep_secret
from portal.web.moment import now
from portal.web.one_click import ends_by_one_click, not_too_often
from portal.web.page import page
from portal.web.paging import cut, whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

__all__ = ["room", "team_views"]

DEVICE_COOKIE = "known"
PAGE_SIZE = 50


@room.before_app_request
def note_use() -> None:
    """A session that does something is seen; looking at pages writes nothing."""
    if request.method == "POST" and current_user.is_authenticated:
        actions.see_session(current_user.session_id, last_seen_at=current_user.last_seen_at, at=now())


@room.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Response:
    if current_user.is_authenticated and request.method != "POST":
        return redirect(url_for("home.index"), 303)
    form = SignInForm(next=request.args.get("next"))
    if not form.validate_on_submit():
        return page("people/sign_in.html", 422 if form.is_submitted() else 200, form=form)
    try:
        person = actions.check_sign_in(
            email=form.email.data or "",
            password=form.password.data or "",
            address=request.remote_addr or "",
            known_here=_known_here(),
            limit=current_app.config["SIGN_IN_LIMIT"],
            at=now(),
        )
    except Refusal as refusal:
        db.session.commit()
        form.refuse(refusal)
        return page("people/sign_in.html", refusal.status, form=form)
    return _signed_in(person, form.next.data)


def _signed_in(person: Person, wanted: str | None) -> Response:
    browser = request.user_agent.string
    visitor.start_session(person, browser=browser, address=request.remote_addr or "", at=now())
    db.session.commit()
    response = redirect(_own_address(wanted), 303)
    response.set_cookie(
        DEVICE_COOKIE,
        _signer().dumps(person.id),
        max_age=180 * 86400,
        httponly=True,
        secure=current_app.config["TLS"],
        samesite="Lax",
    )
    return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")


def _known_here() -> int | None:
    try:
        return int(_signer().loads(request.cookies.get(DEVICE_COOKIE, "")))
    except (BadSignature, TypeError, ValueError):
        return None


def _own_address(wanted: str | None) -> str:
    """Only a path of this portal; anything that could lead elsewhere leads home."""
    wanted = (wanted or "")[:2000]
    own = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return wanted if own else url_for("home.index")


@room.post("/sign-out")
@signed_in
def sign_out() -> Response:
    actions.end_session(viewer(), current_user.session_id)
    db.session.commit()
    visitor.end_session()
    flash(_("You are signed out."))
    return redirect(url_for("people.sign_in"), 303)


@room.route("/reset", methods=["GET", "POST"])
@public
@limiter.limit("20 per 15 minutes", methods=["POST"])
def forgotten() -> Response:
    form = ResetForm()
    if not form.validate_on_submit():
        return page("people/forgotten.html", 422 if form.is_submitted() else 200, form=form)
    # The same work for every address: writing the mail here would tell by its time who has an account.
    enqueue(RESET_LINK, {"email": form.email.data or ""}, at=now())
    db.session.commit()
    flash(_("If we know this address, a mail with a link is on its way. It works for two hours."))
    return redirect(url_for("people.sign_in"), 303)


@room.route("/reset/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30 per 15 minutes", methods=["POST"])
def reset(token: str) -> Response:
    person = actions.find_reset(token, at=now())
    if person is None:
        return keep_secret(page("people/reset_gone.html"))
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            actions.reset_password(person, new=form.new.data or "", at=now())
            db.session.commit()
            flash(_("Your new password is set. Sign in with it now."))
            return redirect(url_for("people.sign_in"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return keep_secret(page("people/reset.html", 422 if form.is_submitted() else 200, form=form, token=token))


@room.get("/me")
@signed_in
def me() -> Response:
    return _my_page(MailForm(None, how=viewer().mail_wanted))


def _my_page(mail_form: MailForm) -> Response:
    here = current_user.session_id
    # This browser first, so that it is among those that are not folded away.
    sessions = sorted(queries.sessions_of(viewer(), at=now()), key=lambda one: one.id != here)
    return page("people/me.html", mail_form.status, sessions=sessions, person=viewer(), here=here, mail_form=mail_form)


@room.post("/me/mail")
@signed_in
def mail_wanted() -> Response:
    form = MailForm()
    if form.validate():
        with refusals_in(form):
            actions.want_mail(viewer(), form.how.data)
            db.session.commit()
            flash(_how_mail_comes(viewer()))
            return redirect(url_for("people.me"), 303)
    return _my_page(form)


def _how_mail_comes(person: Person) -> str:
    return {
        "each": _("From now on you get a message for each thing that happens."),
        "digest": _("From now on you get one message a day, in the morning, when something happened."),
        "none": _(
            "From now on you get no mail about requests. Mail about your password still comes, and what somebody asks "
            "of you personally, such as a yes."
        ),
    }[person.mail_wanted]


@room.route("/mail-off/<code>", methods=["GET", "POST"])
@public
@ends_by_one_click
def mail_off(code: str) -> Response:
    """Looking changes nothing; the button, or one click in a mail program, ends mail about requests."""
    person = person_of(code) or abort(404)
    if request.method == "POST":
        not_too_often(code)
        actions.end_mail(person, at=now())
        db.session.commit()
    return keep_secret(page("people/mail_off.html", code=code, person=person))


@room.route("/me/away", methods=["GET", "POST"])
@signed_in
def away() -> Response:
    """Days away and who decides meanwhile, set by everybody for themselves."""
    form = AwayForm(data=AwayForm.of(viewer()))
    if form.validate_on_submit():
        with refusals_in(form):
            _plan_away(viewer(), form)
            db.session.commit()
            flash(_("Your days away and who stands in for you are saved."))
            return redirect(url_for("people.me"), 303)
    return page("people/away.html", form.status, form=form)


def _plan_away(person: Person, form: AwayForm) -> None:
    standing_in.plan_away(
        person,
        stand_in=form.stand_in.data or "",
        from_on=form.away_from_on.data,
        until_on=form.away_until_on.data,
        by=viewer(),
        at=now(),
    )


@room.route("/me/password", methods=["GET", "POST"])
@signed_in
def password() -> Response:
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            new, session_id = form.new.data or "", current_user.session_id
            actions.change_password(viewer(), current=form.current.data or "", new=new, session_id=session_id, at=now())
            db.session.commit()
            flash(_("Your password is changed. Your other browsers are signed out."))
            return redirect(url_for("people.me"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return page("people/password.html", 422 if form.is_submitted() else 200, form=form)


@room.route("/me/picture", methods=["GET", "POST"])
@signed_in
def my_picture() -> Response:
    form = PictureForm()
    if form.validate_on_submit():
        config = current_app.config
        with refusals_in(form):
            if not getattr(form.picture.data, "filename", ""):
                raise Refusal(_("Choose a picture first."), field="picture")
            keep_picture(viewer(), form.picture.data, folder=config["DATA_DIR"], limit=config["UPLOAD_LIMIT"], at=now())
            db.session.commit()
            flash(_("This is your picture from now on."))
            return redirect(url_for("people.my_picture"), 303)
    return page("people/my_picture.html", form.status, form=form, person=viewer())


@room.post("/me/picture/remove")
@signed_in
def remove_picture() -> Response:
    drop_picture(viewer())
    db.session.commit()
    flash(_("Your picture is taken away. Your initials stand in its place."))
    return redirect(url_for("people.my_picture"), 303)


@room.get("/people/<int:number>/picture")
@signed_in
def picture(number: int) -> Response:
    """A face, shown by the browser: it was drawn by us, and nothing in it runs."""
    found = find_picture(viewer(), whole_number(str(number)) or 0) or abort(404)
    path = path_of(found.key, current_app.config["DATA_DIR"])
    if not path.is_file():
        abort(404)
    response = send_file(path, mimetype=found.media_type, etag=False)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


@room.post("/me/sessions/<int:number>/end")
@signed_in
def end_session(number: int) -> Response:
    actions.end_session(viewer(), number)
    db.session.commit()
    flash(_("That browser is signed out."))
    return redirect(url_for("people.me"), 303)


@room.post("/me/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    actions.end_all_sessions(viewer(), but=current_user.session_id)
    db.session.commit()
    flash(_("All your other browsers are signed out."))
    return redirect(url_for("people.me"), 303)


@room.get("/people")
@may("manage people")
def index() -> Response:
    words = request.args.get("q", "")[:100].strip()
    rows = queries.directory(words, after=whole_number(request.args.get("after")), size=PAGE_SIZE + 1)
    return page("people/index.html", people=cut(rows, PAGE_SIZE, "id"), words=words)


@room.route("/people/new", methods=["GET", "POST"])
@may("manage people")
def new() -> Response:
    form = _offered(PersonForm())
    if form.validate_on_submit():
        try:
            if earlier := sent_before(form):
                return earlier
            person = actions.add_person(
                name=form.name.data or "",
                email=form.email.data or "",
                roles=form.roles.data or [],
                by=viewer(),
                at=now(),
            )
            person.department_id = form.department_id.data or None
            person.segment_id, person.team_id = form.segment_id.data or None, form.team_id.data or None
            actions.ask_for_reset(person.email or "", at=now())
            settle(form.once.data, url_for("people.show", number=person.id))
            db.session.commit()
            flash(_("%(name)s is added and gets a mail to set a password.", name=person.name))
            return redirect(url_for("people.show", number=person.id), 303)
        except Refusal as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return page("people/new.html", 422 if form.is_submitted() else 200, form=form)


@room.route("/people/<int:number>", methods=["GET", "POST"])
@may("manage people")
def show(number: int) -> Response:
    person = queries.find_person(number) or abort(404)
    form = _offered(ChangePersonForm(data=ChangePersonForm.of(person)))
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            _change(person, form)
            db.session.commit()
            flash(_("The changes to %(name)s are saved.", name=person.name))
            return redirect(url_for("people.show", number=person.id), 303)
        except Refusal as refusal:
            db.session.rollback()
            form.refuse(refusal)
            status = refusal.status
    version = ChangePersonForm.of(person)["version"]
    audit = queries.audit_of(person)
    return page("people/show.html", status, form=form, person=person, audit=audit, version=version)


def _change(person: Person, form: ChangePersonForm) -> None:
    if form.version.data != ChangePersonForm.of(person)["version"]:
        raise Conflict(_("Somebody changed this person while you wrote. Reload the page in another tab and compare."))
    actions.change_person(
        person,
        name=form.name.data or "",
        roles=form.roles.data or [],
        department_id=form.department_id.data or None,
        segment_id=form.segment_id.data or None,
        team_id=form.team_id.data or None,
        active=bool(form.active.data),
        by=viewer(),
        at=now(),
    )
    standing_in.set_manager(person, words=form.manager.data or "", by=viewer(), at=now())
    standing_in.set_robot(person, is_robot=bool(form.is_robot.data), by=viewer(), at=now())
    _plan_away(person, form)
    person.phone = form.phone.data or None


def _offered(form: PersonForm) -> PersonForm:
    form.offer(list(queries.departments()), list(queries.segments()), list(queries.teams()))
    return form
