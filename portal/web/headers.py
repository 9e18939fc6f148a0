"""The headers that every answer carries, errors and redirects included."""

from __future__ import annotations

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=()",
}


def init_app(app: Flask) -> None:
    """Put the headers on each answer."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Views may set a stricter header of their own (downloads, secret links); it is left alone."""
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if current_app.config["TLS"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(["Cookie", "HX-Request", "HX-Target"])
    elif response.status_code == 200:
        named_by_content = "v" in request.args
        age = "max-age=31536000, immutable" if named_by_content else "max-age=86400"
        response.headers["Cache-Control"] = f"public, {age}"
    return response


def keep_secret(response: Response) -> Response:
    """For pages that are reached by a secret link: the address must not travel on, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response
