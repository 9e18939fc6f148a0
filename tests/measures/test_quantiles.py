from datetime import timedelta
from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.quantiles import linear, nearest_rank

RESOLVED_HOURS = [0.3, 0.5, 0.8, 1, 1.2, 1.5, 2, 2.5, 3, 60]


def test_one_slow_request_does_not_move_the_median():
    assert linear(RESOLVED_HOURS, 0.5) == pytest.approx(1.35)
    assert nearest_rank(RESOLVED_HOURS, 0.9) == 3
    assert sum(RESOLVED_HOURS) / len(RESOLVED_HOURS) == pytest.approx(7.28)


def test_the_first_answers_and_the_lateness_of_the_reports_come_out():
    assert linear([5, 9, 12, 30, 240], 0.5) == 12
    assert linear([0.5, 1, 2, 2.5, 9, 40], 0.5) == 2.25


def test_spans_of_time_have_quantiles_too():
    spans = [timedelta(hours=1), timedelta(hours=2)]
    assert linear(spans, 0.5) == timedelta(minutes=90)
    assert nearest_rank(spans, 0.5) == timedelta(hours=1)


def test_nothing_has_no_quantile():
    assert linear([], 0.5) is None
    assert nearest_rank([], 0.5) is None


@pytest.mark.parametrize("rule", [linear, nearest_rank])
def test_a_quantile_beyond_all_is_refused(rule):
    with pytest.raises(ValueError):
        rule([1.0], 1.1)


@pytest.mark.parametrize(("q", "rank"), [(0.07, 7), (0.29, 29), (0.57, 57), (0.9, 90), (0, 1), (1, 100)])
def test_binary_fractions_do_not_cost_a_rank(q, rank):
    assert nearest_rank([float(value) for value in range(1, 101)], q) == rank


values = st.lists(st.integers(-1000, 1000), min_size=2, max_size=40).map(sorted)


@given(values)
def test_the_linear_rule_agrees_with_the_standard_library(values):
    tenths = quantiles(values, n=10, method="inclusive")
    assert [linear(values, i / 10) for i in range(1, 10)] == pytest.approx(tenths)
    assert linear(values, 0.5) == pytest.approx(median(values))


@given(values, st.floats(0, 1))
def test_both_rules_stay_among_the_values(values, q):
    assert nearest_rank(values, q) in values
    assert values[0] <= linear(values, q) <= values[-1]
