"""Who finds a request by its words: those who may read it now, and nobody else."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.extensions import db
from portal.people.models import Department, Person
from portal.requests.background import index_older
from portal.requests.findable import put_findable
from portal.requests.models import RequestWatcher, ServiceRequest
from portal.search import sources
from portal.search.owned import MOST_KEPT, owned, plain
from portal.search.words import wanted
from portal.web.moment import now
from tests.builders import a_person, a_request

pytestmark = pytest.mark.both_databases


def keys(viewer: Person, typed: str, **more: int) -> list[str]:
    return [one.key for one in sources.own(viewer, wanted(typed), size=20, **more).found]


def test_older_requests_become_findable_and_do_not_count_as_changed(app: Flask) -> None:
    customer = a_person()
    known, signs = a_request(customer, summary="Printers are loud"), a_request(customer, summary="???", details="!")
    db.session.execute(db.update(ServiceRequest).values(found_by=""))
    db.session.commit()
    before = {one.id: one.version for one in (known, signs)}
    assert keys(customer, "printer") == []
    index_older()
    db.session.expire_all()
    assert keys(customer, "printer") == [known.reference]
    assert signs.found_by == "-", "what has no words is not looked at again"
    assert {one.id: one.version for one in (known, signs)} == before


def test_only_ones_own_are_found_by_whole_and_begun_words(app: Flask) -> None:
    one, other = a_person(), a_person()
    mine = a_request(one, summary="The scanner hums")
    a_request(other, summary="The scanner hums")
    assert keys(one, "scanner") == keys(one, "scan") == keys(one, "scanners ") == [mine.reference]
    assert keys(one, "scan ") == [], "a word that is finished is meant as it stands"
    assert keys(one, "scanner sings") == []


def test_a_word_that_begins_with_a_number_is_no_word_of_another_person(app: Flask) -> None:
    people = [a_person() for _number in range(12)]
    request = a_request(people[0], summary="2fast is new")
    assert keys(people[0], "2fast") == [request.reference]
    assert [one for one in people[1:] if keys(one, "fast") or keys(one, "2fast")] == []


def test_whoever_watches_finds_it_until_they_leave(app: Flask) -> None:
    customer, watcher = a_person(), a_person()
    request = a_request(customer, summary="The scanner hums")
    row = RequestWatcher(request_id=request.id, person_id=watcher.id, is_open=True, added_at=now())
    db.session.add(row)
    put_findable(request)
    db.session.commit()
    assert keys(watcher, "scanner") == keys(customer, "scanner") == [request.reference]
    assert keys(watcher, request.reference) == [request.reference]
    db.session.delete(row)
    put_findable(request)
    db.session.commit()
    assert keys(watcher, "scanner") == keys(watcher, request.reference) == []


def test_words_alone_open_nothing(app: Flask) -> None:
    """Should the words ever be behind what people may read, the rule of reading still holds."""
    customer, watcher = a_person(), a_person()
    request = a_request(customer, summary="The scanner hums")
    row = RequestWatcher(request_id=request.id, person_id=watcher.id, is_open=True, added_at=now())
    db.session.add(row)
    put_findable(request)
    db.session.delete(row)
    db.session.commit()
    assert sources.own(watcher, wanted("scanner"), size=5) == (0, [])


def test_colleagues_find_what_is_shared_with_their_department(app: Flask) -> None:
    department = Department(name="Sales")
    db.session.add(department)
    customer, colleague, stranger = a_person(), a_person(), a_person()
    colleague.department = department
    request = a_request(customer, summary="The scanner hums")
    db.session.flush()
    request.shared_department_id = department.id
    put_findable(request)
    db.session.commit()
    assert keys(colleague, "scanner") == [request.reference]
    assert keys(stranger, "scanner") == []


def test_pages_of_ones_own_know_how_many_there_are(app: Flask) -> None:
    customer = a_person()
    made = [a_request(customer, summary=f"The scanner hums {number}") for number in range(7)]
    first, rest = (sources.own(customer, wanted("scanner"), after=after, size=5) for after in (0, 5))
    assert (first.number, rest.number) == (7, 7)
    assert [one.key for one in (*first.found, *rest.found)] == [one.reference for one in reversed(made)]


def test_without_a_word_it_is_what_is_still_open(app: Flask) -> None:
    customer = a_person()
    ended, still = a_request(customer), a_request(customer)
    ended.enter("closed")
    db.session.commit()
    assert [one.key for one in sources.own(customer, (), size=5).found] == [still.reference]


def test_a_very_long_text_is_kept_as_far_as_a_row_takes_it(app: Flask) -> None:
    words = " ".join(f"word{number}" for number in range(30_000))
    kept = owned(words, ["1", "2"])
    assert len(kept) <= MOST_KEPT
    assert set(plain(kept).split()) < set(words.split())
    customer = a_person()
    request = a_request(customer, summary="Long", details=words)
    assert keys(customer, "word77") == [request.reference]
