from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.intervals import Share, difference, wilson

# x, n, lower, upper: published values first, the rest computed with statsmodels.
WILSON = [
    (3, 10, 0.1078, 0.6032),
    (0, 10, 0.0000, 0.2775),
    (10, 10, 0.7225, 1.0000),
    (18, 20, 0.6990, 0.9721),
    (4, 20, 0.0807, 0.4160),
    (100, 200, 0.4314, 0.5686),
    (6, 32, 0.0889, 0.3531),
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
    (42, 50, 0.7149, 0.9166),
    (412, 500, 0.7882, 0.8549),
    (9, 10, 0.5958, 0.9821),
    (5, 5, 0.5655, 1.0000),
    (3, 4, 0.3006, 0.9544),
    (1, 1, 0.2065, 1.0000),
]

WILSON_TO_SIX_DIGITS = [
    (81, 263, 0.255289, 0.36621),
    (15, 148, 0.062386, 0.160487),
    (0, 20, 0.0, 0.161125),
    (1, 29, 0.006113, 0.171755),
    (23, 60, 0.270883, 0.509824),
    (15803, 24918, 0.6282, 0.640159),
    (275, 24918, 0.009812, 0.012411),
    (20, 20, 0.838875, 1.0),
    (1, 1, 0.206549, 1.0),
    (5, 25, 0.088606, 0.39131),
]

# The reports' own examples, in per cent with one decimal.
IN_REPORTS = [
    (100, 109, 91.7, 85.0, 95.6),
    (29, 700, 4.1, 2.9, 5.9),
    (539, 612, 88.1, 85.3, 90.4),
    (7, 8, 87.5, 52.9, 97.8),
    (8, 8, 100.0, 67.6, 100.0),
]

DIFFERENCES = [
    (7, 34, 1, 34, 0.1765, 0.0189, 0.3404, "higher"),
    (56, 70, 48, 80, 0.2000, 0.0524, 0.3339, "higher"),
    (88, 110, 82, 100, -0.0200, -0.1252, 0.0878, "no difference shown"),
    (45, 50, 40, 50, 0.1000, -0.0434, 0.2421, "no difference shown"),
    (170, 200, 150, 200, 0.1000, 0.0215, 0.1773, "higher"),
]


@pytest.mark.parametrize(("x", "n", "low", "high"), WILSON)
def test_the_interval_agrees_with_published_values(x, n, low, high):
    assert tuple(round(end, 4) for end in wilson(x, n)) == (low, high)


@pytest.mark.parametrize(("x", "n", "low", "high"), WILSON_TO_SIX_DIGITS)
def test_the_interval_agrees_to_six_digits(x, n, low, high):
    assert tuple(round(end, 6) for end in wilson(x, n)) == (low, high)


@pytest.mark.parametrize(("x", "n", "value", "low", "high"), IN_REPORTS)
def test_a_share_prints_as_in_the_reports(x, n, value, low, high):
    share = Share(x, n)
    assert (round(100 * share.value, 1), round(100 * share.low, 1), round(100 * share.high, 1)) == (value, low, high)


@pytest.mark.parametrize(
    ("z", "low", "high"), [(1.6448536269514722, 0.7377, 0.9074), (2.5758293035489004, 0.6685, 0.9318)]
)
def test_other_levels_of_confidence_agree_too(z, low, high):
    assert tuple(round(end, 4) for end in wilson(42, 50, z)) == (low, high)


@pytest.mark.parametrize(("x1", "n1", "x2", "n2", "value", "low", "high", "verdict"), DIFFERENCES)
def test_a_difference_agrees_with_published_values(x1, n1, x2, n2, value, low, high, verdict):
    found = difference(x1, n1, x2, n2)
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (value, low, high)
    assert found.verdict == verdict


def test_a_share_of_nothing_is_undefined_and_not_nought():
    nothing = Share(0, 0)
    assert (nothing.value, nothing.low, nothing.high) == (None, None, None)


def test_nothing_can_be_said_of_a_difference_to_nothing():
    found = difference(3, 4, 0, 0)
    assert (found.value, found.low, found.high, found.verdict) == (None, None, None, "no difference shown")


@pytest.mark.parametrize(("x", "n"), [(3, 2), (-1, 2), (1, 0), (0, -1)])
def test_more_than_all_is_refused(x, n):
    with pytest.raises(ValueError):
        Share(x, n)
    with pytest.raises(ValueError):
        wilson(x, n)


counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_the_interval_lies_between_nought_and_one_around_the_share(count):
    x, n = count
    low, high = wilson(x, n)
    assert 0 <= low <= x / n <= high <= 1
    mirrored = wilson(n - x, n)
    assert isclose(low, 1 - mirrored[1], abs_tol=1e-12) and isclose(high, 1 - mirrored[0], abs_tol=1e-12)


@given(counts, counts)
def test_a_difference_turned_round_is_its_opposite(first, second):
    there, back = difference(*first, *second), difference(*second, *first)
    assert there.low <= there.value <= there.high
    assert isclose(there.low, -back.high, abs_tol=1e-12)
    opposite = {"higher": "lower", "lower": "higher", "no difference shown": "no difference shown"}
    assert back.verdict == opposite[there.verdict]
