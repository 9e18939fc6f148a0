import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.control_charts import p_chart, xmr_chart

# Published: 30 samples of 50 wafers (NIST/SEMATECH e-Handbook 6.3.3.2).
WAFERS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
# Published: 30 batches of 500 circuits (SAS/QC).
CIRCUITS = [5, 6, 11, 6, 4, 9, 17, 10, 12, 9, 8, 7, 7, 15, 8, 18, 12, 16, 4, 7, 17, 12, 8, 7, 15, 6, 8, 12, 7, 9]
# Published: peaches in samples of 250 or 500 (Pyzdek, table 9.6).
PEACHES = [
    *((x, 250) for x in (47, 42, 55, 51, 46, 61, 39, 44, 41, 51)),
    *((x, 500) for x in (88, 101, 101)),
    *((x, 250) for x in (40, 48, 47, 50, 48, 57, 45, 43)),
    *((x, 500) for x in (105, 98, 100, 96)),
]
# Published: scans on time, 24 months (Anhøj).
ON_TIME = list(
    zip(
        (12, 16, 17, 17, 14, 7, 10, 15, 14, 12, 13, 7, 16, 7, 5, 10, 7, 14, 12, 16, 14, 20, 11, 13),
        (25, 22, 29, 26, 19, 11, 15, 21, 28, 22, 19, 17, 27, 18, 19, 22, 17, 18, 19, 26, 24, 32, 22, 22),
        strict=True,
    )
)
HELPDESK_YEAR = list(
    zip(
        (40, 52, 38, 61, 47, 55, 44, 58, 49, 63, 51, 45),
        (48, 60, 45, 70, 56, 66, 50, 69, 60, 72, 59, 54),
        strict=True,
    )
)
# Requests of a real service desk opened in a week, and those among them whose target was met.
PROMISE_WEEKS = [
    ("2016-W09", 819, 1858, 0.440797, 0.537694, 0.606564, "below"),
    ("2016-W10", 88, 2073, 0.042451, 0.539528, 0.604729, "below"),
    ("2016-W11", 680, 1975, 0.344304, 0.538729, 0.605528, "below"),
    ("2016-W12", 1025, 1686, 0.607948, 0.53598, 0.608278, None),
    ("2016-W13", 1558, 2174, 0.716651, 0.540295, 0.603963, "above"),
    ("2016-W14", 1518, 2008, 0.755976, 0.539005, 0.605253, "above"),
    ("2016-W15", 1580, 1995, 0.79198, 0.538897, 0.605361, "above"),
    ("2016-W16", 921, 1401, 0.657388, 0.532473, 0.611785, "above"),
    ("2016-W17", 1615, 1966, 0.821465, 0.538653, 0.605605, "above"),
]


def labelled(pairs):
    return [(str(index), k, n) for index, (k, n) in enumerate(pairs, start=1)]


def signals(chart):
    return [(point.label, point.signal) for point in chart.points if point.signal]


def limits(point, digits=4):
    return round(point.lcl, digits), round(point.ucl, digits)


def test_the_wafers_give_their_published_limits_and_two_signals():
    chart = p_chart(labelled((k, 50) for k in WAFERS))
    assert round(chart.centre, 6) == 0.231333
    assert {limits(point, 6) for point in chart.points} == {(0.052428, 0.410239)}
    assert signals(chart) == [("15", "above"), ("23", "above")]


def test_the_circuits_are_all_within_their_published_limits():
    chart = p_chart(labelled((k, 500) for k in CIRCUITS))
    assert round(chart.centre, 6) == 0.019467
    assert {limits(point, 6) for point in chart.points} == {(0.000931, 0.038003)}
    assert signals(chart) == []


def test_kept_promises_by_week_give_the_limits_of_the_reference():
    chart = p_chart([(label, k, n) for label, k, n, *_ in PROMISE_WEEKS])
    assert round(chart.centre, 6) == 0.572129
    found = [(p.label, p.k, p.n, round(p.p, 6), *limits(p, 6), p.signal) for p in chart.points]
    assert found == PROMISE_WEEKS


def test_one_bad_sample_against_a_known_centre_is_a_signal():
    chart = p_chart([("day 31", 37, 200)], baseline=[("30 days", 567, 6000)])
    assert chart.centre == 0.0945
    assert limits(chart.points[0], 6) == (0.032446, 0.156554)
    assert signals(chart) == [("day 31", "above")]


