import pytest

from portal.measures.priority import IMPACTS, URGENCIES, priority_of


def test_what_stops_everybody_at_once_comes_first_and_what_can_wait_last():
    rows = [[priority_of(impact, urgency) for urgency in URGENCIES] for impact in IMPACTS]
    assert rows == [[1, 2, 3], [2, 3, 3], [3, 3, 4]]


def test_wider_or_sooner_is_never_less_urgent():
    for impact in IMPACTS:
        for urgency in URGENCIES:
            here = priority_of(impact, urgency)
            assert all(priority_of(i, u) <= here for i in range(1, impact + 1) for u in range(1, urgency + 1))


@pytest.mark.parametrize("wrong", [(0, 1), (1, 0), (4, 1), (1, 4), (-1, -1)])
def test_other_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match="from 1 to 3"):
        priority_of(*wrong)
