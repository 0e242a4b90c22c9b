"""How the pool does: what is counted, what is too few to be told, and from which rows."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.core.permissions import SYSTEM, Role
from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.pool.models import TrainingUnit
from evalsys.personnel.pool.rules.figures import Stay, came_back, figures_of
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.personnel.pool.statistics import read_statistics
from tests.factories import (
    make_case,
    make_member_score,
    make_period,
    make_policy,
    make_result,
    make_section,
    make_staff,
    save,
)

MARCH, JUNE, TODAY = date(2026, 3, 2), date(2026, 6, 8), date(2026, 11, 24)


def test_no_stay_gives_no_share_and_no_mean() -> None:
    none = figures_of([])
    assert (none.admitted, none.success, none.days, none.before) == (0, None, None, None)


def test_success_is_of_the_stays_that_are_over() -> None:
    stays = [
        Stay(1, MARCH, is_over=True, moved_on=JUNE),
        Stay(2, MARCH, is_over=True),
        Stay(3, MARCH),
        Stay(1, TODAY),
    ]
    found = figures_of(stays, came_back(stays))
    assert (found.admitted, found.inside, found.reassigned, found.measured) == (4, 2, 1, 1)
    assert (found.success, found.days, found.again) == (0.5, 98.0, 1)


@pytest.mark.parametrize(("people", "told"), [(2, False), (3, True)])
def test_scores_of_few_people_are_not_told(people: int, told: bool) -> None:
    stays = [
        Stay(n, MARCH, is_over=True, moved_on=JUNE, before=Decimal(50 + n), after=Decimal("80.55"))
        for n in range(people)
    ]
    found = figures_of([*stays, Stay(9, MARCH, before=Decimal(1))])
    assert found.pairs == people
    assert [found.before, found.after] == ([51, Decimal("80.55")] if told else [None, None])


class Stays:
    """People who stayed in the pool, with their old and new sections."""

    def __init__(self) -> None:
        self.old: Section = make_section()
        self.new: Section = make_section(self.old.organ)

    def one(self, kind: TrainingKind | None, *, moved: bool = True) -> Staff:
        person = make_staff(self.old)
        state = "settled" if moved else "in_training"
        opened = datetime(2026, 3, 2, 2, tzinfo=UTC)
        case: Subject = make_case(
            "pool", section=self.old, staff=person, state=state, opened_at=opened
        )
        if kind:
            days = {"starts_on": MARCH, "ends_on": MARCH}
            save(TrainingUnit(case_id=case.id, kind=kind, title="课", place="校", hours=8, **days))
        if moved:
            step = {"source": "passed", "target": "reassigned", "role": Role.HR, "entry": {}}
            at = datetime(2026, 6, 8, 2, tzinfo=UTC)
            save(CaseStep(subject_id=case.id, name="reassign", at=at, **step))
        return person


@pytest.mark.usefixtures("app")
def test_the_figures_come_from_stays_training_and_frozen_scores() -> None:
    stays, policy = Stays(), make_policy()
    people = [stays.one(TrainingKind.STUDY) for _ in range(3)]
    stays.one(TrainingKind.ENTERPRISE, moved=False)
    stays.one(None, moved=False)
    for code, section, score, frozen in (
        ("2025-Q3", stays.old, "40.00", False),
        ("2025-Q4", stays.old, "50.00", False),
        ("2026-Q1", stays.old, "99.00", False),  # Not over on the admission.
        ("2026-Q2", stays.old, "50.00", True),  # Stays in the sum; nobody earned it.
        ("2026-Q3", stays.new, "80.00", False),
        ("2026-Q4", stays.new, "90.00", False),
    ):
        result = make_result(make_period(code, policy))
        for person in people:
            make_member_score(result, section, person, score=Decimal(score), is_frozen=frozen)
    found = read_statistics(SYSTEM, on=TODAY)
    assert (found.all.admitted, found.all.reassigned, found.all.days) == (5, 3, 98.0)
    study = found.by_kind[TrainingKind.STUDY]
    assert [study.admitted, study.success, study.before, study.after] == [3, 1.0, 50, 80]
    assert found.by_kind[TrainingKind.ENTERPRISE].inside == 1
    assert found.without.admitted == 1
    assert read_statistics(SYSTEM, on=TODAY, since=JUNE).all.admitted == 0
