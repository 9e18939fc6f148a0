"""Many answers in the same moment: one of them counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import Barrier

from flask import Flask

from portal.extensions import db
from tests.approvals.conftest import Office, approvals, kinds, link_to
from tests.visitor import Page, Visitor


def test_eight_answers_at_once_make_one_verdict(app: Flask, office: Office) -> None:
    request = office.ask()
    link, start = link_to(office.manager), Barrier(8)
    browsers = [Visitor(app) for _each in range(8)]
    forms = [one.get(link).form_for(link) for one in browsers]
    db.session.commit()

    def send(number: int) -> int:
        verdict = {"verdict": "yes"} if number % 2 else {"verdict": "no", "words": "No."}
        start.wait()
        answer = Context().run(browsers[number].client.post, link, data=forms[number] | verdict)
        status = Page(answer).status
        answer.close()
        return status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(8)))
    assert set(statuses) <= {303, 409}
    assert len([one for one in kinds(request) if one in ("approved", "declined")]) == 1
    assert approvals()[0].stage == {"approved": "yes", "declined": "no"}[kinds(request)[-1]]
