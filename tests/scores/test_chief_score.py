from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalsys.scores.rules.formulas import (
    Seat,
    SizeBand,
    chief_score,
    contribution,
    is_comparable,
    round_half_up,
    score_rate,
    share,
    size_band,
)

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
