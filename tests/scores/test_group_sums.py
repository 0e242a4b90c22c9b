"""When the means of a member's rater groups are told: on one page, and over several periods."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.models import Policy
from evalsys.organisation.policies.rules import RATER_GROUPS, PolicyRules
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.scores.models import MemberScore
from evalsys.scores.publication import printed
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.formulas import member_score
from evalsys.scores.rules.group_sums import GroupSum, sums_to_tell, sums_told
from evalsys.scores.service import freeze
from tests.factories import (
    compute,
    make_period,
    make_policy,
    make_ratings,
    make_section,
    make_staff,
)

LEAST = 10
NOW = datetime(2026, 10, 21, 2, tzinfo=UTC)
RULES = PolicyRules()
FOUR, THREE = (4, 4, 4, 4), (3, 3, 3, 3)

group_sums = st.dictionaries(
    st.sampled_from(RATER_GROUPS),
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(2000 * n, 10_000 * n))),
    max_size=4,
)


@given(group_sums)
def test_all_groups_are_told_or_none(groups: dict[str, tuple[int, int]]) -> None:
    sums = [GroupSum(group, n, total) for group, (n, total) in groups.items()]
    told = sums_told(sums_to_tell(sums, LEAST))
    given_any = [each for each in sums if each.n]
    if given_any and all(each.n >= LEAST for each in given_any):
        assert sorted(told) == sorted(given_any)
    else:
        assert told == ()


@given(group_sums)
def test_what_is_told_gives_the_score_again(groups: dict[str, tuple[int, int]]) -> None:
    stored = sums_to_tell([GroupSum(group, *pair) for group, pair in groups.items()], LEAST)
    told = sums_told(stored)
    if told:
        weight = sum(RULES.group_weights[each.group] for each in told)
        parts = [RULES.group_weights[each.group] * each.mean for each in told]
        mean = sum(parts, Fraction(0)) / weight
        known = {group: pair for group, pair in groups.items() if pair[0]}
        score = member_score(known, RULES.group_weights, min_n=LEAST)
        assert score is not None
        assert abs(mean - Fraction(score)) <= Fraction(1, 200)


class TwoQuarters:
    """A member rated in two quarters by recipients, and by grass-roots units as often as said."""

    def __init__(self, few: dict[str, int]) -> None:
        self.policy: Policy = make_policy(RULES)
        section = make_section()
        person = make_staff(section)
        for code, n in few.items():
            make_ratings(person, section, [FOUR] * 20, base_period=code)
            if n:
                group = RaterGroup.GRASSROOTS
                make_ratings(person, section, [THREE] * n, base_period=code, rater_group=group)

    def close(self, code: str) -> MemberScore:
        period = make_period(code, self.policy)
        with unit_of_work(SYSTEM) as unit:
            result = freeze(unit, period, compute(parse_period(code), RULES), now=NOW)
        rows = db.session.scalars(select(MemberScore).filter_by(result_id=result.id))
        return printed(rows.one())


@pytest.mark.usefixtures("app")
def test_means_of_groups_are_told_for_the_period_that_was_closed_first() -> None:
    person = TwoQuarters({"2026-Q1": 12, "2026-Q2": 12})
    first = person.close("2026-Q1")
    assert first.group_sums == "grassroots:12:72000,recipient:20:160000"
    half = person.close("2026-H1")
    assert (half.extent, half.group_sums) == (Extent.FIGURES, None)
    assert half.score == first.score


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("few", [{"2026-Q1": 12, "2026-Q2": 4}, {"2026-Q1": 12, "2026-Q2": 9}])
def test_a_half_year_does_not_tell_a_small_group_of_its_second_quarter(
    few: dict[str, int],
) -> None:
    person = TwoQuarters(few)
    assert person.close("2026-Q1").group_sums
    assert person.close("2026-Q2").group_sums is None
    half = person.close("2026-H1")
    assert half.extent is Extent.WHOLE
    assert f"{half.score}" == "≈75"


@pytest.mark.usefixtures("app")
def test_a_quarter_does_not_tell_a_small_group_once_the_half_year_told_its_groups() -> None:
    person = TwoQuarters({"2026-Q1": 6, "2026-Q2": 7})
    assert person.close("2026-H1").group_sums == "grassroots:13:78000,recipient:40:320000"
    assert person.close("2026-Q1").extent is Extent.WHOLE


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("few", "extent"), [(4, Extent.WHOLE), (12, Extent.FIGURES)])
def test_a_year_does_not_tell_a_small_group_that_two_times_with_told_groups_leave_over(
    few: int, extent: Extent
) -> None:
    """From the year without the first quarter and the second half: two means for two groups."""
    person = TwoQuarters({"2026-Q1": 12, "2026-Q2": few, "2026-Q3": 12, "2026-Q4": 12})
    assert person.close("2026-Q1").group_sums
    assert (person.close("2026-Q2").group_sums is None) == (few == 4)
    assert person.close("2026-H2").group_sums
    assert person.close("2026").extent is extent


@pytest.mark.usefixtures("app")
def test_a_member_of_one_group_is_told_as_before() -> None:
    person = TwoQuarters({"2026-Q1": 0, "2026-Q2": 0})
    assert person.close("2026-Q1").group_sums == "recipient:20:160000"
    assert person.close("2026-H1").group_sums == "recipient:40:320000"
