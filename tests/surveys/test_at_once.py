"""The same form many times at once, as an impatient finger or a careful mail scanner sends it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.surveys import instruments
from portal.surveys.models import Answer, Response, WaveTally
from portal.surveys.tokens import token_of
from tests.visitor import Visitor


def send_at_once(app: Flask, token: str, forms: list[dict[str, str]]) -> list[int]:
    browsers = [Visitor(app) for _form in forms]
    tokens = [browser.token() for browser in browsers]
    db.session.rollback()

    def send(number: int) -> int:
        values = {**forms[number], "csrf_token": tokens[number]}
        return browsers[number].client.post(f"/answer/{token}", data=values).status_code

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, range(len(forms))))


@pytest.mark.both_databases
@pytest.mark.parametrize("mode", ["identified", "anonymous"])
def test_one_form_sent_ten_times_at_once_makes_one_answer(app, closed, opened, mode):
    wave = instruments.open_wave(slug="race", title="Race", mode=mode, kind="periodic", at=opened)
    token = token_of(closed(wave).id)
    seen = send_at_once(app, token, [{"score": "4", "comment": "Once."}] * 10)
    assert set(seen) <= {200, 303} and 303 in seen
    db.session.rollback()
    assert len(db.session.scalars(select(Response)).all()) == 1
    assert len(db.session.scalars(select(Answer)).all()) == 2


@pytest.mark.both_databases
def test_different_answers_at_once_leave_one_answer_and_true_tallies(app, wave, closed):
    token = token_of(closed(wave).id)
    seen = send_at_once(app, token, [{"score": str(1 + number % 5), "comment": ""} for number in range(10)])
    assert set(seen) <= {200, 303}
    db.session.rollback()
    kept = db.session.scalars(select(Answer.value).where(Answer.value.is_not(None))).all()
    tallied = {tally.what: tally.n for tally in db.session.scalars(select(WaveTally)) if tally.n}
    assert len(kept) == 1 and tallied == {"case:complete": 1, f"score:{kept[0]}": 1}
