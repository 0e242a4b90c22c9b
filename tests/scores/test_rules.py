import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalsys.scores.rules import (
    DIMENSIONS,
    HUNDREDTH,
    Seat,
    SizeBand,
    ballot_score,
    chief_score,
    contribution,
    counted_ballots,
    dimension_score,
    is_bad,
    is_comparable,
    is_satisfied,
    member_score,
    round_half_up,
    score_rate,
    share,
    share_of_ballots,
    size_band,
    wilson,
)

EVEN = dict.fromkeys(DIMENSIONS, 25)
GROUPS = {"recipient": 60, "grassroots": 20, "collaborating": 10, "leader": 10}

levels = st.fixed_dictionaries({name: st.none() | st.integers(1, 5) for name in DIMENSIONS})
answered_levels = levels.filter(lambda ballot: any(ballot.values()))
weights = st.fixed_dictionaries({name: st.integers(1, 100) for name in DIMENSIONS})
tally = st.integers(0, 40).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(2000 * n, 10000 * n))
)
tallies = st.dictionaries(st.sampled_from(sorted(GROUPS)), tally)
PERIOD = 92
scores = st.none() | st.decimals(20, 100, places=2)


@st.composite
def many_seats(draw: st.DrawFn, *, min_size: int = 0) -> list[Seat]:
    drawn = draw(
        st.lists(
            st.tuples(st.integers(1, PERIOD), scores, st.integers(10, 99)),
            min_size=min_size,
            max_size=40,
        )
    )
    return [
        Seat(member, days, score, n if score is not None else 4)
        for member, (days, score, n) in enumerate(drawn)
    ]


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
    with pytest.raises(ValueError, match="Invalid literal"):
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


# F3-F5


@pytest.mark.parametrize(("days", "shown"), [(92, "1.00"), (46, "0.50"), (61, "0.66"), (1, "0.01")])
def test_f3_share_of_the_period(days: int, shown: str) -> None:
    assert str(share(days, PERIOD)) == shown


@pytest.mark.parametrize(("days", "period_days"), [(0, 92), (-1, 92), (93, 92), (0, 0)])
def test_f3_refuses_days_outside_the_period(days: int, period_days: int) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        share(days, period_days)


def test_f4_takes_the_exact_share_and_not_the_printed_one() -> None:
    # 61/92 is printed 0.66, but 72 x 61/92 = 47.739...
    assert contribution(Decimal("72.00"), 61, PERIOD) == Decimal("47.74")


def test_f4_is_the_sum_of_the_members_scores() -> None:
    seats = [
        Seat("A", 92, Decimal("91.66"), 20),
        Seat("B", 61, Decimal("72.00"), 14),
        Seat("C", 92, None, 7),
    ]
    chief = chief_score(seats, PERIOD)
    assert chief.contributions == (Decimal("91.66"), Decimal("47.74"), None)
    assert chief.total == Decimal("139.40")
    assert chief.maximum == Decimal("166.30")
    assert chief.rate == Decimal("83.82")
    assert chief.coverage == Decimal("62.45")
    assert (chief.members, chief.scored_members, chief.ballots) == (3, 2, 34)


def test_f4_without_any_score_has_no_rate() -> None:
    for seats in ([], [Seat("A", 92, None, 3)]):
        chief = chief_score(seats, PERIOD)
        assert {chief.total, chief.maximum, chief.coverage} == {Decimal(0)}
        assert chief.rate is None


def test_f4_refuses_a_member_with_two_seats() -> None:
    with pytest.raises(ValueError, match="two seats"):
        chief_score([Seat("A", 30, None, 3), Seat("A", 20, None, 3)], PERIOD)


@given(many_seats())
def test_f4_column_adds_up_to_the_hundredth(seats: list[Seat]) -> None:
    chief = chief_score(seats, PERIOD)
    assert chief.total == sum(row for row in chief.contributions if row is not None)
    assert all(
        (row is None) == (seat.score is None)
        for row, seat in zip(chief.contributions, seats, strict=True)
    )


@given(many_seats())
def test_f4_stays_within_its_bounds(seats: list[Seat]) -> None:
    chief = chief_score(seats, PERIOD)
    assert 0 <= chief.total <= chief.maximum <= 100 * len(seats)
    assert 0 <= chief.coverage <= 100
    assert chief.scored_members <= chief.members
    assert chief.rate is None or 0 < chief.rate <= 100


@given(many_seats().flatmap(lambda seats: st.tuples(st.just(seats), st.permutations(seats))))
def test_f4_does_not_depend_on_the_order_of_the_seats(pair: tuple[list[Seat], list[Seat]]) -> None:
    one, other = chief_score(pair[0], PERIOD), chief_score(pair[1], PERIOD)
    assert (one.total, one.maximum, one.coverage) == (other.total, other.maximum, other.coverage)


