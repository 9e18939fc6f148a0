"""Results: who may read them, what they count, and whom they never give away."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.measures.satisfaction import Satisfaction
from portal.requests import actions as requests
from portal.surveys import actions, answers, instruments
from portal.surveys.models import Answer, Response, SampleCase, WaveTally
from portal.surveys.results import results_of
from portal.surveys.tokens import token_of
from portal.web.moment import now
from portal.web.sheet import safe_cell
from tests.builders import a_person, a_segment, a_service
from tests.visitor import counted_statements

SILENT = "Too few people have answered"


@pytest.fixture
def liaison(app):
    return a_person("Ines Moreau", roles=("liaison",))


@pytest.fixture
def manager(app):
    return a_person("Tomasz Berg", roles=("manager",))


def rows_of(page):
    return list(csv.reader(io.StringIO(page.html)))


def groups(wave, by):
    return {group.name: group.figures.n if group.figures else None for group in results_of(wave).groups[by]}


@pytest.mark.parametrize(
    ("role", "status"),
    {"liaison": 200, "analyst": 200, "manager": 200, "agent": 403, "administrator": 403, "board_member": 403}.items(),
)
def test_results_are_for_those_who_may_read_them(app, wave, visitor, role, status):
    reader = visitor(a_person(roles=(role,)))
    for address in ("/surveys", f"/surveys/{wave.slug}", f"/surveys/{wave.slug}.csv"):
        reader.get(address, expect=status)


def test_a_survey_that_is_not_there_is_not_found(app, wave, visitor, manager):
    visitor(manager).get("/surveys/none", expect=404)
    visitor(manager).get("/surveys/none.csv", expect=404)


def test_before_the_first_survey_the_page_says_what_will_happen(app, visitor, manager):
    assert "The first one starts by itself" in visitor(manager).get("/surveys").words


def test_who_could_not_say_is_not_in_the_denominator(app, wave, answered, visitor, manager):
    for score in (5, 5, 4, 4, 4, 4, 4, 2, 1, 3, None, None, None):
        answered(wave, score)
    found = results_of(wave).figures.satisfaction
    assert found == Satisfaction((1, 1, 1, 5, 2), 3)
    page = visitor(manager).get(f"/surveys/{wave.slug}")
    assert "70.0 %" in page.words and "7 of 10 are satisfied" in page.words
    assert "39.7 %" in page.words and "89.2 %" in page.words
    assert "3 more could not say and are not counted." in page.words


def test_fewer_than_five_answers_are_silent_on_every_page(app, wave, answered, visitor, liaison):
    for score in (5, 4, 2, 1):
        answered(wave, score, "You could know me by these words.")
    reader = visitor(liaison)
    page = reader.get(f"/surveys/{wave.slug}")
    assert SILENT in page.words
    assert "%" not in page.words and "these words" not in page.words
    assert "fewer than 5 answers" in reader.get("/surveys").words
    assert len(rows_of(reader.get(f"/surveys/{wave.slug}.csv"))) == 1
    answered(wave, 3)
    page = reader.get(f"/surveys/{wave.slug}")
    assert "2 of 5" in page.words and "these words" in page.words


def test_few_answers_are_counted_and_not_made_a_percentage(app, wave, answered, visitor, manager):
    for score in (5, 5, 5, 4, 4, 2):
        answered(wave, score)
    assert "5 of 6 are satisfied" in visitor(manager).get(f"/surveys/{wave.slug}").words


@pytest.mark.parametrize(("score", "words"), [(5, "nearly all of 6"), (1, "almost none of 6")])
def test_when_few_agree_nobody_is_spoken_for(app, wave, answered, visitor, manager, score, words):
    for _each in range(6):
        answered(wave, score)
    page = visitor(manager).get(f"/surveys/{wave.slug}")
    assert words in page.words and page.tree.find(".//table[@class='dist']") is None
    assert len(rows_of(visitor(manager).get(f"/surveys/{wave.slug}.csv"))) == 1


def test_a_small_group_and_the_rest_that_would_reveal_it_are_both_silent(app, wave, answered, visitor, liaison):
    large, small = a_service("Desktop", slug="desktop"), a_service("Laptop", slug="laptop")
    for _each in range(8):
        answered(wave, 4, "A desktop.", service=large)
    for _each in range(4):
        answered(wave, 1, "A laptop.", service=small)
    reader = visitor(liaison)
    assert "8 of 12" in reader.get(f"/surveys/{wave.slug}").words
    for slug in ("desktop", "laptop", "no-such-service", ""):
        page = reader.get(f"/surveys/{wave.slug}?service={slug}")
        assert "This part is not shown" in page.words
        assert "A desktop." not in page.words and "A laptop." not in page.words
        assert len(rows_of(reader.get(f"/surveys/{wave.slug}.csv?service={slug}"))) == 1
    assert groups(wave, "service") == {"Desktop": None, "Laptop": None}
    lines = rows_of(reader.get(f"/surveys/{wave.slug}.csv"))[1:]
    assert len(lines) == 12 and {line[1] for line in lines} == {""}


def test_one_hidden_group_among_many_takes_the_next_smallest_with_it(app, wave, answered):
    for name, size in (("A", 6), ("B", 5), ("C", 2)):
        service = a_service(name)
        for _each in range(size):
            answered(wave, 4, service=service)
    assert groups(wave, "service") == {"A": 6, "B": None, "C": None}


def test_a_part_that_is_large_enough_is_shown_with_its_own_words(app, wave, answered, visitor, manager):
    finance, sales = a_segment("Finance"), a_segment("Sales")
    for _each in range(5):
        answered(wave, 4, "From finance.", segment=finance)
        answered(wave, 2, "From sales.", segment=sales)
    page = visitor(manager).get(f"/surveys/{wave.slug}?segment=finance")
    assert page.heading.endswith(", Finance")
    assert "From finance." in page.words and "From sales." not in page.words


def test_two_attributes_at_once_are_not_shown(app, wave, answered, visitor, manager):
    finance, service = a_segment("Finance"), a_service("Desktop", slug="desktop")
    for _each in range(6):
        answered(wave, 4, segment=finance, service=service)
    page = visitor(manager).get(f"/surveys/{wave.slug}?segment=finance&service=desktop")
    assert "This part is not shown" in page.words


def test_only_liaisons_read_who_wrote(app, wave, answered, visitor, liaison, manager):
    cases = [answered(wave, 4, f"Words {number}.") for number in range(5)]
    assert cases[0].customer.name in visitor(liaison).get(f"/surveys/{wave.slug}").words
    page = visitor(manager).get(f"/surveys/{wave.slug}")
    assert "Words 0." in page.words
    assert not any(case.customer.name in page.words or case.request.reference in page.words for case in cases)


def test_nobody_reads_who_wrote_confidentially(app, answered, visitor, liaison, opened):
    wave = instruments.open_wave(slug="hush", title="Hush", mode="confidential", kind="periodic", at=opened)
    cases = [answered(wave, 4, f"Words {number}.") for number in range(5)]
    page = visitor(liaison).get("/surveys/hush")
    assert "Words 0." in page.words
    assert not any(case.customer.name in page.words or case.request.reference in page.words for case in cases)


@pytest.mark.both_databases
def test_answers_without_a_name_join_the_results_several_at_a_time(app, answered, opened):
    wave = instruments.open_wave(slug="quiet", title="Quiet", mode="anonymous", kind="periodic", at=opened)
    seen = []
    for number in range(11):
        answered(wave, 4 if number % 2 else 2, "Psst.")
        figures = results_of(wave).figures
        seen.append(figures.n if figures else None)
    assert seen == [None] * 4 + [5] * 5 + [10] * 2
    assert results_of(wave).groups == {"service": [], "segment": []}
    assert len(answers.comments_of(wave, service_id=None, segment_id=None, after=None, size=50)) == 10


@pytest.mark.both_databases
def test_the_tallies_are_what_counting_would_give(app, wave, closed, answered):
    finance = a_segment("Finance")
    first = answered(wave, 2, segment=finance)
    answered(wave, None)
    answered(wave, 5)
    actions.answer(token_of(first.id), 4, "Better now.", at=now())
    actions.refuse(token_of(closed(wave).id), for_good=True, at=now())
    again = closed(wave)
    requests.reopen(again.request, words="No.", by=again.customer, at=now())
    actions.end_reopened()
    actions.end_expired(at=closed(wave).expires_at)
    counted: Counter[tuple[int, int, str]] = Counter()
    for case in db.session.scalars(select(SampleCase)):
        reason = f":{case.not_selected_reason}" if case.not_selected_reason else ""
        counted[case.service_id, case.segment_id or 0, f"case:{case.disposition}{reason}"] += 1
    query = select(SampleCase, Answer.value).join(Response, Response.case_id == SampleCase.id).join(Answer)
    for case, value in db.session.execute(query.where(Answer.question.has(variable_name="csat_overall"))):
        counted[case.service_id, case.segment_id or 0, f"score:{value or 'na'}"] += 1
    kept = {(t.service_id, t.segment_id, t.what): t.n for t in db.session.scalars(select(WaveTally)) if t.n}
    assert kept == dict(counted)


def test_the_response_rate_is_that_of_all_who_were_asked(app, wave, closed, answered):
    for score in (5, 4, 3, None):
        answered(wave, score)
    actions.refuse(token_of(closed(wave).id), for_good=False, at=now())
    for _each in range(5):
        closed(wave)
    wave.sampling_rate = 0.0
    for _each in range(2):
        closed(wave)
    found = results_of(wave).fieldwork
    assert (found.complete, found.partial, found.refusal, found.non_contact) == (3, 1, 1, 5)
    assert (found.rr1.x, found.rr1.n) == (3, 10)
    assert (found.coverage.x, found.coverage.n) == (10, 12)


@pytest.mark.both_databases
def test_an_answer_belongs_to_the_moment_the_request_was_resolved(app, wave, answered, opened):
    cases = [answered(wave, score) for score in (5, 4, None)]
    ended = cases[0].ended_at
    assert answers.satisfaction_between(opened, ended) == Satisfaction((0, 0, 0, 0, 0))
    assert answers.satisfaction_between(ended, now()) == Satisfaction((0, 0, 0, 1, 1), 1)


def test_the_file_has_a_line_per_answer_and_no_live_formula(app, wave, answered, visitor, manager):
    service = a_service("Desktop", slug="desktop")
    for number in range(12):
        answered(wave, 4 if number else 2, "=HYPERLINK(1)" if number == 3 else "", service=service)
    lines = rows_of(visitor(manager).get(f"/surveys/{wave.slug}.csv"))
    assert lines[0] == ["number", "service", "segment", "csat_overall", "csat_missing", "comment"]
    assert Counter(line[3] for line in lines[1:]) == {"4": 11, "2": 1}
    assert {line[1] for line in lines[1:]} == {"Desktop"}
    assert "'=HYPERLINK(1)" in {line[5] for line in lines}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\n=1", "＝1"])
def test_no_cell_begins_a_formula(text):
    assert str(safe_cell(text)).startswith("'")
    assert safe_cell(4) == 4 and safe_cell("fine") == "fine"


def test_the_pages_cost_the_same_however_many_have_answered(app, wave, answered, visitor, manager):
    services = [a_service(f"Service {letter}") for letter in "AB"]

    def fill():
        for service in services:
            for _each in range(5):
                answered(wave, 4, "Words.", service=service)

    def cost(address):
        db.session.expire_all()
        with counted_statements() as seen:
            reader.get(address)
        return len(seen)

    reader = visitor(manager)
    addresses = ("/surveys", f"/surveys/{wave.slug}", f"/surveys/{wave.slug}?service={services[0].slug}")
    fill()
    before = [cost(address) for address in addresses]
    fill()
    assert [cost(address) for address in addresses] == before
    assert max(before) <= 10


@pytest.mark.both_databases
def test_older_comments_are_on_the_next_page(app, wave, answered, visitor, manager):
    for number in range(23):
        answered(wave, 4, f"Word-{number}.")
    reader = visitor(manager)
    first = reader.get(f"/surveys/{wave.slug}")
    second = reader.get(next(link for link in first.links() if "after=" in link))
    found = [number for number in range(23) for page in (first, second) if f"Word-{number}." in page.words]
    assert sorted(found) == list(range(23))


def test_a_comment_can_be_found_by_the_improvement_that_answers_it(app, wave, answered):
    answered(wave, 2, "Nobody told me when.")
    (comment,) = answers.comments_of(wave, service_id=None, segment_id=None, after=None, size=5)
    assert answers.find_comment(comment.answer_id) is None, "a wave that is silent"
    for _each in range(4):
        answered(wave, 4)
    assert answers.find_comment(comment.answer_id).text == "Nobody told me when."
    assert answers.find_comment("unknown") is None
