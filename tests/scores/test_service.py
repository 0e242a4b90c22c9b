from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import Section, SectionKind, Staff
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import ExclusionReason, RaterGroup, Rating
from evalsys.scores.assembly import ComputedResult, assemble, digest_of
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.queries import tallied
from evalsys.scores.rows import FreshMember, FreshSection
from evalsys.scores.service import check_result, check_tallies, freeze, gather
from tests.factories import (
    compute,
    make_chief,
    make_organ,
    make_period,
    make_policy,
    make_posting,
    make_ratings,
    make_section,
    make_staff,
)
from tests.scores.test_queries import put_aside

pytestmark = pytest.mark.usefixtures("app")

Q3 = parse_period("2026-Q3")
RULES = PolicyRules()
NOW = datetime(2026, 10, 21, 2, tzinfo=UTC)
NIL, FULL = Decimal(0), Decimal(100)
GOOD, FAIR, POOR = (5, 5, 5, 5), (4, 4, 4, 4), (2, 2, 2, 2)


def section_of(found: ComputedResult, section: Section) -> FreshSection:
    return next(row for row in found.sections if row.section_id == section.id)


def member_of(found: ComputedResult, staff: Staff) -> FreshMember:
    return next(row for row in found.members if row.staff_id == staff.id)


def make_team(
    size: int, levels: Sequence[tuple[int | None, ...]], **values: Any
) -> tuple[Section, list[Staff]]:
    """A section whose members were each rated with the same levels."""
    section = make_section(**values)
    staff = [make_staff(section) for _ in range(size)]
    for person in staff:
        make_ratings(person, section, levels)
    return section, staff


