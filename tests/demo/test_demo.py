"""The demonstration: what it prints is true, and what it fills in is believable."""

from __future__ import annotations

import re
from collections import Counter
from contextvars import Context
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.callbacks.models import Callback
from portal.catalogue.models import Category, RequestForm, Service, ServiceChange, ServiceTarget
from portal.extensions import db
from portal.improvements.models import Improvement
from portal.knowledge.models import Article, ArticleVote
from portal.mail.models import OutboxMessage
from portal.notices.models import MeToo, Notice, NoticeBroadcast
from portal.people.models import Department, Person, Segment
from portal.people.queries import find_by_email
from portal.portfolio.models import PortfolioDecision
from portal.questions.checking import still_fits
from portal.questions.rules import KINDS, settled, visible
from portal.requests.models import RequestEvent, ServiceRequest
from portal.search.models import AvoidedRequest, Document
from portal.surveys.queries import find_wave
from portal.surveys.results import results_of
from portal.visits.models import Visit
from portal.visits.states import PLANNED
from portal.web.access import ROLES
from tests.builders import a_person
from tests.demo.conftest import END, TODAY, Told
from tests.visitor import Visitor

pytestmark = pytest.mark.timeout(400)
"""The telling itself takes a while on a busy machine."""


def count(model: type, *where: object) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0  # type: ignore[arg-type]


def fetched(browser: Visitor, address: str) -> tuple[int, bytes]:
    """Status and bytes, for what is no page; asked from outside, as `Visitor` does."""
    db.session.commit()
    with Context().run(browser.client.get, address) as response:
        return response.status_code, response.get_data()


# --- the line -----------------------------------------------------------------------------------------------------


