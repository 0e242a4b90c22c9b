"""A returned member's seat stays for two periods, so that a return never raises the rate."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import Section, SectionKind, Staff
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.models import Policy
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.assembly import assemble, digest_of
from evalsys.scores.frozen import keep_seat
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.rows import FreshMember, FreshSection
from evalsys.scores.seats import Ballots, KeptSeat, ScoreData, SeatPlace, Service
from evalsys.scores.service import check_result, freeze
from tests.factories import (
    compute,
    make_period,
    make_policy,
    make_posting,
    make_ratings,
    make_section,
)
from tests.factories import make_staff as make_member

pytestmark = pytest.mark.usefixtures("app")

RULES = PolicyRules()
NOW = datetime(2027, 1, 8, 2, tzinfo=UTC)
RETURNED = date(2026, 11, 24)  # in 2026-Q4
BEST, GOOD, MIDDLE, LOW = (5, 5, 5, 5), (4, 4, 4, 4), (3, 3, 3, 3), (1, 1, 1, 1)
NEXT = ("2026-Q4", "2027-Q1")


class House:
    """A section with a strong member and a weak one, both rated in the third quarter."""

    def __init__(self, weak: Sequence[tuple[int, int, int, int]] = [MIDDLE] * 40) -> None:
        self.policy: Policy = make_policy(RULES)
        self.section: Section = make_section()
        self.strong: Staff = make_member(self.section)
        self.weak: Staff = make_member(self.section)
        if weak:
            make_ratings(self.weak, self.section, weak)
        for code in ("2026-Q3", *NEXT, "2027-Q2"):
            make_ratings(self.strong, self.section, [BEST] * 40, base_period=code)

    def rated(self, code: str, levels: tuple[int, int, int, int], times: int = 40) -> None:
        make_ratings(self.weak, self.section, [levels] * times, base_period=code)

    def returned(self, on: date = RETURNED) -> None:
        keep_seat(self.section.id, self.weak.id, on)
        db.session.commit()

    def close(self, code: str) -> Result:
        period = make_period(code, self.policy)
        with unit_of_work(SYSTEM) as unit:
            return freeze(unit, period, compute(parse_period(code), RULES), now=NOW)

    def section_in(self, code: str, rules: PolicyRules = RULES) -> FreshSection:
        return next(iter(compute(parse_period(code), rules).sections))

    def weak_in(self, code: str, rules: PolicyRules = RULES) -> FreshMember:
        rows = compute(parse_period(code), rules).members
        return next(row for row in rows if row.staff_id == self.weak.id)


def test_the_last_score_stays_for_two_periods_and_no_longer() -> None:
    house = House()
    house.close("2026-Q3")
    house.returned()
    for code in NEXT:
        row = house.section_in(code)
        assert [row.total, row.maximum, row.rate] == [160, 200, 80]
        house.close(code)
    assert not house.weak_in("2027-Q2").is_frozen
    assert house.section_in("2027-Q2").rate == 100


def test_worse_ballots_before_the_return_stay() -> None:
    house = House()
    house.close("2026-Q3")
    house.rated("2026-Q4", LOW)
    before = house.section_in("2026-Q4")
    house.returned()
    after = house.section_in("2026-Q4")
    assert [after.total, after.rate, after.ballots] == [before.total, before.rate, before.ballots]
    house.close("2026-Q4")
    assert house.weak_in("2027-Q1").score == 20, "the last score is that of the return"


def test_a_seat_adds_no_ballots_and_no_levels() -> None:
    house = House()
    house.close("2026-Q3")
    house.returned()
    row, weak = house.section_in("2026-Q4"), house.weak_in("2026-Q4")
    assert [row.ballots, row.attitude_3, row.scored, row.coverage] == [40, 0, 2, 100]
    assert [weak.ballots, weak.score, weak.attitude, weak.is_frozen] == [0, 60, 60, True]
    assert weak.contribution == 60


def test_ballots_of_the_next_period_are_shown_as_set_aside() -> None:
    house = House()
    house.close("2026-Q3")
    house.returned()
    house.close("2026-Q4")
    house.rated("2027-Q1", BEST, 12)
    weak = house.weak_in("2027-Q1")
    assert [weak.score, weak.ballots, weak.excluded] == [60, 0, 12]
    assert weak.exclusion_reasons == "frozen:12"


def test_few_ballots_before_the_return_do_not_lose_the_score() -> None:
    house = House()
    house.close("2026-Q3")
    house.rated("2026-Q4", BEST, 3)
    house.returned()
    weak = house.weak_in("2026-Q4")
    assert (weak.score == 60, weak.ballots, weak.exclusion_reasons) == (True, 0, "frozen:3")


def test_a_year_takes_all_its_quarters() -> None:
    house = House([BEST] * 40)
    for code in ("2026-Q1", "2026-Q2"):
        house.rated(code, LOW)
    house.close("2026-Q3")
    before = house.section_in("2026")
    house.returned()
    assert house.section_in("2026").total == before.total


def test_a_period_of_the_same_kind_goes_first() -> None:
    house = House()
    make_ratings(house.weak, house.section, [LOW] * 40, base_period="2026-Q1")
    house.close("2026-H1")
    house.close("2026-Q3")
    house.returned()
    assert house.weak_in("2027-H1").score == 20
    assert house.weak_in("2027-Q1").score == 60


def test_later_rules_do_not_change_what_stays() -> None:
    house = House([(1, 3, 3, 5)] * 40)
    house.close("2026-Q3")
    house.returned()
    weights = {"attitude": 100, "work_style": 0, "efficiency": 0, "competence": 0}
    weak = house.weak_in("2027-Q1", RULES.changed(dimension_weights=weights))
    assert [weak.score, weak.attitude] == [60, 20]


def test_the_days_run_from_the_arrival_to_the_end() -> None:
    house = House()
    late = make_member()
    make_posting(late, house.section, started_on=date(2026, 11, 1), ended_on=RETURNED)
    make_ratings(late, house.section, [LOW] * 40, base_period="2026-Q4")
    keep_seat(house.section.id, late.id, RETURNED)
    db.session.commit()
    rows = {row.staff_id: row for row in compute(parse_period("2026-Q4"), RULES).members}
    assert [rows[late.id].days, rows[late.id].share] == [61, Decimal("0.66")]


def test_without_any_score_the_seat_lowers_the_coverage() -> None:
    house = House([])
    house.returned()
    make_posting(house.weak, house.section, started_on=date(2026, 1, 1), ended_on=RETURNED)
    row = house.section_in("2027-Q1")
    assert [row.coverage, row.scored, row.members] == [50, 1, 2]


def test_a_corrected_score_stays_as_corrected() -> None:
    house = House()
    house.close("2026-Q3")
    house.rated("2026-Q3", LOW, 160)
    with unit_of_work(SYSTEM) as unit:
        period = db.session.scalars(db.select(Result)).one().period
        freeze(unit, period, compute(parse_period("2026-Q3"), RULES), now=NOW, reason="更正")
    house.returned()
    assert house.weak_in("2026-Q4").score == 28


def test_the_spread_that_stays_is_the_stored_one() -> None:
    house = House([BEST] * 20 + [LOW] * 20)
    house.close("2026-Q3")
    stored = db.session.scalars(db.select(MemberScore).filter_by(staff_id=house.weak.id)).one()
    house.returned()
    weak = house.weak_in("2026-Q4")
    assert weak.variance == stored.variance
    assert weak.theta is None
    assert not weak.has_evidence


def test_a_digest_tells_a_frozen_seat_and_older_digests_stay_true() -> None:
    house = House()
    check_result(house.close("2026-Q3"))
    house.returned()
    check_result(house.close("2026-Q4"))
    found = compute(parse_period("2026-Q4"), RULES)
    policy = house.policy.rules
    with_seat = digest_of("2026-Q4", policy, found.sections, found.members)
    for row in found.members:
        row.is_frozen = False
    assert digest_of("2026-Q4", policy, found.sections, found.members) != with_seat


def ballots_of(staff_id: int, levels: Sequence[int]) -> Ballots:
    """Ballots that gave all four questions the same level."""
    points = [level * 2000 for level in levels]
    counts = tuple(levels.count(level) for level in range(1, 6)) * 4
    bad, good = sum(level <= 2 for level in levels), sum(level >= 4 for level in levels)
    squares = sum(point * point for point in points)
    n = len(levels)
    facts = (n, n, sum(points), squares, bad, good, levels.count(5), counts)
    return Ballots(1, staff_id, "recipient", *facts)


LEVELS = st.lists(st.integers(1, 5), max_size=30)


@given(
    st.lists(LEVELS, min_size=1, max_size=6),
    st.sets(st.integers(0, 5)),
    st.booleans(),
    st.one_of(st.none(), st.integers(20, 100)),
)
def test_the_sum_stays_the_sum_of_the_visible_rows(
    members: list[list[int]], returned: set[int], left_now: bool, score: int | None
) -> None:
    """Whoever was returned: each row is there once, and the rows add up to the hundredth."""
    span = parse_period("2026-Q4")
    last = None if score is None else MemberScore(score=Decimal(score), variance=4.0)
    data = ScoreData(
        ballots=[ballots_of(n, levels) for n, levels in enumerate(members) if levels],
        excluded={},
        services=[Service(1, n, 50, False, True) for n in range(len(members))],  # noqa: FBT003
        places=[SeatPlace(1, SectionKind.WINDOW, None)],
        kept=[KeptSeat(1, n, span.days, left_now, last) for n in returned if n < len(members)],
    )
    found = assemble(span, RULES, data)
    [section], rows = found.sections, found.members
    assert [row.staff_id for row in rows] == list(range(len(members)))
    parts = [row.contribution for row in rows if row.contribution is not None]
    assert section.total == sum(parts, Decimal(0))
    for row in rows:
        kept = row.staff_id in returned
        assert row.is_frozen == kept
        assert row.days == (span.days if kept else 50)
        given = len(members[row.staff_id])
        counted = given if given >= RULES.min_n_group else 0  # F2: fewer are as if switched off.
        assert row.ballots + row.excluded == counted
        if kept and score is not None:
            assert row.score is not None, "who has a last score never loses the seat in the sum"
