"""Issue and response rate (F13): the funnel, its overdispersion, and who is compared."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.assembly import assemble
from evalsys.scores.rows import FreshSection
from evalsys.scores.rules.funnel import GroupStanding
from evalsys.scores.rules.rates import (
    NotCompared,
    Rate,
    RateFunnel,
    overdispersion,
    rate_funnel,
    rate_lines,
)
from evalsys.scores.seats import Ballots, Issued, ScoreData, SeatPlace, Service

SPAN = parse_period("2026-Q3")
WINDOWS = 6  # sections of two members
rates = st.integers(1, 2000).flatmap(
    lambda n: st.builds(Rate, hits=st.integers(0, n), n=st.just(n))
)


def test_the_rate_is_a_percentage_and_unknown_without_services() -> None:
    assert Rate(78, 117).percent == Decimal("66.67")
    assert Rate(12, 0).percent is None
    assert Rate(12, 10).percent == Decimal("120.00")
    funnel = RateFunnel(Decimal("80.00"), Decimal("1.00"))
    assert funnel.deviation(Rate(0, 0)) is None
    assert funnel.standing(Rate(0, 0)) is None


@pytest.mark.parametrize(
    ("hits", "word"),
    [
        (80, GroupStanding.USUAL),
        (73, GroupStanding.USUAL),
        (72, GroupStanding.PROBABLY_BELOW),
        (68, GroupStanding.PROBABLY_BELOW),
        (67, GroupStanding.SURELY_BELOW),
        (93, GroupStanding.SURELY_ABOVE),
    ],
)
def test_the_words_are_those_of_f11(hits: int, word: GroupStanding) -> None:
    """One service more or less is 1 %; the standard error of 100 services is 4 %."""
    assert RateFunnel(Decimal("80.00"), Decimal("1.00")).standing(Rate(hits, 100)) is word


def test_a_rate_of_all_has_still_some_width() -> None:
    """A ticket of hundred that is missing must not be infinitely far from everybody."""
    funnel = RateFunnel(Decimal("100.00"), Decimal("1.00"))
    assert funnel.standing(Rate(98, 100)) is GroupStanding.USUAL
    assert funnel.standing(Rate(90, 100)) is GroupStanding.SURELY_BELOW


@given(st.lists(rates, min_size=5, max_size=40))
def test_phi_is_at_least_1_and_independent_of_the_order(units: list[Rate]) -> None:
    funnel = rate_funnel(units)
    assert funnel is not None
    assert funnel.phi >= 1
    assert funnel == rate_funnel(units[::-1])
    assert 0 <= funnel.mean <= 100


@given(st.lists(rates, max_size=4))
def test_too_few_units_make_no_funnel(units: list[Rate]) -> None:
    assert rate_funnel([*units, Rate(0, 0)]) is None


@given(st.lists(st.floats(-3, 3), min_size=5, max_size=40), st.floats(0, 1000))
def test_one_far_away_does_not_widen_the_funnel_for_itself(usual: list[float], far: float) -> None:
    assert overdispersion([*usual, -10 - far]) == overdispersion([*usual, -10])


@given(st.decimals(0, 100, places=2), st.decimals(1, 50, places=2), rates, st.integers(1, 50))
def test_more_of_the_same_is_farther_away(
    mean: Decimal, phi: Decimal, unit: Rate, times: int
) -> None:
    funnel = RateFunnel(mean, phi)
    one, many = funnel.deviation(unit), funnel.deviation(Rate(times * unit.hits, times * unit.n))
    assert one is not None
    assert many is not None
    assert abs(many) >= abs(one)


def test_the_lines_narrow_with_the_services() -> None:
    few, many = rate_lines(RateFunnel(Decimal("80.00"), Decimal("4.00")), (100, 10_000))
    assert few.inner_low == pytest.approx(80 - 1.96 * 8)
    assert many.outer_low == pytest.approx(80 - 3.09 * 0.8)
    assert math.isclose(few.outer_high - few.mean, few.mean - few.outer_low)


def ballots(section: int, staff: int, n: int) -> Ballots:
    levels = tuple(n if level == 5 else 0 for _ in range(4) for level in range(1, 6))
    total, squares = n * 10_000, n * 10_000**2
    return Ballots(section, staff, "recipient", n, n, total, squares, 0, n, n, levels)


def city(**changes: Issued) -> ScoreData:
    """Six windows of three members; each gave 80 of 100 services a ticket, 40 came back."""
    seats = [(s, 10 * s + place) for s in range(1, WINDOWS + 1) for place in (1, 2, 3)]
    issued = {seat: Issued(80, 80, 100) for seat in seats}
    issued |= {(int(name[1:-1]), int(name[1:])): value for name, value in changes.items()}
    few = {int(name[1:]) for name, value in changes.items() if value.asked < 40}
    return ScoreData(
        ballots=[ballots(*seat, 9 if seat[1] in few else 40) for seat in seats],
        excluded={},
        services=[Service(*seat, SPAN.days, False, True) for seat in seats],  # noqa: FBT003
        places=[SeatPlace(s, SectionKind.WINDOW, None) for s in range(1, WINDOWS + 1)],
        kept=(),
        issued=issued,
    )


def first(data: ScoreData, *, issue_funnel: bool = True) -> FreshSection:
    return assemble(SPAN, PolicyRules(issue_funnel=issue_funnel), data).sections[0]


def test_a_usual_section_is_compared_and_has_its_rates() -> None:
    row = first(city())
    assert (row.asked, row.matched, row.services) == (240, 240, 300)
    assert (row.issue_mean, row.issue_phi) == (Decimal("80.00"), Decimal("1.00"))
    assert (row.response_mean, row.response_phi) == (Decimal("50.00"), Decimal("1.00"))
    assert row.not_compared is None
    assert row.rank is not None


def test_who_gives_tickets_to_the_pleased_only_is_not_compared() -> None:
    low = {f"_1{place}": Issued(50, 50, 100) for place in (1, 2, 3)}
    row = first(city(**low))
    assert row.not_compared is NotCompared.ISSUE
    assert not row.is_comparable
    assert (row.rank, row.theta, row.band_rank) == (None, None, None)
    assert first(city(**low), issue_funnel=False).rank is not None


def test_two_bad_members_held_under_the_minimum_do_not_vanish() -> None:
    """Two of three would fall under the coverage; one of three is held, and the section whole."""
    row = first(city(_13=Issued(10, 10, 100)))
    assert (row.unscored_matched, row.unscored_services) == (10, 100)
    assert row.coverage > 60
    assert row.not_compared in {NotCompared.ISSUE, NotCompared.UNSCORED}
    quiet = first(city(_13=Issued(9, 9, 11)))  # Few services, not few tickets.
    assert quiet.not_compared is None


def test_unknown_services_are_unknown() -> None:
    unknown = {f"_1{place}": Issued(80, 0, None) for place in (1, 2, 3)}
    row = first(city(**unknown))
    assert (row.matched, row.services, row.not_compared) == (None, None, None)
    assert row.rank is not None


def test_a_few_numbers_of_services_make_no_funnel() -> None:
    data = city()
    issued = {
        seat: one if seat[0] < 3 else Issued(80, 0, None) for seat, one in data.issued.items()
    }
    row = first(ScoreData(**{**data.__dict__, "issued": issued}))
    assert (row.services, row.issue_mean, row.not_compared) == (300, None, None)
