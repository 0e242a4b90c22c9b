import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.scores.rules.formulas import (
    HUNDREDTH,
    ballot_score,
    counted_ballots,
    dimension_score,
    member_score,
    round_half_up,
)

EVEN = dict.fromkeys(DIMENSIONS, 25)
GROUPS = {"recipient": 60, "grassroots": 20, "collaborator": 10, "leader": 10}

levels = st.fixed_dictionaries({name: st.none() | st.integers(1, 5) for name in DIMENSIONS})
answered_levels = levels.filter(lambda ballot: any(ballot.values()))
weights = st.fixed_dictionaries({name: st.integers(1, 100) for name in DIMENSIONS})
tally = st.integers(0, 40).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(2000 * n, 10000 * n))
)
tallies = st.dictionaries(st.sampled_from(sorted(GROUPS)), tally)


def ballot(*given_levels: int | None) -> dict[str, int | None]:
    return dict(zip(DIMENSIONS, given_levels, strict=True))


# Rounding


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (0.285, "0.29"),
        (1.005, "1.01"),
        (84.994999, "84.99"),
        (0.0, "0.00"),
        (-0.001, "0.00"),
        (1e-9, "0.00"),
    ],
)
def test_halves_are_rounded_away_from_zero_as_in_excel(
    value: Fraction | float, rounded: str
) -> None:
    assert str(round_half_up(value)) == rounded


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_rounding_refuses_what_is_no_number(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be rounded"):
        round_half_up(value)


@given(st.fractions(-(10**12), 10**12), st.sampled_from([HUNDREDTH, Decimal("0.001"), Decimal(1)]))
def test_rounding_moves_a_number_by_half_a_step_at_most(value: Fraction, step: Decimal) -> None:
    assert abs(Fraction(round_half_up(value, step)) - value) <= Fraction(step) / 2


# F1


@pytest.mark.parametrize(
    ("given_levels", "score"),
    [
        ((5, 5, 5, 5), "100.00"),
        ((1, 1, 1, 1), "20.00"),
        ((3, 3, 3, 3), "60.00"),
        ((5, 4, 4, 4), "85.00"),
        ((5, 4, None, 4), "86.67"),
        ((None, None, None, 2), "40.00"),
    ],
)
def test_f1_ballot_is_the_mean_of_the_answered_dimensions(
    given_levels: tuple[int | None, ...], score: str
) -> None:
    assert str(ballot_score(ballot(*given_levels), EVEN)) == score


def test_f1_weighs_the_dimensions() -> None:
    weighted = {"attitude": 20, "work_style": 20, "efficiency": 20, "competence": 40}
    assert ballot_score(ballot(5, 4, 3, 2), weighted) == Decimal("64.00")


def test_f1_rounds_half_up() -> None:
    # (1 x 100 + 15 x 80) / 16 = 81.25; with 7 and 1 parts in 32: 80.625 -> 80.63.
    assert ballot_score(
        ballot(5, 4, None, None), {**EVEN, "attitude": 1, "work_style": 31}
    ) == Decimal("80.63")


@pytest.mark.parametrize(
    ("given_levels", "given_weights", "message"),
    [
        ({}, EVEN, "at least one"),
        (ballot(None, None, None, None), EVEN, "at least one"),
        (ballot(0, 5, 5, 5), EVEN, "outside 1-5"),
        (ballot(6, 5, 5, 5), EVEN, "outside 1-5"),
        ({"charm": 5}, EVEN, "unknown dimensions"),
        (ballot(5, 5, 5, 5), {"attitude": 100}, "needs a weight"),
        (ballot(5, 5, 5, 5), {**EVEN, "attitude": -1}, "needs a weight"),
        (ballot(5, 5, 5, 5), {**EVEN, "attitude": 101}, "needs a weight"),
        (ballot(5, None, None, None), {**EVEN, "attitude": 0}, "have weight 0"),
    ],
)
def test_f1_refuses_what_is_no_ballot(
    given_levels: Mapping[str, int | None], given_weights: Mapping[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ballot_score(given_levels, given_weights)


@given(answered_levels, weights)
def test_f1_lies_between_the_worst_and_the_best_answer(
    given_levels: dict[str, int | None], given_weights: dict[str, int]
) -> None:
    known = [20 * level for level in given_levels.values() if level is not None]
    assert min(known) <= ballot_score(given_levels, given_weights) <= max(known)


@given(answered_levels, weights)
def test_f1_is_the_exact_mean_rounded_once(
    given_levels: dict[str, int | None], given_weights: dict[str, int]
) -> None:
    known = {name: level for name, level in given_levels.items() if level is not None}
    mean = Fraction(
        sum(given_weights[name] * 20 * level for name, level in known.items()),
        sum(given_weights[name] for name in known),
    )
    assert ballot_score(given_levels, given_weights) == round_half_up(mean)


@given(answered_levels, weights, st.sampled_from(DIMENSIONS))
def test_f1_never_falls_when_an_answer_rises(
    given_levels: dict[str, int | None], given_weights: dict[str, int], name: str
) -> None:
    level = given_levels[name]
    assume(level is not None and level < 5)
    assert level is not None
    better = ballot_score({**given_levels, name: level + 1}, given_weights)
    assert better >= ballot_score(given_levels, given_weights)


# F2


def test_f2_weighs_the_group_means_and_not_the_ballots() -> None:
    mixed = {"recipient": (30, 270000), "grassroots": (2, 12000)}
    # (60 x 90 + 20 x 60) / 80
    assert member_score(mixed, GROUPS, min_n=10) == Decimal("82.50")


def test_f2_leaves_out_groups_without_ballots() -> None:
    alone = {"recipient": (10, 90005), "leader": (0, 0)}
    assert member_score(alone, GROUPS, min_n=10) == Decimal("90.01")


@pytest.mark.parametrize("off", [{}, {"leader": 0}])
def test_f2_counts_a_group_that_is_switched_off_nowhere(off: dict[str, int]) -> None:
    switched = {"recipient": 60, **off}
    given_tallies = {"recipient": (9, 81000), "leader": (5, 10000)}
    assert counted_ballots(given_tallies, switched) == 9
    assert member_score(given_tallies, switched, min_n=10) is None
    assert member_score(given_tallies, switched, min_n=9) == Decimal("90.00")


def test_f2_says_nothing_below_the_minimum() -> None:
    assert member_score({"recipient": (9, 90000)}, GROUPS, min_n=10) is None
    assert member_score({}, GROUPS, min_n=0) is None


@pytest.mark.parametrize("wrong", [(1, 1999), (1, 10001), (-1, 0), (0, 5)])
def test_f2_refuses_sums_that_no_ballots_have(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot sum to"):
        member_score({"recipient": wrong}, GROUPS, min_n=1)


def test_f2_refuses_a_negative_weight() -> None:
    with pytest.raises(ValueError, match="negative weight"):
        member_score({"recipient": (1, 9000)}, {"recipient": -1}, min_n=1)


def test_f2d_is_the_mean_of_the_points_of_one_dimension() -> None:
    answered = {"recipient": (10, 45), "leader": (2, 6)}
    # (60 x 90 + 10 x 60) / 70 = 85.714...
    assert dimension_score(answered, GROUPS, min_n=10) == Decimal("85.71")
    assert dimension_score(answered, GROUPS, min_n=13) is None
    with pytest.raises(ValueError, match="cannot sum to"):
        dimension_score({"recipient": (10, 51)}, GROUPS, min_n=10)


@given(tallies)
def test_f2_lies_between_the_group_means(given_tallies: dict[str, tuple[int, int]]) -> None:
    score = member_score(given_tallies, GROUPS, min_n=10)
    assume(score is not None)
    assert score is not None
    means = [Fraction(total, 100 * n) for n, total in given_tallies.values() if n]
    assert round_half_up(min(means)) <= score <= round_half_up(max(means))


@given(tallies, st.sampled_from(sorted(GROUPS)), st.integers(0, 8000))
def test_f2_never_falls_when_a_ballot_rises(
    given_tallies: dict[str, tuple[int, int]], group: str, more: int
) -> None:
    n, total = given_tallies.get(group, (0, 0))
    assume(n and total + more <= 10000 * n)
    before = member_score(given_tallies, GROUPS, min_n=10)
    after = member_score({**given_tallies, group: (n, total + more)}, GROUPS, min_n=10)
    assume(before is not None and after is not None)
    assert before is not None
    assert after is not None
    assert after >= before


@given(tallies, st.integers(1, 9))
def test_f2_knows_only_the_proportions_of_the_weights(
    given_tallies: dict[str, tuple[int, int]], times: int
) -> None:
    scaled = {group: times * weight for group, weight in GROUPS.items()}
    assert member_score(given_tallies, GROUPS, min_n=10) == member_score(
        given_tallies, scaled, min_n=10
    )


@given(st.lists(answered_levels, min_size=1, max_size=30))
def test_f2d_with_even_weights_and_full_ballots_averages_to_f2(
    ballots: list[dict[str, int | None]],
) -> None:
    full = [{name: level or 3 for name, level in one.items()} for one in ballots]
    n = len(full)
    total = sum(int(ballot_score(one, EVEN) * 100) for one in full)
    score = member_score({"recipient": (n, total)}, GROUPS, min_n=1)
    dimensions = [
        dimension_score({"recipient": (n, sum(one[name] for one in full))}, GROUPS, min_n=1)
        for name in DIMENSIONS
    ]
    assert score is not None
    mean = sum((value for value in dimensions if value is not None), Decimal(0)) / 4
    assert abs(mean - score) <= HUNDREDTH
