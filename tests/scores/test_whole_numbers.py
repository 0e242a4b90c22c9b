"""The rounding by whole numbers gives what exact fractions give, digit by digit.

Below stand the formulas as they were first written, with fractions.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from evalsys.scores.rules.formulas import (
    HUNDREDTH,
    THOUSANDTH,
    Seat,
    chief_score,
    contribution,
    dimension_score,
    half_up,
    member_score,
    round_half_up,
    score_rate,
    share,
)
from evalsys.scores.rules.shrinkage import publish
from evalsys.scores.rules.spread import Moments, pooled_variance

GROUPS = ("recipient", "grassroots", "collaborator", "leader")
WEIGHTS = st.fixed_dictionaries({group: st.integers(0, 100) for group in GROUPS})
COUNTS = st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 400))
SCORES = st.integers(2000, 10_000).map(lambda whole: Decimal(whole) * HUNDREDTH)
DAYS = st.integers(1, 366).flatmap(lambda most: st.tuples(st.integers(1, most), st.just(most)))
STEPS = st.sampled_from([HUNDREDTH, THOUSANDTH, Decimal(1)])


def rounded(exact: Fraction, step: Decimal = HUNDREDTH) -> Decimal:
    steps = math.floor(abs(exact) / Fraction(step) + Fraction(1, 2))
    return (steps if exact >= 0 else -steps) * step


def same(one: Decimal | None, other: Decimal | None) -> bool:
    """Equal, and written with the same digits: the checksum is made of them."""
    return str(one) == str(other)


def mixed(
    tallies: Mapping[str, tuple[int, int]], weights: Mapping[str, int], unit: Fraction
) -> Decimal | None:
    counted = {group: each for group, each in tallies.items() if each[0] and weights[group]}
    if not counted:
        return None
    parts = (weights[group] * unit * Fraction(t, n) for group, (n, t) in counted.items())
    return rounded(sum(parts, Fraction(0)) / sum(weights[group] for group in counted))


@given(st.fractions(-(10**12), 10**12), STEPS)
def test_a_fraction(value: Fraction, step: Decimal) -> None:
    assert same(round_half_up(value, step), rounded(value, step))


@given(st.floats(-1e12, 1e12), STEPS)
def test_a_float_by_what_it_prints(value: float, step: Decimal) -> None:
    assert same(round_half_up(value, step), rounded(Fraction(str(value)), step))


@given(st.decimals(-(10**9), 10**9, places=5), STEPS)
def test_a_decimal(value: Decimal, step: Decimal) -> None:
    assert same(round_half_up(value, step), rounded(Fraction(value), step))


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_a_quotient(numerator: int, denominator: int) -> None:
    assert half_up(numerator, denominator) == rounded(Fraction(numerator, denominator), Decimal(1))


@given(st.data(), COUNTS, WEIGHTS)
def test_f2(data: st.DataObject, counts: dict[str, int], weights: dict[str, int]) -> None:
    tallies = {g: (n, data.draw(st.integers(2000 * n, 10_000 * n))) for g, n in counts.items()}
    found = member_score(tallies, weights, min_n=1)
    assert same(found, mixed(tallies, weights, Fraction(1, 100)))


@given(st.data(), COUNTS, WEIGHTS)
def test_f2d(data: st.DataObject, counts: dict[str, int], weights: dict[str, int]) -> None:
    tallies = {g: (n, data.draw(st.integers(n, 5 * n))) for g, n in counts.items()}
    assert same(dimension_score(tallies, weights, min_n=1), mixed(tallies, weights, Fraction(20)))


@given(SCORES, DAYS)
def test_f3_and_f4(score: Decimal, days: tuple[int, int]) -> None:
    assert same(share(*days), rounded(Fraction(*days)))
    assert same(contribution(score, *days), rounded(Fraction(score) * Fraction(*days)))


@given(
    st.integers(1, 366).flatmap(
        lambda most: st.tuples(
            st.just(most),
            st.lists(st.tuples(st.integers(1, most), st.none() | SCORES), max_size=40),
        )
    )
)
def test_coverage_and_f5(drawn: tuple[int, list[tuple[int, Decimal | None]]]) -> None:
    period_days, served = drawn
    seats = [Seat(n, days, score, 10) for n, (days, score) in enumerate(served)]
    found = chief_score(seats, period_days)
    days = sum(Fraction(seat.days, period_days) for seat in seats)
    scored = sum(Fraction(seat.days, period_days) for seat in seats if seat.score is not None)
    assert same(found.coverage, rounded(Fraction(100 * scored) / days if days else Fraction(0)))
    if found.maximum:
        rate = rounded(100 * Fraction(found.total) / Fraction(found.maximum))
        assert same(score_rate(found.total, found.maximum), rate)


@given(SCORES, SCORES, st.integers(0, 1000), st.integers(0, 5000))
def test_f7(estimate: Decimal, mean: Decimal, reliability: int, se: int) -> None:
    share_of_own, error = reliability * THOUSANDTH, se * HUNDREDTH
    found = publish(estimate, mean, share_of_own, error)
    theta = rounded(Fraction(mean) + Fraction(share_of_own) * Fraction(estimate - mean))
    half = Fraction("1.96") * Fraction(error)
    assert same(found.theta, theta)
    assert same(found.lo, rounded(Fraction(theta) - half))
    assert same(found.hi, rounded(Fraction(theta) + half))


@given(st.lists(st.lists(st.integers(2000, 10_000), max_size=12), max_size=30))
def test_f6(people: list[list[int]]) -> None:
    moments = [Moments(len(own), sum(own), sum(one**2 for one in own)) for own in people]
    scatters = [
        sum(((Fraction(one) - Fraction(sum(own), len(own))) / 100) ** 2 for one in own)
        for own in people
    ]
    freedom = sum(max(len(own) - 1, 0) for own in people)
    assert pooled_variance(moments) == (float(sum(scatters) / freedom) if freedom else None)
    for own, scatter, moment in zip(people, scatters, moments, strict=True):
        expected = float(scatter / (len(own) - 1)) if len(own) > 1 else None
        assert pooled_variance([moment]) == expected