def test_the_sum_is_the_visible_sum_of_the_rows() -> None:
    section, staff = make_team(3, [GOOD] * 7 + [(4, 5, None, 3)] * 6)
    moved = make_staff()
    make_posting(moved, section, started_on=date(2026, 9, 1))
    make_ratings(moved, section, [(5, 4, 4, 4)] * 11)
    found = compute(Q3, RULES)
    row = section_of(found, section)
    parts = [m.contribution for m in found.members if m.contribution is not None]
    assert len(parts) == len(staff) + 1
    assert row.total == sum(parts, Decimal(0))
    assert row.maximum == Decimal("332.61")  # 3 x 100 + 30/92 x 100.
    assert member_of(found, moved).share == Decimal("0.33")
    assert member_of(found, moved).contribution == Decimal("27.72")  # 85.00 x 30/92.


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    teams=st.lists(
        st.lists(
            st.lists(st.tuples(*[st.integers(1, 5)] * 4), min_size=0, max_size=14),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_s_is_always_the_sum_of_its_rows_and_within_its_maximum(
    teams: list[list[list[tuple[int, ...]]]],
) -> None:
    organ = make_organ()
    for team in teams:
        section = make_section(organ)
        for levels in team:
            person = make_staff(section)
            if levels:
                make_ratings(person, section, levels)
    found = compute(Q3, RULES)
    for row in found.sections:
        rows = [m for m in found.members if m.section_id == row.section_id]
        assert row.total == sum((m.contribution or Decimal(0) for m in rows), Decimal(0))
        assert row.maximum == sum((m.contribution_max or Decimal(0) for m in rows), Decimal(0))
        assert 0 <= row.total <= row.maximum
        assert 0 <= row.coverage <= 100


def test_a_transfer_leaves_both_chiefs_with_reproducible_figures() -> None:
    one, two = make_section(), make_section()
    chiefs = [make_chief(section) for section in (one, two)]
    moved = make_staff()
    make_posting(moved, one, started_on=date(2020, 1, 1), ended_on=date(2026, 8, 15))
    make_posting(moved, two, started_on=date(2026, 8, 16))
    make_ratings(moved, one, [FAIR] * 12)
    make_ratings(moved, two, [GOOD] * 12)
    found = compute(Q3, RULES)
    assert section_of(found, one).chief_id == chiefs[0].id
    assert section_of(found, one).total == Decimal("40.00")  # 80 x 46/92
    assert section_of(found, two).total == Decimal("50.00")  # 100 x 46/92
    again = compute(Q3, RULES)
    assert digest(found) == digest(again)


def digest(found: ComputedResult) -> str:
    return digest_of(found.span.code, found.rules.to_json(), found.sections, found.members)


def test_below_the_minimum_there_is_no_score_and_no_zero() -> None:
    section, (person,) = make_team(1, [POOR] * 9)
    found = compute(Q3, RULES)
    row = member_of(found, person)
    assert (row.score, row.contribution, row.attitude, row.ballots) == (None, None, None, 9)
    whole = section_of(found, section)
    assert (whole.rate, whole.coverage, whole.scored, whole.ballots) == (None, NIL, 0, 0)
    assert whole.total == whole.maximum == 0
    assert not whole.is_comparable


def test_who_faces_no_recipients_is_a_member_only_with_a_score() -> None:
    section, _ = make_team(2, [GOOD] * 15)
    clerk = make_staff(section, faces_recipients=False)
    found = compute(Q3, RULES)
    assert [row.staff_id for row in found.members].count(clerk.id) == 0
    assert section_of(found, section).coverage == 100
    make_ratings(clerk, section, [FAIR] * 9)
    found = compute(Q3, RULES)
    assert (section_of(found, section).coverage, section_of(found, section).members) == (FULL, 2)
    assert not member_of(found, clerk).is_expected
    make_ratings(clerk, section, [FAIR])
    found = compute(Q3, RULES)
    row = section_of(found, section)
    assert (row.members, row.expected, row.scored, row.total) == (3, 2, 3, Decimal("280.00"))


def test_whether_the_chief_counts_is_a_rule() -> None:
    section, _ = make_team(2, [GOOD] * 12)
    chief = make_chief(section)
    make_ratings(chief, section, [FAIR] * 12)
    assert section_of(compute(Q3, RULES), section).total == Decimal("280.00")
    found = compute(Q3, RULES.changed(chief_counts=False))
    row = section_of(found, section)
    assert (row.total, row.members, row.expected) == (Decimal("200.00"), 2, 2)
    own = member_of(found, chief)
    assert (own.score, own.contribution, own.is_chief) == (Decimal("80.00"), None, True)


def test_ratings_for_a_stranger_to_the_section_add_nothing_but_are_seen() -> None:
    section, _ = make_team(1, [GOOD] * 12)
    stranger = make_staff(make_section())
    make_ratings(stranger, section, [POOR] * 12)
    found = compute(Q3, RULES)
    row = next(m for m in found.members if m.staff_id == stranger.id and m.days == 0)
    assert (row.section_id, row.days, row.share) == (section.id, 0, NIL)
    assert (row.score, row.contribution) == (Decimal("40.00"), None)
    whole = section_of(found, section)
    assert (whole.total, whole.members, whole.bad) == (Decimal("100.00"), 1, 0)


def test_a_section_of_strangers_only_has_an_empty_sum() -> None:
    section = make_section()
    make_ratings(make_staff(), section, [GOOD] * 12)
    row = section_of(compute(Q3, RULES), section)
    assert (row.total, row.maximum, row.members, row.coverage) == (NIL, NIL, 0, NIL)


def test_a_group_of_raters_can_be_switched_off() -> None:
    section, (person,) = make_team(1, [GOOD] * 10)
    make_ratings(person, section, [POOR] * 10, rater_group=RaterGroup.LEADER)
    weights = dict(RULES.group_weights)
    assert member_of(compute(Q3, RULES), person).score == Decimal("91.43")  # (60x100+10x40)/70
    row = member_of(compute(Q3, RULES.changed(group_weights={**weights, "leader": 0})), person)
    assert (row.score, row.ballots, row.bad, row.attitude_2) == (Decimal("100.00"), 10, 0, 0)


def test_a_group_weighs_in_from_so_many_ballots_on_else_its_weight_goes_to_the_others() -> None:
    """One or two ballots of a group cannot carry 10 or 20 of 100 of a score."""
    section, (person,) = make_team(1, [GOOD] * 10)
    make_ratings(person, section, [POOR] * 2, rater_group=RaterGroup.COLLABORATOR)
    row = member_of(compute(Q3, RULES), person)
    assert (row.score, row.ballots, row.bad) == (Decimal("100.00"), 10, 0)
    assert (row.attitude, row.weighed) == (Decimal("100.00"), "recipient")
    make_ratings(person, section, [POOR], rater_group=RaterGroup.COLLABORATOR)
    row = member_of(compute(Q3, RULES), person)
    assert (row.score, row.ballots, row.bad) == (Decimal("91.43"), 13, 3)  # (60x100+10x40)/70
    assert row.weighed == "collaborator,recipient"
    assert member_of(compute(Q3, RULES.changed(min_n_group=4)), person).ballots == 10


def test_the_leader_in_charge_is_one_person_and_weighs_in_with_one_ballot() -> None:
    section, (person,) = make_team(1, [GOOD] * 10)
    make_ratings(person, section, [POOR], rater_group=RaterGroup.LEADER)
    row = member_of(compute(Q3, RULES), person)
    assert (row.score, row.weighed) == (Decimal("91.43"), "leader,recipient")


def test_ballots_of_thin_groups_alone_make_no_score() -> None:
    section = make_section()
    person = make_staff(section)
    for group in (RaterGroup.RECIPIENT, RaterGroup.GRASSROOTS, RaterGroup.COLLABORATOR):
        make_ratings(person, section, [GOOD] * 2, rater_group=group)
    make_ratings(person, section, [GOOD] * 6, rater_group=RaterGroup.LEADER)
    row = member_of(compute(Q3, RULES), person)
    assert (row.score, row.ballots, row.weighed) == (None, 6, "leader")


def test_under_a_policy_from_before_that_rule_a_correction_moves_nothing() -> None:
    section, (person,) = make_team(1, [GOOD] * 10)
    make_ratings(person, section, [POOR], rater_group=RaterGroup.COLLABORATOR)
    stored = RULES.to_json()
    del stored["min_n_group"]
    row = member_of(compute(Q3, PolicyRules.from_json(stored)), person)
    assert row.score == Decimal("91.43")


def test_excluded_ballots_are_told_with_their_reasons() -> None:
    section = make_section()
    person = make_staff(section)
    first, second, *_ = make_ratings(person, section, [POOR] * 12)
    put_aside(first)
    put_aside(second, ExclusionReason.NOT_PERSON)
    found = compute(Q3, RULES)
    row = member_of(found, person)
    assert (row.ballots, row.excluded) == (10, 2)
    assert row.exclusion_reasons == "mistaken:1,not_person:1"
    assert section_of(found, section).excluded == 2


def test_a_member_whose_ballots_were_all_excluded_still_has_a_row() -> None:
    section = make_section()
    person = make_staff(section, faces_recipients=False)
    for ballot_id in make_ratings(person, section, [POOR]):
        put_aside(ballot_id)
    row = member_of(compute(Q3, RULES), person)
    assert (row.ballots, row.excluded, row.score) == (0, 1, None)


def test_sections_are_compared_within_their_kind() -> None:
    spread = [GOOD] * 25 + [FAIR] * 10 + [POOR] * 3
    windows = [make_team(1, spread[n:], kind=SectionKind.WINDOW)[0] for n in range(5)]
    lone, _ = make_team(1, spread, kind=SectionKind.APPROVAL)
    found = compute(Q3, RULES)
    for section in windows:
        row = section_of(found, section)
        assert (row.group_label, row.group_size) == ("window", 5)
        assert row.rank is not None
        assert row.rank_best is not None
        assert row.rank_worst is not None
        assert row.rank_best <= row.rank <= row.rank_worst <= 5
    alone = section_of(found, lone)
    assert (alone.group_label, alone.group_size) == ("all", 6)
    assert alone.theta is not None


def test_a_group_that_is_too_small_is_not_adjusted_nor_ranked() -> None:
    section, _ = make_team(1, [GOOD] * 30 + [FAIR] * 10)
    make_team(1, [GOOD] * 35)
    row = section_of(compute(Q3, RULES), section)
    assert (row.group_label, row.group_size, row.rank, row.theta) == ("all", 2, None, None)
    assert row.variance is not None


def test_a_thin_section_is_not_compared() -> None:
    spread = [GOOD] * 25 + [FAIR] * 10
    for _ in range(5):
        make_team(1, spread)
    thin, _ = make_team(1, spread[:20])
    row = section_of(compute(Q3, RULES), thin)
    assert not row.is_comparable
    assert (row.rank, row.group_size, row.band_rank, row.theta) == (None, None, None, None)


def test_equal_sums_share_a_place_in_their_size_band() -> None:
    sections = [make_team(1, [GOOD] * 30)[0] for _ in range(2)]
    sections.append(make_team(1, [FAIR] * 30)[0])
    large, _ = make_team(6, [FAIR] * 30)
    found = compute(Q3, RULES)
    assert [section_of(found, section).band_rank for section in sections] == [1, 1, 3]
    assert (section_of(found, large).size_band, section_of(found, large).band_rank) == (6, 1)


def test_a_member_far_below_the_line_is_evidence() -> None:
    for _ in range(6):
        make_team(1, [GOOD] * 30 + [FAIR] * 10)
    _, (low,) = make_team(1, [POOR] * 38 + [FAIR] * 2)
    row = member_of(compute(Q3, RULES), low)
    assert row.has_evidence
    assert row.theta is not None
    assert row.theta < 60


def test_the_figures_count_scored_members_only() -> None:
    section, _ = make_team(1, [GOOD] * 12)
    thin = make_staff(section)
    make_ratings(thin, section, [POOR] * 3)
    row = section_of(compute(Q3, RULES), section)
    assert (row.ballots, row.bad, row.satisfied) == (12, 0, 12)
    assert (row.attitude_5, row.attitude_2) == (12, 0)
    assert row.coverage == Decimal("50.00")


def test_a_recount_that_differs_from_the_tallies_names_the_place() -> None:
    section, (person,) = make_team(1, [GOOD] * 3)
    before = gather(Q3, RULES)
    put_aside(next(iter(db.session.scalars(select(Rating.ballot_id)))))
    with pytest.raises(DomainError, match="The ratings do not agree with what was") as refusal:
        check_tallies(before.ballots, tallied(["2026-Q3"]))
    assert refusal.value.params == {"section": section.code, "staff": person.number, "others": 0}
    check_tallies(gather(Q3, RULES).ballots, tallied(["2026-Q3"]))


def frozen() -> Result:
    for _ in range(5):
        make_team(1, [GOOD] * 25 + [FAIR] * 10)
    period = make_period("2026-Q3", make_policy(RULES))
    computed = assemble(Q3, RULES, gather(Q3, RULES))
    with unit_of_work(SYSTEM) as unit:
        return freeze(unit, period, computed, now=NOW)


def test_what_is_stored_gives_the_digest_that_was_frozen() -> None:
    result = frozen()
    assert len(result.digest) == 64
    check_result(result)
    stored = db.session.scalars(select(SectionScore)).all()
    assert len(stored) == 5
    assert stored[0].kind is SectionKind.WINDOW
    assert isinstance(stored[0].rate, Decimal)


def test_the_database_refuses_to_change_a_frozen_row() -> None:
    frozen()
    with pytest.raises(DBAPIError, match="append only"), db.engine.begin() as connection:
        connection.execute(text("UPDATE section_score SET total = total - 1"))


@pytest.mark.only("sqlite", "drops a trigger of SQLite")
def test_a_row_changed_behind_the_triggers_is_found(app: Flask) -> None:
    result = frozen()
    with db.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER member_score_no_update"))
        connection.execute(text("UPDATE member_score SET score = score + 1 WHERE id = 1"))
    db.session.rollback()
    with pytest.raises(DomainError, match="version 1"):
        check_result(result)


def test_a_row_slipped_in_afterwards_is_found() -> None:
    result = frozen()
    row = db.session.execute(select(MemberScore.__table__)).mappings().first()
    assert row is not None
    extra = {**row, "id": 999, "staff_id": make_staff().id}
    with db.engine.begin() as connection:
        connection.execute(insert(MemberScore), [extra])
    db.session.rollback()
    with pytest.raises(DomainError, match="were changed afterwards"):
        check_result(result)


@pytest.mark.parametrize(
    ("fresh", "stored"), [(FreshSection, SectionScore), (FreshMember, MemberScore)]
)
def test_a_fresh_row_has_every_column_of_its_table(fresh: Any, stored: Any) -> None:
    columns = {column.key for column in stored.__table__.columns} - {"id", "result_id"}
    assert {field.name for field in fields(fresh)} == columns
