"""The three rates of the hotline: what counts, what it comes to, who has which place."""

from fractions import Fraction
from typing import Any

import pytest

from evalsys.supervision.hotline.rates.rules import OrganCounts, RateWeights, league, total_of

WEIGHTS = RateWeights(30, 35, 35)


def organ(code: str, **numbers: int) -> OrganCounts:
    """An organ of which ten callers were reached and all were content, but for some numbers."""
    facts: dict[str, Any] = {
        "tickets": 10,
        "reached": 10,
        "in_limit": 10,
        "not_in_limit": 0,
        "solved": 10,
        "unsolved": 0,
        "content": 10,
        "discontent": 0,
        "excluded": 0,
    }
    return OrganCounts(code, code, **{**facts, **numbers})


def test_the_example_of_the_region_is_weighed_30_35_35() -> None:
    one = organ("A", in_limit=9, not_in_limit=1, solved=8, unsolved=2, content=7, discontent=3)
    rates = (one.response, one.solution, one.satisfaction)
    assert rates == (Fraction(9, 10), Fraction(8, 10), Fraction(7, 10))
    assert one.overall(WEIGHTS) == Fraction(795, 1000)


def test_a_rate_of_nobody_is_none_and_no_zero() -> None:
    one = organ("A", in_limit=0)
    assert one.response is None
    assert one.overall(WEIGHTS) is None
    assert one.overall(RateWeights(0, 1, 1)) == 1, "what does not weigh may be missing"
    assert one.overall(RateWeights(0, 0, 0)) is None


def test_equals_share_a_place_and_few_callers_have_none() -> None:
    rows = [
        organ("D", reached=4),
        organ("C", solved=5, unsolved=5),
        organ("B"),
        organ("A", content=20),
        organ("E", in_limit=0),
    ]
    found = [(row.counts.code, row.place) for row in league(rows, WEIGHTS, 5)]
    assert found == [("A", 1), ("B", 1), ("C", 3), ("D", None), ("E", None)]
    assert total_of([]) is None
    whole = total_of(rows)
    assert whole is not None
    assert (whole.tickets, whole.reached) == (50, 44)


@pytest.mark.parametrize("weights", [RateWeights(30, 35, 35), RateWeights(60, 70, 70)])
def test_weights_count_against_each_other(weights: RateWeights) -> None:
    assert organ("A", content=0, discontent=10).overall(weights) == Fraction(65, 100)