@given(many_seats(min_size=1), st.decimals(0, 10, places=2))
def test_f4_never_falls_when_a_member_rises(seats: list[Seat], more: Decimal) -> None:
    first = seats[0]
    assume(first.score is not None and first.score + more <= 100)
    assert first.score is not None
    better = Seat(first.member, first.days, first.score + more, first.n)
    before, after = chief_score(seats, PERIOD), chief_score([better, *seats[1:]], PERIOD)
    assert after.total >= before.total
    assert after.maximum == before.maximum


@given(st.lists(st.decimals(20, 100, places=2), min_size=1, max_size=40))
def test_f5_is_the_mean_score_when_everybody_served_the_whole_period(
    known: list[Decimal],
) -> None:
    chief = chief_score([Seat(i, PERIOD, score, 10) for i, score in enumerate(known)], PERIOD)
    assert chief.rate == round_half_up(Fraction(sum(known)) / len(known))


@given(many_seats(min_size=3))
def test_f5_is_the_mean_score_weighted_by_days_up_to_the_rounded_rows(seats: list[Seat]) -> None:
    chief = chief_score(seats, PERIOD)
    assume(chief.rate is not None)
    assert chief.rate is not None
    known = [(seat.score, seat.days) for seat in seats if seat.score is not None]
    days = sum(days for _, days in known)
    mean = sum((Fraction(score) * days for score, days in known), Fraction(0)) / days
    # A row and its maximum are each off by at most 0.005.
    slack = Fraction(len(known), 100) / Fraction(chief.maximum) * 100 + Fraction(1, 100)
    assert abs(Fraction(chief.rate) - mean) <= slack


def test_f5_without_a_maximum_is_nothing() -> None:
    assert score_rate(Decimal(0), Decimal(0)) is None
    assert score_rate(Decimal("139.40"), Decimal("166.30")) == Decimal("83.82")


def test_thin_sections_are_not_comparable() -> None:
    assert is_comparable(Decimal("60.00"), 30)
    assert not is_comparable(Decimal("59.99"), 30)
    assert not is_comparable(Decimal("60.00"), 29)
    assert is_comparable(Decimal("50.00"), 20, min_coverage=Decimal(50), min_ballots=20)


@pytest.mark.parametrize(
    ("members", "band"),
    [
        (1, SizeBand.UP_TO_5),
        (5, SizeBand.UP_TO_5),
        (6, SizeBand.UP_TO_15),
        (15, SizeBand.UP_TO_15),
        (16, SizeBand.UP_TO_30),
        (30, SizeBand.UP_TO_30),
        (31, SizeBand.OVER_30),
        (400, SizeBand.OVER_30),
    ],
)
def test_size_bands(members: int, band: SizeBand) -> None:
    assert size_band(members) is band


def test_an_empty_section_has_no_size_band() -> None:
    with pytest.raises(ValueError, match="without members"):
        size_band(0)


# F9


@pytest.mark.parametrize(
    ("hits", "n", "lo", "hi"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_f9_wilson_interval_as_published_by_newcombe(
    hits: int, n: int, lo: float, hi: float
) -> None:
    assert tuple(round(bound, 4) for bound in wilson(hits, n)) == (lo, hi)


def test_f9_is_published_in_thousandths() -> None:
    found = share_of_ballots(81, 263)
    assert found is not None
    assert [str(x) for x in (found.share, found.lo, found.hi)] == ["0.308", "0.255", "0.366"]
    assert share_of_ballots(0, 0) is None


@pytest.mark.parametrize(("hits", "n"), [(-1, 5), (6, 5), (0, 0), (0, -1)])
def test_f9_refuses_what_is_no_share(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson(hits, n)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_f9_interval_contains_the_share_and_mirrors(n: int, part: float) -> None:
    hits = round(n * part)
    lo, hi = wilson(hits, n)
    assert 0 <= lo <= hits / n <= hi <= 1
    other_lo, other_hi = wilson(n - hits, n)
    assert other_lo == pytest.approx(1 - hi, abs=1e-12)
    assert other_hi == pytest.approx(1 - lo, abs=1e-12)
    found = share_of_ballots(hits, n)
    assert found is not None
    assert found.lo <= found.share <= found.hi


@given(st.integers(0, 50), st.integers(1, 50))
def test_f9_interval_shrinks_with_more_ballots(hits: int, misses: int) -> None:
    lo, hi = wilson(hits, hits + misses)
    closer_lo, closer_hi = wilson(2 * hits, 2 * (hits + misses))
    assert closer_hi - closer_lo < hi - lo


@given(answered_levels)
def test_f9_a_ballot_of_all_fours_or_better_is_satisfied(
    given_levels: dict[str, int | None],
) -> None:
    known = [level for level in given_levels.values() if level is not None]
    if min(known) >= 4:
        assert is_satisfied(ballot_score(given_levels, EVEN))
        assert not is_bad(given_levels)
    assert is_bad(given_levels) == (min(known) <= 2)
