"""A form of questions alone, and a page that shows it, for tests of the engine."""

from __future__ import annotations

from typing import Any

from flask import render_template_string
from werkzeug.datastructures import MultiDict

from portal.questions.forms import answers_in, question_fields, with_questions
from portal.questions.rules import Question, answered
from portal.questions.words import spoken
from portal.web.forms import PortalForm
from tests.questions.strategies import find_people
from tests.visitor import Page, review_page

PAGE = """{% extends "base.html" %}
{% import "parts/forms.html" as forms %}
{% import "parts/questions.html" as questions %}
{% block title %}Asked{% endblock %}
{% block main %}{{ forms.summary(form) }}<h1>Asked</h1>
<form action="/ask" method="post" enctype="multipart/form-data"><input type="hidden" name="csrf_token" value="">
{{ questions.enter_means('step', 'check', 'Check') }}
{% for field in fields %}{{ questions.ask(field, live={'data-hx-post': '/ask'}) }}{% endfor %}
<button>Check</button></form>
<dl>{% for question, answer in answers %}<div><dt>{{ question.wording }}</dt><dd>{{ questions.said(question, answer) }}
</dd></div>{% endfor %}</dl>{% endblock %}"""


class Alone(PortalForm):
    """No field of its own."""

    class Meta(PortalForm.Meta):
        csrf = False


def form_of(questions: tuple[Question, ...], typed: Any = None) -> Any:
    """The form as it was sent, in a request of its own."""
    return with_questions(Alone, questions, people=find_people)(MultiDict(typed or {}))


class _Answer:
    """As much of a response as a page is read from."""

    status_code = 200
    headers: dict[str, str] = {}

    mimetype = "text/html"

    def __init__(self, html: str) -> None:
        self.html = html

    def get_data(self) -> bytes:
        return self.html.encode()


def page_of(form: Any, questions: tuple[Question, ...]) -> Page:
    """The form and the answers on one page, looked at as every page is."""
    fields, answers = question_fields(form, questions), answered(spoken(questions), answers_in(form, questions))
    page = Page(_Answer(render_template_string(PAGE, form=form, fields=fields, answers=answers)))  # type: ignore[arg-type]
    review_page(page)
    return page


def typed_on(page: Page) -> MultiDict[str, str]:
    """What the form on the page would send as it stands."""
    found: MultiDict[str, str] = MultiDict()
    for control in page.forms()[0].iter():
        name, kind = control.get("name"), control.get("type")
        if not name or control.tag == "button" or kind == "file":
            continue
        if control.tag == "textarea":
            found.add(name, control.text or "")
        elif control.tag == "select":
            chosen = [one for one in control.iter("option") if one.get("selected") is not None]
            found.add(name, chosen[0].get("value") if chosen else "")
        elif kind not in ("radio", "checkbox") or control.get("checked") is not None:
            found.add(name, control.get("value", ""))
    return found
