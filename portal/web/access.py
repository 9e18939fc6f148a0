"""Who may do what: the page to read for a review.

Roles add up, and everybody who is signed in is a customer. A view is only *marked* here (`public`, `signed_in`,
`may`); one gate before each request denies what is not marked or not granted. Whether a *row* is yours is asked by
the query that fetches it, and a row that is not yours is not found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

View = TypeVar("View", bound=Callable[..., Any])

ROLES = (
    "customer",
    "agent",
    "specialist",
    "liaison",
    "communicator",
    "analyst",
    "manager",
    "board_member",
    "administrator",
)

GRANTS: dict[str, frozenset[str]] = {
    "use the portal": frozenset({"customer"}),
    "publish the service deal": frozenset({"communicator", "manager"}),
    "work the queue": frozenset({"agent", "specialist"}),
    "make visits": frozenset({"agent", "specialist"}),
    "ask for anybody": frozenset({"agent", "specialist", "administrator"}),
    "keep the offer": frozenset({"manager", "administrator"}),
    "review the portfolio": frozenset({"manager", "analyst", "board_member"}),
    "decide on the portfolio": frozenset({"manager"}),
    "write articles": frozenset({"agent", "specialist", "communicator"}),
    "write notices": frozenset({"agent", "specialist", "communicator"}),
    "release notices": frozenset({"specialist", "communicator", "manager"}),
    "read survey results": frozenset({"liaison", "analyst", "manager"}),
    "run surveys": frozenset({"liaison"}),
    "make callbacks": frozenset({"agent", "specialist", "liaison", "manager"}),
    "keep callback rules": frozenset({"liaison", "manager"}),
    "run focus groups": frozenset({"liaison"}),
    "keep improvements": frozenset({"liaison", "manager"}),
    "read reports": frozenset({"manager", "analyst", "board_member"}),
    "manage people": frozenset({"administrator"}),
    "read kept mail": frozenset({"administrator"}),
    "sort incoming mail": frozenset({"agent", "specialist", "administrator"}),
}

PUBLIC = "public"


def holds(roles: frozenset[str], permission: str) -> bool:
    """Do these roles, taken together, hold the permission?"""
    return not GRANTS[permission].isdisjoint(roles | {"customer"})


def public(view: View) -> View:
    """Anybody may come in, signed in or not."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Everybody with an account."""
    return may("use the portal")(view)


def may(permission: str) -> Callable[[View], View]:
    """Those whose roles hold the permission."""
    if permission not in GRANTS:
        raise KeyError(permission)

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Close the gate, and give templates the same table."""
    app.before_request(_gate)
    app.jinja_env.globals["may"] = viewer_may


def viewer_roles() -> frozenset[str] | None:
    """The roles of the person who looks at this page; None for somebody who is not signed in."""
    return current_user.roles if current_user.is_authenticated else None


def viewer_may(permission: str) -> bool:
    """May the person who looks at this page do that?"""
    roles = viewer_roles()
    return roles is not None and holds(roles, permission)


def check_marks(app: Flask) -> None:
    """Refuse to start with a page that nobody has thought about."""
    unmarked = [rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None]
    if unmarked:
        raise RuntimeError(f"no access declared for: {', '.join(sorted(set(unmarked)))}")


def access_of(app: Flask, endpoint: str) -> str | None:
    """The permission that an endpoint asks for, PUBLIC, or None where nothing is declared."""
    if endpoint == "static":
        return PUBLIC
    return getattr(app.view_functions[endpoint], "access", None)


def rules(app: Flask) -> list[dict[str, Any]]:
    """The whole table: each address pattern and the roles that may come in."""
    table = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint)):
        access = access_of(app, rule.endpoint)
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        table.append({"pattern": rule.rule, "methods": methods, "roles": _roles_with(access)})
    return table


def _roles_with(access: str | None) -> list[str]:
    if access == PUBLIC:
        return ["anonymous", *ROLES]
    return [role for role in ROLES if access and holds(frozenset({role}), access)]


def _gate() -> Response | None:
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    if access == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    if access is None or not holds(current_user.roles, access):
        abort(403)
    return None


def _to_sign_in() -> Response:
    """Signing in leads back to the page that was asked for, never to the middle of a deed."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("people.sign_in", next=wanted), 303)
