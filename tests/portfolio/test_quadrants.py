"""Where services stand on the picture: pure places, names that never cover one another."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.portfolio.quadrants import BOTTOM, LEFT, RADIUS, RIGHT, TOP, Box, Point, picture, quadrant_of, shortened

POINTS = st.lists(
    st.builds(
        Point,
        key=st.uuids().map(str),
        name=st.text("abcdefgh ", min_size=1, max_size=60),
        demand=st.integers(0, 100_000),
        share=st.floats(0, 1),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda one: one.key,
)


def point(name: str, demand: int, share: float) -> Point:
    return Point(name, name, demand, share)


def test_nothing_makes_no_picture() -> None:
    assert picture([], level=0.9) is None


@pytest.mark.parametrize(
    ("demand", "share", "quadrant"),
    [
        (10, 0.95, "much_well"),
        (10, 0.85, "much_badly"),
        (9, 0.95, "little_well"),
        (9, 0.85, "little_badly"),
        (10, 0.9, "much_well"),
    ],
)
def test_demand_and_share_name_the_quadrant_and_a_line_counts_as_much_and_as_well(
    demand: int, share: float, quadrant: str
) -> None:
    assert quadrant_of(point("a", demand, share), 10, 0.9) == quadrant


def test_the_picture_is_cut_at_the_middle_of_the_demand_and_at_the_level() -> None:
    found = picture([point("a", 2, 0.8), point("b", 8, 0.9), point("c", 40, 1.0)], level=0.9)
    assert found is not None and found.demand_level == 8
    a, b, c = found.dots
    assert (b.x, b.y) == (found.split_x, found.split_y)
    assert a.x < b.x < c.x and a.y > b.y > c.y
    assert [dot.quadrant for dot in found.dots] == ["little_badly", "much_well", "much_well"]


@pytest.mark.parametrize(("most", "logarithmic"), [(29, False), (30, True), (5000, True)])
def test_steps_of_ten_keep_seldom_services_apart_when_one_is_asked_for_often(most: int, logarithmic: bool) -> None:
    found = picture([point("a", 1, 0.9), point("b", 3, 0.9), point("c", most, 0.9)], level=0.9)
    assert found is not None and found.logarithmic is logarithmic
    assert found.dots[1].x - found.dots[0].x > 20
    assert next(tick.value for tick in found.demand_ticks) == 0


@given(POINTS, st.floats(0, 1))
def test_every_dot_is_inside_and_no_name_covers_a_dot_or_a_name(points: list[Point], level: float) -> None:
    found = picture(points, level=level)
    assert found is not None and len(found.dots) == len(points)
    for dot in found.dots:
        assert LEFT <= dot.x <= RIGHT and TOP <= dot.y <= BOTTOM
    labels = [(dot.key, dot.label.box) for dot in found.dots if dot.label]
    assert not any(one.meets(two) for (_a, one), (_b, two) in combinations(labels, 2))
    for key, box in labels:
        assert box.left >= LEFT and box.right <= RIGHT
        for dot in found.dots:
            own = Box(dot.x - RADIUS, dot.y - RADIUS, dot.x + RADIUS, dot.y + RADIUS)
            assert dot.key == key or not box.meets(own)


@given(POINTS)
def test_the_same_services_in_another_order_stand_at_the_same_places(points: list[Point]) -> None:
    one, two = picture(points, level=0.9), picture(points[::-1], level=0.9)
    assert one is not None and two is not None
    assert sorted(one.dots, key=lambda dot: dot.key) == sorted(two.dots, key=lambda dot: dot.key)


def test_a_service_alone_has_its_name_and_a_long_name_is_cut() -> None:
    found = picture([point("Printing", 4, 0.5)], level=0.5)
    assert found is not None and found.dots[0].label is not None and found.dots[0].label.words == "Printing"
    assert len(shortened("x" * 80)) == 26 and shortened("x" * 80).endswith("…")
