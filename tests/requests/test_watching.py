"""Several people: who is invited reads, writes, is told and leaves, and decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Department, Person
from portal.refusal import Refusal
from portal.requests import actions, queries, watching
from portal.requests.models import RequestEvent, RequestWatcher, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.requests.conftest import Case
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]
AT = TUESDAY_10 + timedelta(minutes=5)


@pytest.fixture
def friend(case: Case) -> Person:
    return a_person("Fritz Ohm", email="fritz@example.com")


def invited(case: Case, friend: Person) -> Case:
    watching.invite(case.request, words="fritz@example.com", by=case.customer, at=AT)
    db.session.commit()
    return case


def letters_to(person: Person) -> list[str]:
    found = db.session.query(OutboxMessage).filter_by(to_address=person.email).order_by(OutboxMessage.id)
    return [one.subject for one in found]


def test_the_customer_invites_by_name_or_address_and_the_invited_one_is_told(
    case: Case, friend: Person, visitor: Browser
) -> None:
    customer = visitor(case.customer)
    assert f"{case.page}/watchers" in customer.get(case.page).links()
    customer.submit(f"{case.page}/watchers", {"whom": "Fritz Ohm"})
    shown = customer.get(f"{case.page}/watchers")
    assert "Fritz Ohm" in shown.words
    assert "You, Fritz Ohm and the helpdesk" in customer.get(case.page).words
    assert "let Fritz Ohm read along" in customer.get(case.page).words
    assert letters_to(friend) == [f"{case.request.reference}: you can read this request"]
    mail = db.session.query(OutboxMessage).filter_by(to_address="fritz@example.com").one()
    assert "/leave/" in mail.body and mail.stop_link and mail.stop_link in mail.body


def test_a_watcher_reads_and_writes_and_decides_nothing(case: Case, friend: Person, visitor: Browser) -> None:
    invited(case, friend)
    reader = visitor(friend)
    page = reader.get(case.page)
    assert "A request of Anna Berg that you read along" in page.words
    assert "Withdraw this request" not in page.words and "Let somebody read along" not in page.words
    reader.submit(f"{case.page}/replies", {"body": "It is on floor two."}, at=case.page)
    assert case.kinds()[-1] == "replied"
    for way in ("reopen", "confirm", "withdraw", "watchers", f"watchers/{friend.id}/out"):
        reader.post(f"{case.page}/{way}", {"body": "No", "whom": "anna@example.com"}, expect=404)
    reader.get(f"{case.page}/withdraw", expect=404)
    reader.get(f"{case.page}/watchers", expect=404)
    case.bring_to("resolved")
    words = reader.get(case.page).words
    assert "Does it work?" not in words and "How did we do?" not in words
    reader.post(f"{case.page}/confirm", expect=404)
    reader.post(f"{case.page}/reopen", {"body": "No"}, expect=404)
    assert case.again().state == "resolved"


def test_what_a_watcher_writes_does_not_look_like_the_helpdesks_words(
    case: Case, friend: Person, visitor: Browser
) -> None:
    invited(case, friend)
    actions.reply(case.request, words="I have a spare one.", by=friend, at=AT)
    db.session.commit()
    page = visitor(case.customer).get(case.page)
    assert "I have a spare one." in page.words and "by-desk" not in page.html


def test_what_a_watcher_answers_lets_the_clock_run_again(case: Case, friend: Person) -> None:
    invited(case, friend).bring_to("waiting")
    actions.reply(case.request, words="Floor two.", by=friend, at=AT + timedelta(hours=1))
    assert case.request.state == "in_progress" and not case.request.clock_is_stopped


def test_a_watcher_gets_the_mail_that_the_customer_gets(case: Case, friend: Person) -> None:
    invited(case, friend).bring_to("resolved")
    assert letters_to(friend)[-1].endswith("resolved")


def test_a_watcher_leaves_by_one_button_and_reads_no_more(case: Case, friend: Person, visitor: Browser) -> None:
    invited(case, friend)
    reader = visitor(friend)
    assert "Stop reading along?" in reader.get(f"{case.page}/leave").heading
    assert case.kinds()[-1] == "watcher_added", "looking at the page has not left"
    reader.submit(f"{case.page}/leave")
    reader.get(case.page, expect=404)
    reader.post(f"{case.page}/leave", expect=404)
    assert case.kinds()[-1] == "watcher_left"
    assert not queries.watchers(case.again())


def test_the_customer_takes_a_watcher_out(case: Case, friend: Person, visitor: Browser) -> None:
    invited(case, friend)
    visitor(case.customer).submit(f"{case.page}/watchers/{friend.id}/out", at=f"{case.page}/watchers")
    visitor(friend).get(case.page, expect=404)
    visitor(case.customer).post(f"{case.page}/watchers/{friend.id}/out", expect=404)
    assert case.kinds()[-1] == "watcher_out"


def test_the_desk_invites_too_and_strangers_do_not(case: Case, friend: Person, visitor: Browser) -> None:
    agent = visitor(case.agent)
    agent.submit(f"{case.page}/watchers", {"whom": "fritz@example.com"})
    assert queries.watchers(case.again()) == [friend]
    stranger = visitor(a_person())
    stranger.get(f"{case.page}/watchers", expect=404)
    stranger.post(f"{case.page}/watchers", {"whom": "anna@example.com"}, expect=404)
    stranger.get(f"{case.page}/leave", expect=404)


@pytest.mark.parametrize("words", ["", "nobody@example.com", "Nobody At All", "gone@example.com", "robot@example.com"])
def test_words_that_mean_nobody_are_kept_and_tell_nothing(case: Case, visitor: Browser, words: str) -> None:
    a_person("Gone", email="gone@example.com", active=False)
    a_person("Robot", email="robot@example.com", is_robot=True)
    page = visitor(case.customer).submit(f"{case.page}/watchers", {"whom": words}, expect=422)
    expected = "We cannot tell who that is" if words else "Enter who should read along"
    assert expected in page.words and page.value("whom") == words
    assert case.kinds() == ["asked"]


def test_nobody_is_invited_twice_or_to_their_own(case: Case, friend: Person) -> None:
    invited(case, friend)
    for words in ("fritz@example.com", "anna@example.com"):
        with pytest.raises(Refusal, match="can read this already"):
            watching.invite(case.request, words=words, by=case.customer, at=AT)


def test_the_same_form_sent_twice_invites_once(case: Case, friend: Person, visitor: Browser) -> None:
    customer = visitor(case.customer)
    form = customer.get(f"{case.page}/watchers").form_for(f"{case.page}/watchers") | {"whom": "Fritz Ohm"}
    customer.post(f"{case.page}/watchers", form)
    customer.post(f"{case.page}/watchers", form)
    assert case.kinds() == ["asked", "watcher_added"]


def test_only_so_many_read_along(case: Case) -> None:
    for _each in range(queries.MOST_WATCHERS):
        watching.watch(case.request, a_person(), by=None, at=AT)
    a_person("One More", email="more@example.com")
    with pytest.raises(Refusal, match="At most 50"):
        watching.invite(case.request, words="more@example.com", by=case.customer, at=AT)


def test_my_list_holds_what_i_watch_among_my_own_and_follows_its_state(
    case: Case, friend: Person, visitor: Browser
) -> None:
    invited(case, friend)
    own = a_request(friend, case.request.service, summary="My own one")
    reader = visitor(friend)
    rows = queries.requests_of(friend, is_open=True, after=None, size=10)
    assert [one.id for one in rows] == [own.id, case.request.id]
    assert queries.counts_of(friend).open == 2
    assert "for Anna Berg" in reader.get("/requests").words
    case.bring_to("resolved")
    assert db.session.query(RequestWatcher).one().is_open is False
    assert [one.id for one in queries.requests_of(friend, is_open=False, after=None, size=10)] == [case.request.id]
    actions.reopen(case.request, words="No", by=case.customer, at=AT + timedelta(hours=3))
    db.session.commit()
    assert queries.counts_of(friend).open == 2


def test_colleagues_read_what_the_service_shares_and_others_do_not(visitor: Browser) -> None:
    finance, plant = Department(name="Finance"), Department(name="Plant")
    anna, ben = a_person("Anna Berg", department=finance), a_person("Ben Ruf", department=finance)
    carl = a_person("Carl Oks", department=plant)
    shared = a_request(anna, a_service("Meeting rooms", shared_with_department=True))
    private = a_request(anna, a_service("Payroll"))
    colleague, stranger = visitor(ben), visitor(carl)
    page = f"/requests/{shared.reference}"
    assert "My department’s" in colleague.get("/requests").words
    assert shared.reference in colleague.get("/requests?view=shared").words
    assert "that your department can read" in colleague.get(page).words
    colleague.submit(f"{page}/replies", {"body": "The key is with me."}, at=page)
    colleague.post(f"{page}/withdraw", expect=404)
    colleague.get(f"/requests/{private.reference}", expect=404)
    stranger.get(page, expect=404)
    assert "My department’s" not in stranger.get("/requests").words
    assert "My department’s" not in visitor(anna).get("/requests").words
    assert "everybody in Finance" in visitor(anna).get(page).words


@pytest.fixture
def shared(case: Case) -> ServiceRequest:
    """A request of Anna that the service shares with her department."""
    anna = a_person("Ada Fink", department=Department(name="Finance"))
    return a_request(anna, a_service("Meeting rooms", shared_with_department=True))


@pytest.mark.both_databases
def test_a_colleague_who_writes_reads_along_from_then_on_and_is_told(
    shared: ServiceRequest, case: Case, visitor: Browser
) -> None:
    ben = a_person("Ben Ruf", department=shared.shared_department)
    page, browser = f"/requests/{shared.reference}", visitor(ben)
    told = browser.follow(browser.submit(f"{page}/replies", {"body": "The key is with me."}, at=page))
    assert "You get the messages about this request from now on" in told.words
    assert "that you read along" in told.words and f"{page}/leave" in told.html
    assert letters_to(ben) == [], "the page has said it"
    actions.answer(shared, words="Please bring it.", by=case.agent, at=AT)
    assert [one.partition(": ")[2] for one in letters_to(ben)] == ["we wrote to you"]
    again = browser.follow(browser.submit(f"{page}/replies", {"body": "On my way."}, at=page))
    assert "from now on" not in again.words.partition("Something else")[0].partition("What happened")[0]
    browser.submit(f"{page}/leave", at=page)
    actions.answer(shared, words="Thank you.", by=case.agent, at=AT + timedelta(hours=1))
    assert len(letters_to(ben)) == 1
    kinds = [one.kind for one in db.session.query(RequestEvent).filter_by(request_id=shared.id)]
    assert kinds.count("watcher_joined") == 1 and kinds.count("watcher_left") == 1
    assert "wrote, and reads along from now on" in visitor(shared.customer).get(page).words


def test_who_leaves_the_department_reads_no_more_of_what_it_shares_unless_invited(
    shared: ServiceRequest, case: Case, visitor: Browser
) -> None:
    wrote, asked_in, finance = a_person("Ben Ruf"), a_person("Ina Vit"), shared.shared_department
    wrote.department = asked_in.department = finance
    db.session.commit()
    page, browser, boss = f"/requests/{shared.reference}", visitor(wrote), a_person(roles=("administrator",))
    browser.submit(f"{page}/replies", {"body": "The key is with me."}, at=page)
    watching.watch(shared, asked_in, by=shared.customer, at=AT)
    actions.resolve(shared, words="Done.", by=case.agent, at=AT)
    db.session.commit()
    for person in (wrote, asked_in):
        visitor(boss).submit(f"/people/{person.id}", {"department_id": "0", "name": f"{person.name} B"})
    assert wrote.department_id is None and queries.watchers(shared) == [asked_in]
    browser.get(page, expect=404)
    browser.get(f"{page}.csv", expect=404)
    assert shared.summary not in browser.get("/requests?view=ended").words
    assert shared.summary not in browser.get("/search?q=printer").words
    visitor(asked_in).get(page)
    written = len(letters_to(wrote))
    actions.reopen(shared, words="No", by=shared.customer, at=AT)
    assert len(letters_to(wrote)) == written
    assert "does not read along any more" in visitor(shared.customer).get(page).words


def test_writing_makes_no_follower_of_who_follows_already_or_is_a_program(shared: ServiceRequest) -> None:
    department = shared.shared_department
    robot, friend = a_person(is_robot=True, department=department), a_person(department=department)
    watching.watch(shared, friend, by=shared.customer, at=AT)
    for person in (shared.customer, robot, friend):
        assert not watching.reply(shared, words="Hello", by=person, at=AT)
    assert queries.watchers(shared) == [friend]


def test_where_many_read_along_already_one_more_only_writes(
    shared: ServiceRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_WATCHERS", 1)
    first, second = (a_person(department=shared.shared_department) for _ in range(2))
    assert watching.reply(shared, words="I too.", by=first, at=AT)
    assert not watching.reply(shared, words="I too.", by=second, at=AT)


def test_the_form_says_who_will_read_it(visitor: Browser) -> None:
    service = a_service("Meeting rooms", slug="rooms", shared_with_department=True)
    anna = a_person("Anna Berg", department=Department(name="Finance"))
    loner = a_person("Lone")
    assert service.shared_with_department
    assert "everybody in Finance" in visitor(anna).get("/services/rooms/ask").words
    assert "everybody in" not in visitor(loner).get("/services/rooms/ask").words


def test_the_page_costs_no_more_with_many_watchers(case: Case, friend: Person, visitor: Browser) -> None:
    invited(case, friend)
    reader = visitor(friend)
    reader.get(case.page)
    with counted_statements() as few:
        reader.get(case.page)
    for _each in range(20):
        watching.watch(case.request, a_person(), by=None, at=AT)
    reader.get(case.page)
    with counted_statements() as many:
        reader.get(case.page)
    assert len(few) == len(many) <= 8
