import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.disclosure import hidden

ROWS = [
    ((12, 7, 3, 1), (7, 3, 1)),
    ((12, 7, 3, 2), (3, 2)),
    ((40, 25, 4), (25, 4)),
    ((12, 9, 6), ()),
    ((4,), (4,)),
    ((30, 5, 4, 4), (4, 4)),
]


def named(counts):
    return {f"group {index}": count for index, count in enumerate(counts)}


@pytest.mark.parametrize(("counts", "expected"), ROWS)
def test_small_groups_are_hidden_and_what_would_give_them_away(counts, expected):
    groups = named(counts)
    assert sorted((groups[name] for name in hidden(groups)), reverse=True) == sorted(expected, reverse=True)


def test_of_equal_groups_the_first_by_name_is_hidden():
    assert hidden({"Sales": 9, "Finance": 9, "Legal": 2}) == {"Finance", "Legal"}
    assert hidden({"Legal": 2, "Finance": 9, "Sales": 9}) == {"Finance", "Legal"}


def test_no_groups_hide_nothing():
    assert hidden({}) == frozenset()


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 60), max_size=8), st.integers(3, 10))
def test_what_is_hidden_cannot_be_got_by_subtraction(counts, k):
    away = hidden(counts, k)
    assert {name for name, count in counts.items() if count < k} <= away
    if away and away != set(counts):
        assert len(away) >= 2
        assert sum(counts[name] for name in away) >= k


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(5, 60), max_size=8))
def test_large_groups_are_all_shown(counts):
    assert not hidden(counts)
