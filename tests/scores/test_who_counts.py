"""The rules that no formula shows (docs/formulas.md, "Who and what counts")."""

from datetime import date

import pytest

from evalsys.organisation.org.models import Section, SectionKind, StaffStatus, StatusKind
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from tests.factories import compute, make_chief, make_ratings, make_section, make_staff, save

pytestmark = pytest.mark.usefixtures("app")

Q3 = parse_period("2026-Q3")
MANY = [(5, 5, 5, 5)] * 20 + [(3, 4, 4, 4)] * 20
WINDOW, APPROVAL = SectionKind.WINDOW, SectionKind.APPROVAL


def rated(kind: SectionKind, ballots: int = 40) -> Section:
    section = make_section(kind=kind)
    make_ratings(make_staff(section), section, MANY[:ballots])
    return section


def test_a_kind_is_a_group_of_its_own_by_its_comparable_sections() -> None:
    windows = [rated(WINDOW) for _ in range(5)]
    approvals = [rated(APPROVAL) for _ in range(4)] + [rated(APPROVAL, 12) for _ in range(3)]
    rows = {row.section_id: row for row in compute(Q3, PolicyRules()).sections}
    assert {rows[section.id].group_label for section in windows} == {"window"}
    assert {rows[section.id].group_label for section in approvals} == {"all"}
    assert {rows[section.id].group_size for section in windows} == {5}
    assert {rows[section.id].group_size for section in approvals[:4]} == {9}
    thin = rows[approvals[-1].id]
    assert (thin.is_comparable, thin.group_size, thin.theta) == (False, None, None)
    assert thin.variance is not None


def test_a_chief_who_does_not_count_has_a_score_that_enters_nothing() -> None:
    section = rated(WINDOW)
    for _ in range(5):
        rated(WINDOW)
    chief = make_chief(section)
    make_ratings(chief, section, [(3, 3, 3, 3)] * 40)
    found = compute(Q3, PolicyRules(chief_counts=False))
    row = next(row for row in found.members if row.staff_id == chief.id)
    assert [row.score, row.contribution, row.theta, row.is_expected] == [60, None, None, False]
    assert row.variance is not None
    assert row.own_se is not None
    own = next(each for each in found.sections if each.section_id == section.id)
    assert [own.members, own.ballots, own.coverage] == [1, 40, 100]
    others = {each.variance for each in found.sections}
    assert others == {own.variance}, "the ballots of the chief do not enter s2"


def test_a_ballot_on_dimensions_without_weight_counts_for_the_dimension_alone() -> None:
    section = make_section()
    person = make_staff(section)
    make_ratings(person, section, [(4, 4, 4, 4)] * 12 + [(None, None, None, 1)] * 3)
    weights = {"attitude": 25, "work_style": 25, "efficiency": 25, "competence": 0}
    (row,) = compute(Q3, PolicyRules(dimension_weights=weights)).members
    assert [row.score, row.ballots, row.bad] == [80, 12, 0]
    assert row.competence == 68
    assert (row.competence_1, row.competence_4) == (3, 12)


def test_an_absence_does_not_shorten_the_days() -> None:
    section = rated(WINDOW)
    person = make_staff(section)
    away = (date(2026, 7, 1), date(2026, 9, 30))
    kind = StatusKind.MATERNITY
    save(StaffStatus(staff_id=person.id, kind=kind, started_on=away[0], ended_on=away[1]))
    found = compute(Q3, PolicyRules())
    row = next(row for row in found.members if row.staff_id == person.id)
    assert [row.days, row.score] == [92, None]
    assert found.sections[0].coverage == 50
