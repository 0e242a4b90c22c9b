"""The own spread (F6b) and the words of F11."""

import math
from collections.abc import Sequence
from decimal import Decimal
from statistics import variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.scores.rules.funnel import (
    GroupStanding,
    deviation,
    effective_ballots,
    funnel_lines,
    standing,
    top_box_low,
)
from evalsys.scores.rules.spread import Moments, own_error, own_variance

WEIGHTS = {"recipient": 60, "collaborator": 10, "leader": 0}
scores = st.lists(st.integers(2000, 10000), min_size=2, max_size=40)


def moments(points: Sequence[int]) -> Moments:
    return Moments(len(points), sum(points), sum(point * point for point in points))


@given(scores, scores)
def test_the_own_variance_is_that_of_the_weighted_group_means(
    first: list[int], second: list[int]
) -> None:
    found = own_variance(
        {"recipient": moments(first), "collaborator": moments(second)}, WEIGHTS, 76.0
    )
    own = [variance([point / 100 for point in one]) / len(one) for one in (first, second)]
    expected = (6 / 7) ** 2 * own[0] + (1 / 7) ** 2 * own[1]
    assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)


def test_a_single_ballot_has_the_pooled_spread() -> None:
    alone = own_variance({"recipient": moments([10000])}, WEIGHTS, 76.0)
    assert alone == 76.0
    without = {"recipient": moments([8000, 10000]), "leader": moments([2000])}
    assert own_variance(without, WEIGHTS, 76.0) == own_variance(
        {"recipient": without["recipient"]}, WEIGHTS, 76.0
    )


def test_nobody_has_no_own_spread() -> None:
    with pytest.raises(ValueError, match="no ballots"):
        own_variance({"leader": moments([8000])}, WEIGHTS, 76.0)


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_the_error_is_never_smaller_than_the_pooled_one(own: float, pooled: float) -> None:
    found = float(own_error(own, pooled))
    assert found >= math.sqrt(max(own, pooled)) - 0.05 - 1e-9
    assert own_error(own, pooled) == own_error(pooled, own)


@pytest.mark.parametrize(
    ("rate", "word"),
    [
        ("90.00", GroupStanding.USUAL),
        ("93.92", GroupStanding.USUAL),
        ("93.94", GroupStanding.PROBABLY_ABOVE),
        ("96.18", GroupStanding.PROBABLY_ABOVE),
        ("96.20", GroupStanding.SURELY_ABOVE),
        ("86.06", GroupStanding.PROBABLY_BELOW),
        ("83.80", GroupStanding.SURELY_BELOW),
    ],
)
def test_a_section_on_a_line_is_still_within_it(rate: str, word: GroupStanding) -> None:
    assert standing(deviation(Decimal(rate), 1.0, Decimal("90.00"), 3.0)) is word


def test_without_any_variance_only_the_mean_is_as_the_others() -> None:
    mean = Decimal("90.00")
    assert standing(deviation(mean, 0.0, mean, 0.0)) is GroupStanding.USUAL
    assert standing(deviation(Decimal("90.01"), 0.0, mean, 0.0)) is GroupStanding.SURELY_ABOVE


@given(
    st.decimals(20, 100, places=2),
    st.floats(0, 100),
    st.decimals(20, 100, places=2),
    st.floats(0, 100),
)
def test_above_and_below_mirror_each_other(
    rate: Decimal, own: float, mean: Decimal, between: float
) -> None:
    z = deviation(rate, own, mean, between)
    assert deviation(mean, own, rate, between) == -z
    assert (z > 0) <= (rate > mean)


def test_the_funnel_narrows_to_the_differences_between_sections() -> None:
    few, many = funnel_lines(80.0, 90.0, 4.0, (20, 2_000_000))
    assert few.inner_high == pytest.approx(90 + 1.96 * math.sqrt(8))
    assert many.inner_high == pytest.approx(90 + 1.96 * 2, abs=1e-3)
    assert few.outer_low < few.inner_low < few.mean
    assert effective_ballots(80.0, 4.0) == 20
    assert effective_ballots(80.0, 0.0) is None


def test_the_top_box_has_the_lower_limit_of_f9() -> None:
    assert top_box_low(81, 263) == Decimal("25.53")
    assert top_box_low(0, 20) == Decimal("0.00")
    assert top_box_low(0, 0) is None
