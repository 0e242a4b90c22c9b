import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from statistics import NormalDist

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalsys.scores.rules.shrinkage import (
    Rank,
    probability_below,
    rank,
    rank_z,
)

Units = list[tuple[float, float]]


# F8


def rank_the_slow_way(thetas: Sequence[Decimal], units: Units) -> list[Rank]:
    k = len(units)
    z = NormalDist().inv_cdf(1 - 0.05 / (2 * (k - 1))) if k > 1 else 0
    ranks = []
    for theta, (y, v) in zip(thetas, units, strict=True):
        position = 1 + sum(other > theta for other in thetas)
        apart = [oy - y for oy, ov in units if abs(oy - y) > z * math.sqrt(v + ov)]
        lo, hi = 1 + sum(d > 0 for d in apart), k - sum(d < 0 for d in apart)
        ranks.append(Rank(position, min(lo, position), max(hi, position), k))
    return ranks


ranked_units = st.lists(
    st.tuples(st.integers(2000, 10000), st.sampled_from([0.0, 0.25, 1.0, 4.0, 30.0])), max_size=30
).map(lambda units: [(y / 100, v) for y, v in units])


def test_f8_ties_share_a_position() -> None:
    thetas = [Decimal(t) for t in ("90.00", "85.00", "85.00", "80.00")]
    found = rank(thetas, [(float(t), 400.0) for t in thetas])
    assert [one.position for one in found] == [1, 2, 2, 4]
    assert {(one.lo, one.hi, one.of) for one in found} == {(1, 4, 4)}


def test_f8_three_units_by_hand() -> None:
    # k = 3: z = 2.2414; sqrt(1 + 1) x z = 3.17, so 90 and 88 do not differ, 80 does from both.
    assert rank_z(3) == pytest.approx(2.2414, abs=1e-4)
    thetas = [Decimal(88), Decimal(90), Decimal(80)]
    assert rank(thetas, [(88.0, 1.0), (90.0, 1.0), (80.0, 1.0)]) == (
        Rank(2, 1, 2, 3),
        Rank(1, 1, 2, 3),
        Rank(3, 3, 3, 3),
    )


def test_f8_interval_is_widened_to_contain_the_position() -> None:
    # Unshrunken, the second unit surely leads; theta has drawn it below the first.
    found = rank([Decimal(90), Decimal(80)], [(80.0, 1.0), (95.0, 1.0)])
    assert found == (Rank(1, 1, 2, 2), Rank(2, 1, 2, 2))


def test_f8_alone_or_nobody() -> None:
    assert rank([Decimal(90)], [(90.0, 4.0)]) == (Rank(1, 1, 1, 1),)
    assert rank([], []) == ()


def test_f8_without_variance_different_scores_differ() -> None:
    thetas = [Decimal(90), Decimal(90), Decimal(80)]
    found = rank(thetas, [(90.0, 0.0), (90.0, 0.0), (80.0, 0.0)])
    assert found == (Rank(1, 1, 2, 3), Rank(1, 1, 2, 3), Rank(3, 3, 3, 3))


def test_f8_refuses_lists_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="every unit"):
        rank([Decimal(90)], [])
    with pytest.raises(ValueError, match="every unit"):
        rank([Decimal(90)], [(90.0, -1.0)])


@given(ranked_units, st.lists(st.integers(60, 80), min_size=30, max_size=30))
def test_f8_agrees_with_comparing_every_pair(units: Units, points: list[int]) -> None:
    thetas = [Decimal(theta) for theta in points[: len(units)]]
    assert list(rank(thetas, units)) == rank_the_slow_way(thetas, units)


@given(ranked_units)
def test_f8_interval_contains_the_position(units: Units) -> None:
    thetas = [Decimal(str(y)) for y, _ in units]
    for one in rank(thetas, units):
        assert 1 <= one.lo <= one.position <= one.hi <= len(units)


@given(ranked_units, st.floats(0, 1))
def test_f8_interval_shrinks_with_the_variances(units: Units, factor: float) -> None:
    thetas = [Decimal(str(y)) for y, _ in units]
    wide = rank(thetas, units)
    narrow = rank(thetas, [(y, factor * v) for y, v in units])
    assert all(w.lo <= n.lo <= n.hi <= w.hi for w, n in zip(wide, narrow, strict=True))


@given(ranked_units)
def test_f8_equal_units_have_equal_ranks(units: Units) -> None:
    found = rank([Decimal(str(y)) for y, _ in units], units)
    for (one, first), (other, second) in combinations(zip(units, found, strict=True), 2):
        if one == other:
            assert first == second


# F10


@pytest.mark.parametrize(
    ("theta", "se", "line", "expected"),
    [
        ("70.00", "2.00", "70", "0.500"),
        ("70.00", "2.00", "73.92", "0.975"),
        ("63.38", "2.74", "70", "0.992"),
        ("69.99", "0.00", "70", "1.000"),
        ("70.00", "0.00", "70", "0.000"),
        ("70.01", "0.00", "70", "0.000"),
        ("100.00", "0.01", "20", "0.000"),
    ],
)
def test_f10_probability_below_a_line(theta: str, se: str, line: str, expected: str) -> None:
    assert str(probability_below(Decimal(theta), Decimal(se), Decimal(line))) == expected


def test_f10_refuses_a_negative_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        probability_below(Decimal(80), Decimal(-1), Decimal(70))


hundredths = st.decimals(20, 100, places=2)
errors = st.decimals(0, 10, places=2)


@given(hundredths, errors, hundredths, st.decimals(0, 10, places=2))
def test_f10_rises_with_the_line_and_falls_with_the_score(
    theta: Decimal, se: Decimal, line: Decimal, more: Decimal
) -> None:
    found = probability_below(theta, se, line)
    assert 0 <= found <= 1
    assert found <= probability_below(theta, se, line + more)
    assert found >= probability_below(theta + more, se, line)


@given(hundredths, errors, hundredths)
def test_f10_both_sides_of_the_line_add_up_to_one(
    theta: Decimal, se: Decimal, line: Decimal
) -> None:
    assume(se)
    mirrored = probability_below(2 * line - theta, se, line)
    assert abs(probability_below(theta, se, line) + mirrored - 1) <= Decimal("0.001")
