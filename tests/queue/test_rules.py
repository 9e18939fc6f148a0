"""Rules propose a team for a new request, say why, and decide nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from portal.extensions import db
from portal.people.models import Team
from portal.queue import proposals
from portal.queue.models import TeamRule
from portal.requests import actions
from tests.builders import TUESDAY_10, a_person, a_request, a_segment, a_service
from tests.requests.conftest import Case
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]


@pytest.fixture
def network(app: Flask) -> Team:
    team = Team(name="Network")
    db.session.add(team)
    db.session.flush()
    return team


def a_rule(team: Team, *words: str, service_id: int | None = None, segment_id: int | None = None) -> TeamRule:
    return proposals.save_rule(None, team=team, words=words, service_id=service_id, segment_id=segment_id, is_on=True)


@pytest.mark.parametrize(
    ("words", "asked", "because"),
    [
        (("vpn",), "My VPN drops", "the words say “vpn”"),
        (("vpn", "tunnel"), "The tunnels are gone", "the words say “tunnel”"),
        (("remote desktop",), "Desktop, remote: black", "the words say “remote desktop”"),
        (("vpn",), "My vpns.txt is gone, vpnx too", None),
        (("Köln",), "Kein Netz in KÖLN", "the words say “Köln”"),
        (("50%",), "50 of them", "the words say “50%”"),
    ],
)
def test_words_are_found_whole_in_any_case_and_by_their_stem(
    network: Team, words: tuple[str, ...], asked: str, because: str | None
) -> None:
    a_rule(network, *words)
    request = a_request(summary=asked, details="")
    assert request.proposed_why.get("because") == because
    assert (request.proposed_team_id, request.team_id) == (network.id if because else None, None)


def test_all_that_a_rule_says_must_hold_and_the_first_one_that_fits_is_taken(network: Team) -> None:
    desk, service, segment = Team(name="Desk"), a_service("Screens"), a_segment("Finance")
    db.session.add(desk)
    off = a_rule(desk, "black")
    off.is_on = False
    a_rule(network, "black", service_id=service.id, segment_id=segment.id)
    a_rule(desk, service_id=service.id)
    banker = a_person(segment=segment)
    both, one = a_request(banker, service, summary="All black"), a_request(service=service, summary="All black")
    assert both.proposed_team_id == network.id and one.proposed_team_id == desk.id
    assert both.proposed_why["because"] == (
        "the words say “black”, the service is Screens, the customer belongs to Finance"
    )
    assert a_request(banker, summary="All black").proposed_team_id is None


def test_the_desk_sees_what_is_proposed_and_one_click_follows(visitor: Browser, case: Case, network: Team) -> None:
    rule = a_rule(network, "smoke")
    request = a_request(case.customer, case.request.service, details="Smoke")
    agent = visitor(case.agent)
    address = f"/queue/{request.reference}"
    words = agent.get(address).words
    assert "Proposed: Network, because the words say “smoke”." in words and "Nobody yet" in words
    assert "proposed: Network" in agent.get("/queue").words
    assert f"Network has {request.reference} now." in agent.follow(agent.post(f"{address}/proposal")).words
    db.session.expire_all()
    assert (request.team_id, request.proposed_team_id, rule.hits, rule.accepted) == (network.id, None, 1, 1)
    refused = agent.client.post(f"{address}/proposal", data={"csrf_token": agent.token()})
    assert refused.status_code == 422 and rule.accepted == 1
    assert "Proposed" not in visitor(case.customer).get(f"/requests/{request.reference}").words


def test_who_takes_it_or_gives_it_elsewhere_has_decided(case: Case, network: Team) -> None:
    a_rule(network, "smoke")
    taken, given = a_request(details="Smoke"), a_request(details="Smoke")
    actions.take(taken, by=case.agent, at=TUESDAY_10)
    actions.assign(given, to=case.agent, team=None, why="", by=case.agent, at=TUESDAY_10)
    assert taken.proposed_team_id is None and given.proposed_team_id is None


def test_no_rule_that_fits_costs_one_look_at_the_rules(case: Case, network: Team) -> None:
    for number in range(30):
        a_rule(network, f"word{number}")
    with counted_statements() as seen:
        assert proposals.proposal_for("something else", None, None) is None
    assert len(seen) == 1


def test_rules_are_kept_tried_moved_and_removed(visitor: Browser, case: Case, network: Team) -> None:
    boss = visitor(a_person(roles=("manager",)))
    assert "No rules yet" in boss.get("/queue/rules").words
    form = boss.get("/queue/rules/new").form_for("/queue/rules/new")
    values = form | {"words": "vpn, wifi ,vpn,, ", "team": network.id, "is_on": "y"}
    boss.post("/queue/rules/new", values)
    boss.post("/queue/rules/new", values)
    boss.submit("/queue/rules/new", {"words": "", "service": case.request.service_id, "team": network.id, "is_on": "y"})
    first, second = proposals.rules_in_order()
    assert first.words == ["vpn", "wifi"]
    tried = boss.get("/queue/rules?text=The+wifi+is+slow&service=&segment=").words
    assert "Proposed: Network, because the words say “wifi”." in tried
    assert "No rule fits." in boss.get("/queue/rules?text=Nothing").words
    boss.post(f"/queue/rules/{second.id}/up")
    boss.post(f"/queue/rules/{second.id}/up")
    db.session.expire_all()
    assert [one.id for one in proposals.rules_in_order()] == [second.id, first.id]
    boss.post(f"/queue/rules/{first.id}/remove")
    assert db.session.query(TeamRule).count() == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"words": " , ", "team": "1"}, "Say when this team fits"),
        ({"words": "vpn", "team": ""}, "Choose a team."),
        ({"words": "vpn", "team": "77"}, "hoice"),
        ({"words": ",".join(f"w{number}" for number in range(31)), "team": "1"}, "at most 30 words"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(
    visitor: Browser, network: Team, values: dict[str, str], words: str
) -> None:
    page = visitor(a_person(roles=("administrator",))).submit("/queue/rules/new", values, expect=422)
    assert words in page.words and page.form_for("/queue/rules/new")["words"] == values["words"]
    assert db.session.query(TeamRule).count() == 0


def test_a_second_keeper_is_told_what_the_rule_says_now(visitor: Browser, network: Team) -> None:
    rule = a_rule(network, "vpn")
    one, two = (visitor(a_person(roles=("manager",))) for _number in range(2))
    address = f"/queue/rules/{rule.id}"
    form = two.get(address).form_for(address)
    one.submit(address, {"words": "vpn, tunnel"})
    page = two.post(address, {**form, "words": "wifi"}, expect=409)
    assert "vpn, tunnel" in page.words and page.form_for(address)["words"] == "wifi"


def test_agents_do_not_keep_rules(visitor: Browser, case: Case, network: Team) -> None:
    rule = a_rule(network, "vpn")
    agent = visitor(case.agent)
    agent.get("/queue/rules", expect=403)
    agent.post(f"/queue/rules/{rule.id}/remove", expect=403)
    visitor(a_person(roles=("manager",))).post("/queue/rules/77/remove", expect=404)
