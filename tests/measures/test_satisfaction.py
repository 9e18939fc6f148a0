import pytest

from portal.measures.satisfaction import Satisfaction, satisfaction_of

EXAMPLE = Satisfaction((3, 4, 9, 22, 46))


def rounded(share):
    return round(share.value, 4), round(share.low, 4), round(share.high, 4)


def test_the_worked_example_comes_out_to_the_digits_printed():
    assert EXAMPLE.n == 84
    assert (EXAMPLE.top_two.x, EXAMPLE.top_two.n) == (68, 84)
    assert rounded(EXAMPLE.top_two) == (0.8095, 0.7128, 0.8792)
    assert rounded(EXAMPLE.top_one) == (0.5476, 0.4414, 0.6496)
    assert rounded(EXAMPLE.bottom_two) == (0.0833, 0.0410, 0.1622)
    assert round(EXAMPLE.mean, 4) == 4.2381


def test_skipped_answers_are_never_in_the_denominator():
    with_skipped = Satisfaction((3, 4, 9, 22, 46), skipped=25)
    assert with_skipped.top_two == EXAMPLE.top_two
    assert with_skipped.mean == EXAMPLE.mean


def test_forty_satisfied_of_fifty_answers_in_eighty_surveys_are_eighty_per_cent():
    assert Satisfaction((5, 3, 2, 20, 20), skipped=30).top_two.value == 0.8


def test_without_answers_satisfaction_is_undefined_and_not_nought():
    nobody = Satisfaction((0, 0, 0, 0, 0), skipped=4)
    assert (nobody.n, nobody.mean, nobody.top_two.value) == (0, None, None)


def test_single_answers_are_counted_and_skipped_ones_kept_apart():
    assert satisfaction_of([5, None, 4, 5, 1, None]) == Satisfaction((1, 0, 0, 1, 2), skipped=2)


def test_an_answer_off_the_scale_is_refused():
    with pytest.raises(ValueError, match="from 1 to 5"):
        satisfaction_of([0])
    with pytest.raises(ValueError, match="none below zero"):
        Satisfaction((0, 0, -1, 0, 0))
