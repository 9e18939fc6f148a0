"""Answer with a whole page, or with the one fragment of it that HTMX asked for. The only reader of HTMX headers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import current_app, get_flashed_messages, make_response, render_template
from flask_babel import gettext as _
from jinja2 import meta
from markupsafe import escape
from werkzeug.wrappers import Response

from portal.extensions import htmx


def page(template: str, status: int = 200, **context: Any) -> Response:
    """The page `template`, or its fragment when `HX-Target` names one that the page includes."""
    fragment = _wanted_fragment(template)
    body = render_template(fragment or template, **context)
    if fragment:
        body += _title(template, context) + _news()
    response = make_response(body, status)
    response.vary.update(["Cookie", "HX-Request", "HX-Target"])
    if htmx and not fragment and not htmx.history_restore_request:
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML show:window:top"
    return response


@lru_cache(maxsize=512)
def fragments_of(template: str) -> frozenset[str]:
    """The templates that a page includes and that can stand alone: underscore first, and their file name as an id."""
    names = meta.find_referenced_templates(current_app.jinja_env.parse(_source(template)))
    return frozenset(name for name in names if name and _stands_alone(name))


def _news() -> str:
    """What is to be said, if anything: a page that looks for news by itself must not wipe away what was just said."""
    return render_template("_flash.html", out_of_band=True) if get_flashed_messages(with_categories=True) else ""


def _stands_alone(name: str) -> bool:
    """A part without an id, such as one that a loop includes, needs what the page around it knows."""
    file = name.rpartition("/")[2]
    own_id = file.removeprefix("_").removesuffix(".html").replace("_", "-")
    return file.startswith("_") and f'id="{own_id}"' in _source(name)


def _source(template: str) -> str:
    environment = current_app.jinja_env
    assert environment.loader is not None
    return environment.loader.get_source(environment, template)[0]


def _wanted_fragment(template: str) -> str | None:
    if not htmx or htmx.history_restore_request:
        return None
    target = (htmx.target or "").rpartition("#")[2].replace("-", "_")
    fragment = f"{template.rpartition('/')[0]}/_{target}.html"
    return fragment if fragment in fragments_of(template) else None


def _title(template: str, context: dict[str, Any]) -> str:
    """HTMX takes the new page title from a title element in the answer.

    A block rendered alone would not know what its template imports at the top, so the template is begun first.
    """
    page_template = current_app.jinja_env.get_template(template)
    current_app.update_template_context(context)
    begun = page_template.new_context(context)
    next(page_template.root_render_func(begun))
    words = "".join(page_template.blocks["title"](begun))
    return f"<title>{words} – {escape(begun['company'])} {_('Helpdesk')}</title>"