def test_standard_output_is_one_line_and_people_read_the_accounts_elsewhere(told: Told, demonstration: Path) -> None:
    said, read = ((demonstration / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    assert said.count("\n") == 1
    assert all(one["login"] in read and one["password"] in read for one in told.line["roles"].values())
    assert f"Sign in at {told.app.config['BASE_URL']}/sign-in" in read


def test_the_line_says_what_testers_need(told: Told) -> None:
    line = told.line
    assert line["today"] == TODAY
    assert {"customer_a", "customer_b", "agent", "agent2", "liaison", "manager", "admin"} <= line["roles"].keys()
    ranks = {part: one["rank"] for part, one in line["roles"].items()}
    assert ranks["customer_a"] == ranks["customer_b"] < ranks["agent"] == ranks["agent2"] < ranks["admin"]
    assert len(line["objects"]["survey_tokens_identified"]) >= 8
    assert len(line["objects"]["survey_tokens_anonymous"]) >= 6
    assert {"people add", "backup", "restore", "check", "worker", "outbox", "demo", "report"} <= set(line["commands"])
    assert line["health"] == ["/healthz", "/readyz", "/metrics"]
    assert {"PORTAL_DATA_DIR", "PORTAL_SECRET_KEY", "PORTAL_BASE_URL"} <= set(line["environment"])


def test_the_access_table_of_the_line_names_every_address(told: Told) -> None:
    patterns = {rule["pattern"] for rule in told.line["acl"]["rules"]}
    assert patterns == {rule.rule for rule in told.app.url_map.iter_rules()}
    assert all(set(rule["roles"]) <= {"anonymous", *ROLES} for rule in told.line["acl"]["rules"])


@pytest.mark.parametrize("part", ["customer_a", "admin"])
def test_the_printed_password_opens_the_portal(told: Told, part: str) -> None:
    account, browser = told.line["roles"][part], Visitor(told.app)
    browser.post("/sign-in", {"email": account["login"], "password": account["password"]})
    assert browser.get("/me").heading


def test_what_only_customer_b_may_see_is_not_there_for_customer_a(told: Told) -> None:
    addresses = told.line["objects"]["private_of_b"]
    assert any(one.startswith("/files/") for one in addresses)
    assert {"csv", "pdf"} <= {one.rpartition(".")[2] for one in addresses}
    assert any("draft=" in one for one in addresses) and any("again=" in one for one in addresses)
    owner, other = told.visitor("customer_b"), told.visitor("customer_a")
    for address in addresses:
        assert fetched(owner, address)[0] == 200
        assert fetched(other, address)[0] == 404


def test_survey_links_wait_for_their_answer(told: Told) -> None:
    objects, browser = told.line["objects"], Visitor(told.app)
    for token in [*objects["survey_tokens_identified"], *objects["survey_tokens_anonymous"]]:
        assert browser.get(f"/answer/{token}").value("csrf_token")


def test_small_groups_stay_silent_and_so_does_what_would_give_them_away(told: Told) -> None:
    objects, liaison = told.line["objects"], told.visitor("liaison")
    shown = liaison.get(objects["survey_total"]).words
    for address in ("survey_small", "survey_filter_small", "survey_filter_complement"):
        assert liaison.get(objects[address]).words != shown
        assert "satisfied or very satisfied" not in liaison.get(objects[address]).words
    rooms = results_of(find_wave("rooms-and-printers"))
    assert rooms.figures and rooms.figures.n == 12
    assert [group.figures for group in rooms.groups["service"]] == [None, None]


def test_a_seat_can_be_taken_while_one_is_left(told: Told) -> None:
    objects, customer = told.line["objects"], told.visitor("customer_a")
    customer.submit(objects["focus_join"], {"answer": "accept"})
    assert f"4/{objects['focus_seats']}" in told.visitor("liaison").get(objects["focus_page"]).words


def test_the_session_has_fewer_seats_than_guests_with_an_account(told: Told) -> None:
    join = told.line["objects"]["focus_join"]
    guests = [part for part in told.line["roles"] if part != "liaison"]
    for part in guests:
        told.visitor(part).submit(join, {"answer": "accept"})
    seats = told.line["objects"]["focus_seats"]
    assert seats < len(guests)
    assert f"{seats}/{seats}" in told.visitor("liaison").get(told.line["objects"]["focus_page"]).words


def test_what_can_be_downloaded_is_there_for_the_role_that_is_named(told: Told) -> None:
    starts = {"pdf": b"%PDF-", "csv": b""}
    assert told.line["paths"]["pdf"]
    for kind, rows in told.line["paths"].items():
        for row in rows:
            status, content = fetched(told.visitor(row["role"]), row["path"])
            assert status == 200 and content.startswith(starts[kind])
            told.visitor("customer_a").get(row["path"], expect=403)


# --- once only ----------------------------------------------------------------------------------------------------


def test_a_second_time_changes_nothing_and_says_the_same(told: Told, demonstration: Path) -> None:
    before = dump()
    again = told.run("demo", "--today", "2026-05-04")
    assert again.exit_code == 0
    assert again.stdout == (demonstration / "stdout").read_text(encoding="utf-8")
    assert "already" in again.stderr
    assert dump() == before


def test_a_portal_in_use_is_left_alone(app: Flask) -> None:
    a_person("Somebody")
    db.session.commit()
    done = app.test_cli_runner().invoke(args=["demo"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "in use" in done.stderr
    assert count(Person) == 1


# --- believable ---------------------------------------------------------------------------------------------------


def test_the_company_has_people_in_departments_and_segments(told: Told) -> None:
    assert 55 <= count(Person) <= 65
    assert (count(Department), count(Segment)) == (8, 5)
    names = db.session.scalars(select(Person.name)).all()
    assert any(not name.isascii() for name in names)
    assert max(map(len, names)) > 30
    assert all(person.email.isascii() for person in db.session.scalars(select(Person)))


def test_the_offer_asks_questions_of_every_kind(told: Told) -> None:
    assert count(Category) == 7
    assert count(Service) >= 24
    assert count(Service, Service.for_everyone.is_(False)) == 2
    asked = {question.kind for form in db.session.scalars(select(RequestForm)) for question in form.questions}
    assert asked == set(KINDS)
    assert find_service("something-else").is_live


def test_some_services_promise_sooner_what_matters_more(told: Told) -> None:
    targets = db.session.scalars(select(ServiceTarget)).all()
    assert {one.priority for one in targets} == {1, 2} and len({one.service_id for one in targets}) == 2
    assert count(RequestEvent, RequestEvent.kind == "promised_sooner") > 3


def test_the_offer_has_a_life_of_its_own(told: Told) -> None:
    states = Counter(db.session.scalars(select(Service.state)))
    assert (states["draft"], states["retired"]) == (1, 1)
    retired = db.session.scalars(select(Service).where(Service.state == "retired")).one()
    assert retired.successor.is_live
    assert count(ServiceRequest, ServiceRequest.service_id == retired.id) >= 3
    assert all(one.owner for one in db.session.scalars(select(Service)) if one.slug != "something-else")
    assert {one.outcome for one in db.session.scalars(select(PortfolioDecision))} == {"keep", "improve", "merge"}
    assert count(ServiceChange, ServiceChange.public, ServiceChange.at > END - timedelta(days=30)) >= 2
    assert "asks for accounts one by one" in told.visitor("customer_a").get("/").words


def test_an_old_request_keeps_the_questions_it_was_asked_under(told: Told) -> None:
    service = find_service("a-new-colleague")
    asked = db.session.scalars(select(ServiceRequest).where(ServiceRequest.service_id == service.id)).all()
    assert {one.request_form.number for one in asked} == {1, 2}
    for one in asked:
        assert settled(one.request_form.questions, one.answers) == one.answers


def test_every_answer_fits_its_question(told: Told) -> None:
    for one in db.session.scalars(select(ServiceRequest)):
        questions = one.request_form.questions
        assert still_fits(questions, one.answers) == settled(questions, one.answers) == one.answers
        assert all(q.key in one.answers for q in visible(questions, one.answers) if q.required)


def test_articles_were_read_and_judged_by_those_they_are_meant_for(told: Told) -> None:
    articles = db.session.scalars(select(Article)).all()
    assert Counter(one.state for one in articles) == {"published": 14, "draft": 1, "retired": 1}
    assert sum(not one.for_everyone for one in articles) == 3
    assert sum(one.judged for one in articles) > 150
    assert any(one.review_on < END.date() for one in articles)
    assert count(AvoidedRequest) > 100
    for one in articles:
        segments = {segment.id for segment in one.for_segments}
        votes = select(Person.segment_id).join(ArticleVote).where(ArticleVote.article_id == one.id)
        assert one.for_everyone or set(db.session.scalars(votes)) <= segments
    words = told.visitor("customer_a").get("/knowledge").words
    assert "Close the month" in words and "Scanner does not find" not in words


def test_something_is_broken_now_and_much_was_mended(told: Told) -> None:
    notices = db.session.scalars(select(Notice)).all()
    assert Counter((one.kind, one.state) for one in notices) == {
        ("incident", "released"): 2,
        ("incident", "solved"): 6,
        ("maintenance", "released"): 1,
        ("maintenance", "over"): 1,
        ("announcement", "released"): 1,
    }
    assert all(one.author_id != one.released_by_id for one in notices)
    assert count(MeToo) > 20
    assert "documents stay locked" in told.visitor("customer_a").get("/").words
    assert "documents stay locked" not in told.visitor("customer_b").get("/").words
    assert count(NoticeBroadcast, NoticeBroadcast.finished_at.is_(None)) == 0


def test_a_form_was_begun_and_another_asked_for_a_colleague(told: Told) -> None:
    customer = find_by_email(told.line["roles"]["customer_a"]["login"])
    page = told.visitor("customer_a").get("/")
    draft = next(link for link in page.links() if "draft=" in link)
    assert told.visitor("customer_a").get(draft).value("q_name") == "Amara Okonkwo"
    asked = db.session.scalars(select(ServiceRequest).where(ServiceRequest.asked_by_id == customer.id)).one()
    assert asked.customer.name == "Thandiwe Mokoena"
    told.visitor("customer_a").get(f"/requests/{asked.reference}")


def test_everything_can_be_found(told: Told) -> None:
    found = Counter(db.session.scalars(select(Document.kind)))
    live = count(Service, Service.state == "live")
    assert found == {"service": live, "article": 14, "incident": 2, "maintenance": 1, "announcement": 1}


def test_working_time_was_written_down(told: Told) -> None:
    spent = db.session.scalars(
        select(ServiceRequest.minutes_spent).where(ServiceRequest.resolved_at.is_not(None))
    ).all()
    assert sum(minutes > 0 for minutes in spent) > 0.7 * len(spent)
    assert any(one.spent_minutes_lately and one.rated_lately for one in db.session.scalars(select(Service)))


def find_service(slug: str) -> Service:
    return db.session.scalars(select(Service).where(Service.slug == slug)).one()


def test_the_quarter_has_about_nine_hundred_requests_most_of_them_in_time(told: Told) -> None:
    requests = db.session.scalars(select(ServiceRequest)).all()
    assert 800 <= len(requests) <= 1000
    outcomes = Counter(one.target_met for one in requests)
    assert 0.88 <= outcomes[True] / (outcomes[True] + outcomes[False]) <= 0.96
    states = {"received", "in_progress", "waiting", "held", "approval", "resolved", "closed", "withdrawn"}
    assert {one.state for one in requests} == states
    assert sum(one.reopen_count for one in requests) > 10
    assert sum(one.reassignment_count for one in requests) > 20
    assert len({one.summary for one in requests}) > 200


def test_the_queue_has_something_late_something_due_today_and_something_that_waits(told: Told) -> None:
    open_ones = db.session.scalars(select(ServiceRequest).where(ServiceRequest.is_open)).all()
    assert 35 <= len(open_ones) <= 65
    due = [one.due_at for one in open_ones if one.due_at]
    assert 2 <= sum(moment < END for moment in due) <= 10
    assert sum(END <= moment < END + timedelta(hours=8) for moment in due) >= 5
    assert sum(one.state == "waiting" for one in open_ones) >= 4


def test_visits_come_within_the_promise_and_calls_have_a_number(told: Told) -> None:
    planned = db.session.scalars(select(Visit).where(Visit.state == PLANNED)).all()
    assert planned and all(one.request.due_at and one.ends_at <= one.request.due_at for one in planned)
    owed = db.session.scalars(select(Callback)).all()
    assert owed and all(one.person.phone for one in owed)


def test_nothing_happens_after_the_end_and_references_grow_with_time(told: Told) -> None:
    assert db.session.scalar(select(func.max(RequestEvent.at, type_=RequestEvent.at.type))) <= END
    opened = db.session.scalars(select(ServiceRequest.opened_at).order_by(ServiceRequest.id)).all()
    assert opened == sorted(opened)


def test_the_first_customer_finds_requests_in_different_states(told: Told) -> None:
    customer = find_by_email(told.line["roles"]["customer_a"]["login"])
    own = db.session.scalars(select(ServiceRequest).where(ServiceRequest.customer_id == customer.id)).all()
    states = Counter(one.state for one in own if one.is_open)
    assert states == {"waiting": 1, "in_progress": 2, "received": 2, "held": 1}
    assert len(own) > 10


def test_no_gap_is_left_in_what_people_write(told: Told) -> None:
    words = [*db.session.scalars(select(RequestEvent.body)), *db.session.scalars(select(ServiceRequest.summary))]
    assert not [text for text in words if text and re.search(r"[{}]", text)]
    longest = max(db.session.scalars(select(ServiceRequest.summary)), key=len)
    assert len(longest) <= 120


def test_customers_are_asked_and_a_third_of_them_answers(told: Told) -> None:
    results = results_of(find_wave("how-did-we-do"))
    assert results.figures
    assert 0.8 <= results.figures.share.value <= 0.93
    answered = results.fieldwork.complete / results.fieldwork.selected
    assert 0.28 <= answered <= 0.42


def test_you_said_we_did_tells_of_success_failure_and_what_is_too_early(told: Told) -> None:
    told_of = db.session.scalars(select(Improvement).where(Improvement.published_at.is_not(None))).all()
    assert {one.public_status for one in told_of} == {"worked", "too_early", "did_not_work"}
    assert len(told_of) >= 4
    assert any(one.compared and one.compared.after for one in told_of)
    assert {one.source for one in db.session.scalars(select(Improvement))} == {
        "survey_comment",
        "finding",
        "idea",
        "report_figure",
    }


def test_only_the_mail_of_the_last_day_still_waits(told: Told) -> None:
    waiting = db.session.scalars(select(OutboxMessage).where(OutboxMessage.sent_at.is_(None))).all()
    assert waiting
    assert min(one.written_at for one in waiting) >= END - timedelta(days=1)
    assert count(OutboxMessage, OutboxMessage.sent_at.is_not(None)) > 1000


@pytest.mark.parametrize(
    ("part", "address"),
    [
        ("customer_a", "/"),
        ("customer_a", "/services"),
        ("customer_a", "/requests"),
        ("customer_a", "/you-said-we-did"),
        ("customer_a", "/knowledge"),
        ("customer_a", "/knowledge/set-a-new-password-yourself"),
        ("customer_a", "/notices"),
        ("customer_a", "/services/order-system"),
        ("customer_a", "/services/a-new-colleague/ask"),
        ("customer_a", "/search?q=pasword"),
        ("agent", "/knowledge/writing?view=due"),
        ("agent", "/knowledge/the-printer-prints-nothing/versions"),
        ("agent", "/notices/desk"),
        ("manager", "/portfolio"),
        ("agent", "/queue"),
        ("liaison", "/surveys/how-did-we-do"),
        ("liaison", "/focus-groups/FG-1"),
        ("manager", "/improvements"),
        ("manager", "/reports"),
        ("admin", "/people"),
        ("admin", "/mail"),
    ],
)
def test_the_pages_stand_up_to_review(told: Told, part: str, address: str) -> None:
    told.visitor(part).get(address)


def dump() -> str:
    """The whole database as text."""
    connection = db.engine.raw_connection()
    try:
        return "\n".join(connection.driver_connection.iterdump())
    finally:
        connection.close()
