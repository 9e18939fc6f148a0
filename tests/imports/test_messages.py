"""What people wrote comes in with the request, and what was private stays among colleagues."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.imports.incoming import Reduced
from portal.imports.sections import MappingError
from portal.mail.models import OutboxMessage
from portal.measures.quantiles import linear
from portal.people.models import Person
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.paper import order_for
from portal.web.moment import now
from tests.imports.conftest import MAPPINGS, Run, a_mapping

Reduce = Callable[..., Reduced]

THREADS = """
source = "old-desk"
[time]
zone = "UTC"
[rows]
mean = "events"
order = [{ column = "step", as = "integer" }]
first = ["opened_at", "customer"]
[columns]
reference = "no"
opened_at = "at"
customer = "who"
[sentences]
summary = "{words}"
[messages]
text = "words"
at = "at"
by = "who"
same = ["comment"]
between = " "
[messages.public]
private = ["no"]
[messages.customer]
role = ["asks"]
[messages.robots]
who = ["bot"]
"""

LOG = """\
no,step,comment,at,who,role,private,words
T-1,1,1,2024-03-05T09:00:00,ada,asks,no,The printer is stuck.
T-1,2,1,2024-03-05T09:00:00,ada,asks,no,It blinks.
T-1,3,2,2024-03-05T09:00:05,bot,helps,no,We have your message.
T-1,4,3,2024-03-05T09:05:00,ben,helps,yes,She breaks it every week.
T-1,5,4,2024-03-05T09:20:00,ben,helps,no,Somebody comes at ten.
T-1,6,4,2024-03-05T09:20:00,ben,helps,yes,Hide this half.
T-1,7,5,2024-03-05T09:30:00,ben,helps,no,Done.
T-1,8,6,2024-03-05T09:40:00,ada,asks,no,Thank you.
T-1,9,7,2024-03-05T09:50:00,ben,helps,,No mark at all.
"""


def said(result: Reduced) -> list[tuple[str, bool, str | None, str | None]]:
    return [(one.kind, one.public, one.by, one.words) for one in result.requests[0].history]


def test_rows_of_one_comment_are_one_message_and_the_first_is_what_was_asked(reduce_text: Reduce) -> None:
    result = reduce_text(LOG, THREADS)
    assert result.refused == []
    assert result.requests[0].details == "The printer is stuck. It blinks."
    assert said(result) == [
        ("asked", True, "ada", None),
        ("answered", True, "bot", "We have your message."),
        ("noted", False, "ben", "She breaks it every week."),
        ("noted", False, "ben", "Somebody comes at ten. Hide this half."),
        ("answered", True, "ben", "Done."),
        ("replied", True, "ada", "Thank you."),
        ("noted", False, "ben", "No mark at all."),
    ]


def test_the_first_answer_is_the_first_public_one_of_a_person(reduce_text: Reduce) -> None:
    [request] = reduce_text(LOG, THREADS).requests
    assert request.first_answered_at and request.first_answered_at.isoformat() == "2024-03-05T09:30:00+00:00"


def test_a_summary_is_never_made_of_private_words(reduce_text: Reduce) -> None:
    hidden = LOG.replace(",asks,no,The", ",asks,yes,The")
    [request] = reduce_text(hidden, THREADS).requests
    assert request.summary == "Thank you."
    assert "stuck" not in request.details
    [request] = reduce_text("\n".join(LOG.splitlines()[:2]).replace(",no,The", ",yes,The"), THREADS).requests
    assert (request.summary, request.details) == ("not said", "")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('[messages.public]\nprivate = ["no"]', "", "messages.public"),
        ('between = " "', 'between = " "\nall_public = true', "all_public"),
        ('[messages.customer]\nrole = ["asks"]', "", "messages.customer"),
        ('same = ["comment"]', 'sane = ["comment"]', "did you mean “same”"),
    ],
)
def test_a_mapping_that_leaves_open_who_may_read_is_refused(old: str, new: str, complaint: str) -> None:
    with pytest.raises(MappingError) as error:
        a_mapping(THREADS.replace(old, new))
    assert complaint in str(error.value)


def test_whom_an_administrator_calls_a_robot_gives_no_answer_in_the_next_import(app: Flask, run_import: Run) -> None:
    mapping = THREADS.split("[messages.robots]")[0]
    assert run_import(LOG, mapping).exit_code == 0
    first = db.session.scalars(select(ServiceRequest)).one()
    assert first.first_answered_at and first.first_answered_at.second == 5
    db.session.execute(Person.__table__.update().where(Person.source_reference == "bot").values(is_robot=True))  # type: ignore[attr-defined]
    db.session.commit()
    assert run_import(LOG.replace("T-1", "T-2"), mapping).exit_code == 0
    second = db.session.scalars(select(ServiceRequest).where(ServiceRequest.source_reference == "T-2")).one()
    assert second.first_answered_at and second.first_answered_at.isoformat() == "2024-03-05T09:30:00+00:00"


def test_robots_of_the_mapping_come_in_as_robots(app: Flask, run_import: Run) -> None:
    assert run_import(LOG, THREADS).exit_code == 0
    robots = db.session.scalars(select(Person.name).where(Person.is_robot)).all()
    assert robots == ["bot"]


def private_words(request: ServiceRequest) -> list[str]:
    """Private messages of a request whose words stand in none of its public ones."""
    events = db.session.scalars(select(RequestEvent).where(RequestEvent.request_id == request.id)).all()
    public = " ".join([request.summary, request.details, *(one.body or "" for one in events if one.public)])
    bare = plain(public)
    return [one.body for one in events if not one.public and one.body and plain(one.body) not in bare]


def plain(words: str) -> str:
    return re.sub(r"\W+", " ", words).strip().lower()


@pytest.mark.slow
@pytest.mark.real_data
def test_private_comments_of_real_threads_reach_no_requester(
    app: Flask, run_import: Run, real_data: Path, visitor: Any
) -> None:
    facts = json.loads((real_data / "mendeley_utterances_dev.facts.json").read_text("utf-8"))
    result = run_import(real_data / "mendeley_utterances_dev.csv.xz", MAPPINGS / "mendeley.toml")
    assert result.exit_code == 0, result.output
    requests = db.session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).all()
    assert len(requests) == facts["issues"]
    spans = sorted(
        (one.first_answered_at - one.opened_at).total_seconds() / 3600 for one in requests if one.first_answered_at
    )
    expected = facts["first_response_excluding_bots_4ggo_z2w_x"]
    assert len(spans) == expected["n"]
    assert linear(spans, 0.5) == pytest.approx(expected["linear_type7"]["0.5"], abs=5.1e-5)
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    found, looked_for = [], 0
    for number in [one.id for one in requests]:
        request = db.session.get_one(ServiceRequest, number)
        secrets = private_words(request)
        reference, summary = request.reference, request.summary
        surfaces = {"paper": str(order_for(request, now()))}
        client = visitor(db.session.get_one(Person, request.customer_id))
        for name, address in (("page", f"/requests/{reference}"), ("sheet", f"/requests/{reference}.csv")):
            answer = client.get(address)
            assert answer.status == 200
            surfaces[name] = answer.html
        # The search forgives endings, so words that begin like a public one are left out.
        begins = {word[:5] for word in plain(f"{summary} {request.details}").split()}
        rare = {word for words in secrets for word in plain(words).split() if len(word) > 7 and word[:5] not in begins}
        for word in sorted(rare)[:2]:
            results = client.get(f"/search?q={word}").html
            found += [(reference, f"search for {word}")] if f"/requests/{reference}" in results else []
        for words in secrets:
            # Short ones such as "ok" stand in every page by chance.
            if len(plain(words)) < 12:
                continue
            looked_for += 1
            found += [
                (reference, name)
                for name, text in surfaces.items()
                if plain(words) in plain(re.sub(r"<[^>]+>", " ", text))
            ]
    assert looked_for > 500
    assert found == []
