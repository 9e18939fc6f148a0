"""A request that was not needed counts where somebody decides about services and articles."""

from __future__ import annotations

from collections.abc import Callable

from portal.extensions import db
from portal.search.actions import solved
from portal.web.moment import now
from tests.builders import a_person, a_service
from tests.knowledge.articles import an_article
from tests.visitor import Visitor


def test_the_portfolio_and_the_writers_read_what_was_not_needed(visitor: Callable[..., Visitor]) -> None:
    service, article = a_service("Printers", slug="printers"), an_article(title="Paper jam")
    a_service("Network", slug="network")
    for press in ("one", "two", "three"):
        assert solved("article", article.slug, service=service.slug, once=press, at=now())
    db.session.commit()
    manager = visitor(a_person(roles=("manager",)))
    assert "3 requests in all were not needed" in manager.get("/portfolio").words
    lines = manager.get("/portfolio/figures.csv").html.splitlines()
    column = lines[0].split(",").index("not_needed")
    assert {line.split(",")[0]: line.split(",")[column] for line in lines[1:]} == {"printers": "3", "network": "0"}
    writers = visitor(a_person(roles=("agent",))).get("/knowledge/writing?view=published")
    assert '90 days">3</td>' in writers.html
