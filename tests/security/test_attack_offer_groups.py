"""What is meant for one group is not there for another: on no page, in no list, in no mail, and by no deed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from portal.catalogue import keeping
from portal.catalogue.models import Service
from portal.extensions import db
from portal.jobs import run_due
from portal.knowledge import actions as knowledge
from portal.mail.models import OutboxMessage
from portal.notices import actions as notices
from portal.notices.models import Notice
from portal.people.models import Person, Segment
from portal.web.moment import now
from tests.builders import a_person, a_segment, a_service
from tests.visitor import Visitor

Open = Callable[..., Visitor]
WORD = "Zeppelin"
PLACES = (
    "/",
    "/services",
    "/services?q=zeppelin",
    "/search?q=zeppelin",
    "/search?q=zepelin&kind=incident",
    "/search/suggestions?summary=zeppelin+down",
    "/search/suggestions?summary=zeppelin&service=zeppelin",
    "/notices",
    "/notices/subscriptions",
    "/knowledge",
    "/knowledge?about=zeppelin",
)


@dataclass
class Scene:
    """A service, its notices and an article, for Finance alone."""

    finance: Segment
    plant: Segment
    writer: Person
    second: Person
    service: Service
    told: list[Notice]

    def tell(self, **wording: Any) -> Notice:
        words: dict[str, Any] = {"kind": "incident", "title": f"{WORD} down", "body": WORD, **wording}
        notice = notices.write_notice(notices.Wording(**words), by=self.writer, at=now())
        db.session.flush()
        notices.propose(notice, version=notice.version, by=self.writer, at=now())
        notices.release(notice, version=notice.version, by=self.second, at=now())
        db.session.commit()
        return notice


@pytest.fixture
def scene(app: Any) -> Scene:
    finance, at = a_segment("Finance"), now()
    writer, second = a_person(roles=("agent",)), a_person(roles=("specialist",))
    service = a_service(f"{WORD} flights", slug="zeppelin", for_segments=[finance])
    found = Scene(finance, a_segment("Plant"), writer, second, service, [])
    later = {"starts_at": at + timedelta(hours=1), "ends_at": at + timedelta(hours=2)}
    found.told += [
        found.tell(services=[service]),
        found.tell(segments=[finance]),
        found.tell(kind="announcement", segments=[finance], ends_at=at + timedelta(days=1)),
        found.tell(kind="maintenance", services=[service], **later),
    ]
    written = knowledge.Written(
        title=f"{WORD} manual", summary=WORD, body=WORD, segments=["finance"], services=["zeppelin"]
    )
    article = knowledge.begin(written, by=writer, at=at)
    db.session.flush()
    knowledge.publish(article, note="New", version=article.version, by=writer, at=at)
    _offer_to(service, finance, by=writer)
    return found


def _offer_to(service: Service, segment: Segment, *, by: Person) -> None:
    offer = keeping.Offer(
        name=service.name, summary="Up", description="Up", hours_plan=service.hours_plan, for_segments=(segment,)
    )
    keeping.edit_service(service, offer, version=service.version, note="New", by=by, at=now())
    db.session.commit()


def _check_nothing_is_there(browser: Visitor, told: Sequence[Notice], slug: str = "zeppelin") -> None:
    for place in PLACES:
        shown = browser.get(place, review=False).html.replace("zeppelin", "")
        assert WORD not in shown, place
    references = [notice.reference for notice in told]
    pages = [f"/services/{slug}", f"/services/{slug}/ask", f"/notices/services/{slug}", "/knowledge/zeppelin-manual"]
    for address in [*pages, *(f"/notices/{one}{more}" for one in references for more in ("", "/leave"))]:
        browser.get(address, expect=404)
    deeds = [f"/notices/{one}/{deed}" for one in references for deed in ("me-too", "not-me", "join", "leave")]
    deeds += [f"/notices/services/{slug}/subscribe", f"/services/{slug}/ask", f"/services/{slug}/draft"]
    for address in [*deeds, "/knowledge/zeppelin-manual/solved"]:
        browser.post(address, {"summary": "x", "solved": "yes", "number": "1"}, expect=404)
    documents = [("service", slug), ("article", "zeppelin-manual"), *((one.kind, one.reference) for one in told)]
    for kind, key in documents:
        browser.post("/search/solved", {"kind": kind, "key": key}, expect=404)


def _letters_to(person: Person) -> int:
    return db.session.query(OutboxMessage).filter(OutboxMessage.to_address == person.email).count()


def test_another_group_finds_nothing_anywhere(scene: Scene, visitor: Open) -> None:
    ana, ben = a_person("Ana", segment=scene.finance), a_person("Ben", segment=scene.plant)
    _check_nothing_is_there(visitor(ben), scene.told)
    run_due()
    assert (_letters_to(ana), _letters_to(ben)) == (len(scene.told), 0)


def test_somebody_who_moves_to_another_group_leaves_everything_behind(scene: Scene, visitor: Open) -> None:
    ana = a_person("Ana", segment=scene.finance)
    browser = visitor(ana)
    browser.post("/notices/services/zeppelin/subscribe")
    browser.post(f"/notices/{scene.told[0].reference}/me-too")
    browser.post(f"/notices/{scene.told[1].reference}/join")
    browser.get("/", review=False)  # where the words about these deeds are read and gone
    run_due()
    before = _letters_to(ana)
    ana.segment = scene.plant
    for notice in scene.told[:2]:
        notices.post_update(notice, words="More", by=scene.writer, at=now())
    db.session.commit()
    run_due()
    assert _letters_to(ana) == before
    _check_nothing_is_there(browser, scene.told)


def test_what_is_told_of_a_service_goes_with_it_when_it_is_closed_to_others(scene: Scene, visitor: Open) -> None:
    service = a_service(f"{WORD} rides", slug="rides")
    notice, browser = scene.tell(services=[service]), visitor(a_person("Ben", segment=scene.plant))
    assert WORD in browser.get("/search?q=zeppelin", review=False).html
    _offer_to(service, scene.finance, by=scene.writer)
    run_due()
    _check_nothing_is_there(browser, [notice], "rides")


def test_a_retired_service_does_not_name_a_successor_of_another_group(scene: Scene, visitor: Open) -> None:
    old = a_service("Balloons", slug="balloons")
    keeping.retire(old, why="Gone", successor=scene.service, version=old.version, by=scene.writer, at=now())
    page = visitor(a_person("Ben", segment=scene.plant)).get("/services/balloons", expect=410, review=False)
    assert WORD not in page.html
