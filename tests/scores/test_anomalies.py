"""The features of F14: each finds what it is for, and nothing of levels."""

import math
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.scores.rules.anomalies import (
    above_funnel,
    benjamini_hochberg,
    day_chances,
    excess,
    jump,
    jumps_beyond,
    poisson_tail,
    z_of,
)
from evalsys.scores.rules.rates import Rate

START = date(2026, 7, 1)
ONE_DAY = timedelta(days=1)


@pytest.mark.parametrize(("n", "rate"), [(1, 0.3), (7, 3.0), (12, 3.0), (25, 10.0), (400, 300.0)])
def test_the_tail_is_the_sum_of_the_terms(n: int, rate: float) -> None:
    below = math.fsum(math.exp(k * math.log(rate) - rate - math.lgamma(k + 1)) for k in range(n))
    assert poisson_tail(n, rate) == pytest.approx(1 - below, rel=1e-6, abs=1e-12)


@given(st.integers(0, 500), st.floats(0, 200))
def test_more_is_less_likely(n: int, rate: float) -> None:
    assert 0 <= poisson_tail(n + 1, rate) <= poisson_tail(n, rate) <= 1


def test_the_alarms_of_the_design() -> None:
    """Rates of 1, 3, 6, 10 and 20 a day, at one in ten thousand."""
    for rate, alarm in ((1, 7), (3, 12), (6, 18), (10, 25), (20, 40)):
        assert next(n for n in range(200) if poisson_tail(n, rate) <= 1e-4) == alarm


@given(st.dictionaries(st.integers(), st.floats(0, 1), max_size=30))
def test_the_discoveries_are_the_smallest_chances(chances: dict[int, float]) -> None:
    found = benjamini_hochberg(chances, 0.1)
    rest = [chance for key, chance in chances.items() if key not in found]
    assert all(chances[key] <= min(rest, default=1) for key in found)
    assert found >= benjamini_hochberg(chances, 0.01)
    bonferroni = {key for key, chance in chances.items() if chance <= 0.1 / len(chances)}
    assert found >= bonferroni


def usual(number: int = 3) -> dict[date, int]:
    """So many tickets on each of forty days before the start."""
    return {START - n * ONE_DAY: number for n in range(1, 41)}


def test_a_burst_stands_out_of_the_own_eight_weeks() -> None:
    found = day_chances({**usual(), START: 25}, set(), START)
    rate, chance = found[START]
    assert rate == 3
    assert chance < 1e-12
    assert z_of(chance) > 7
    assert z_of(0.0) == Decimal("9.99")


def test_a_day_with_as_many_services_is_explained() -> None:
    assert day_chances({**usual(), START: 25}, {START}, START) == {}


def test_a_newcomer_has_no_rate_yet() -> None:
    days = {START - n * ONE_DAY: 3 for n in range(1, 10)}
    assert day_chances({**days, START: 25}, set(), START) == {}
    old = {day - timedelta(days=60): n for day, n in usual().items()}
    assert day_chances({**old, START: 25}, set(), START) == {}


@given(st.dictionaries(st.dates(START - 70 * ONE_DAY, START + 90 * ONE_DAY), st.integers(1, 60)))
def test_every_tested_day_has_the_mean_of_its_eight_weeks(tickets: dict[date, int]) -> None:
    for day, (rate, _) in day_chances(tickets, set(), START).items():
        own = [n for one, n in tickets.items() if day - timedelta(days=56) <= one < day]
        assert len(own) >= 10
        assert rate == pytest.approx(sum(own) / len(own))


def test_a_jump_is_beyond_chance_in_either_direction() -> None:
    low, high = (Decimal("80.00"), 4.0), (Decimal("95.00"), 4.0)
    assert jump(high, low) == Decimal("5.30")
    assert jump(low, high) == Decimal("-5.30")
    assert jump((Decimal(80), 0.0), (Decimal(90), 0.0)) is None
    assert jumps_beyond({1: Decimal("5.30"), 2: Decimal("-5.30"), 3: Decimal("3.00")}) == {
        1: Decimal("5.30"),
        2: Decimal("-5.30"),
    }


def test_where_all_change_only_the_largest_change_is_a_jump() -> None:
    changes = {key: Decimal(4 if key % 2 else -4) for key in range(20)}
    assert jumps_beyond(changes) == {}
    assert jumps_beyond({**changes, 99: Decimal(16)}) == {99: Decimal("4.00")}


def test_tickets_beyond_the_services_are_counted_day_by_day() -> None:
    """A quiet day does not make up for one with too many."""
    days = {START: (9, 4), START + ONE_DAY: (2, 8), START + 2 * ONE_DAY: (3, 2)}
    assert excess(days) == (2, 6)
    assert excess({START: (5, 1)}) is None  # Four are a slip of the pen.
    assert excess({START: (206, 200)}) is None  # One of twenty is not reached.


def test_above_the_funnel_is_who_surely_stands_out() -> None:
    units = {key: Rate(70 + key % 3, 100) for key in range(10)} | {99: Rate(99, 100)}
    assert set(above_funnel(units, least=30)) == {99}
    assert set(above_funnel(units, least=200)) == set()
    assert above_funnel({1: Rate(9, 10)}, least=1) == {}