def test_a_given_centre_serves_as_well_as_earlier_points():
    chart = p_chart([("1", 24, 400), ("2", 36, 400), ("3", 32, 400), ("4", 60, 400)], baseline=0.15)
    assert limits(chart.points[0]) == (0.0964, 0.2036)
    assert signals(chart) == [("1", "below"), ("2", "below"), ("3", "below")]


def test_the_limits_are_wider_where_the_sample_is_smaller():
    chart = p_chart(labelled(PEACHES))
    assert round(chart.centre, 4) == 0.1930
    assert {(p.n, *limits(p)) for p in chart.points} == {(250, 0.1181, 0.2679), (500, 0.1401, 0.2459)}
    assert signals(chart) == []


def test_the_limits_are_cut_at_nought_and_one():
    chart = p_chart(labelled(ON_TIME))
    assert round(chart.centre, 4) == 0.5750
    assert [limits(chart.points[month - 1]) for month in (1, 6, 15)] == [
        (0.2784, 0.8716),
        (0.1278, 1.0),
        (0.2348, 0.9152),
    ]
    assert signals(chart) == []


def test_a_bad_month_is_below_the_limits_of_the_year_before():
    year = labelled(HELPDESK_YEAR)
    assert limits(p_chart(year).points[0]) == (0.6961, 1.0)
    chart = p_chart([("new", 30, 52)], baseline=year)
    assert round(chart.centre, 4) == 0.8505
    assert round(chart.points[0].p, 4) == 0.5769
    assert limits(chart.points[0]) == (0.7021, 0.9988)
    assert signals(chart) == [("new", "below")]


@pytest.mark.parametrize(("n", "low", "high"), [(1400, 93.5, 96.9), (60, 86.9, 100.0)])
def test_the_limits_print_as_in_the_reports(n, low, high):
    point = p_chart([("now", 0, n)], baseline=0.952).points[0]
    assert (round(100 * point.lcl, 1), round(100 * point.ucl, 1)) == (low, high)


def test_an_empty_month_has_neither_share_nor_signal():
    chart = p_chart([("empty", 0, 0), ("some", 1, 2)])
    assert chart.centre == 0.5
    assert (chart.points[0].p, chart.points[0].lcl, chart.points[0].signal) == (None, None, None)


def test_without_any_sample_there_is_no_centre():
    assert p_chart([]).centre is None
    assert p_chart([("only", 1, 2)], baseline=[]).points[0].lcl is None


def test_more_than_all_is_refused():
    with pytest.raises(ValueError, match="3 of 2"):
        p_chart([("wrong", 3, 2)])


def test_single_values_give_the_published_limits():
    chart = xmr_chart([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    found = (chart.centre, chart.mean_range, chart.lcl, chart.ucl)
    assert [round(value, 4) for value in found] == [50.81, 1.8778, 45.8159, 55.8041]


def test_one_value_far_below_is_a_signal():
    # Published: systolic blood pressures (Anhøj); only the sixth is outside.
    pressures = [169, 172, 175, 174, 161, 142, 174, 171, 168, 174, 180, 194, 161]
    pressures += [181, 175, 176, 186, 166, 157, 183, 177, 171, 185, 176, 181, 174]
    chart = xmr_chart(pressures)
    found = (chart.centre, chart.mean_range, chart.lcl, chart.ucl)
    assert [round(value, 4) for value in found] == [173.1923, 11.0, 143.9370, 202.4476]
    assert [index for index, signal in enumerate(chart.signals, start=1) if signal] == [6]


def test_single_values_print_as_in_the_reports():
    chart = xmr_chart([52, 49, 57, 61, 48, 55, 50, 58])
    assert (round(chart.centre, 2), round(chart.mean_range, 2)) == (53.75, 6.86)
    assert (round(chart.lcl, 1), round(chart.ucl, 1)) == (35.5, 72.0)


def test_one_value_alone_has_no_chart():
    assert xmr_chart([5.0]) is None


samples = st.lists(
    st.integers(0, 400).flatmap(lambda n: st.tuples(st.just("x"), st.integers(0, n), st.just(n))), max_size=20
)


@given(samples)
def test_limits_stay_between_nought_and_one_around_the_centre(points):
    chart = p_chart(points)
    for point in chart.points:
        if point.lcl is not None:
            assert 0 <= point.lcl <= chart.centre <= point.ucl <= 1
            assert (point.signal is None) == (point.lcl <= point.p <= point.ucl)
