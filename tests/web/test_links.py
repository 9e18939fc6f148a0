"""Addresses in pages are put together once, and are the right ones each time."""

from __future__ import annotations

from flask import Flask, render_template_string, url_for


def test_a_link_in_a_page_is_the_address_that_the_library_gives(app: Flask) -> None:
    ways = (
        ("requests.index", {}),
        ("requests.index", {"view": "ended"}),
        ("requests.index", {"view": None, "after": 12}),
        ("requests.show", {"reference": "REQ-7"}),
        ("requests.show", {"reference": "a b/ü"}),
        ("requests.index", {"view": "ended", "_anchor": "end"}),
        ("requests.index", {"_external": True}),
        ("queue.index", {"team": [1, 2]}),
    )
    with app.test_request_context():
        for endpoint, values in ways * 2:
            written = render_template_string("{{ url_for(way, **values) | safe }}", way=endpoint, values=values)
            assert written == url_for(endpoint, **values)


def test_one_and_true_are_different_values(app: Flask) -> None:
    with app.test_request_context():
        links = render_template_string("{{ url_for('queue.index', team=1) }} {{ url_for('queue.index', team=true) }}")
    assert links == "/queue?team=1 /queue?team=True"


def test_a_portal_under_a_folder_links_into_that_folder(app: Flask) -> None:
    for folder in ("", "/help", "", "/desk"):
        with app.test_request_context(environ_overrides={"SCRIPT_NAME": folder}):
            assert render_template_string("{{ url_for('queue.index') }}") == f"{folder}/queue"
