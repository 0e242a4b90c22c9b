"""On which day a deadline nears its end: the light as it was counted on each day, kept as a day."""

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from evalsys.cases.deadlines.rules import Light, TermUnit, length, light, nears_on
from evalsys.cases.deadlines.service import (
    agree_change,
    ask_change,
    pause,
    recount_provisional,
    resume,
    start,
)
from evalsys.cases.engine.models import ChangeKind, Deadline
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.personnel.duties import Duty
from tests.factories import make_case, make_leader, make_policy, make_user
from tests.world import NOW

AUTUMN = date(2026, 9, 1)  # Terms from here run over the week of the National Day.


def counted_light(start: date, end: date, on: date, unit: TermUnit, days: WorkingDays) -> Light:
    """The light of a term by its very words: what is left of it, counted on the day."""
    if on >= end:
        return Light.TODAY if on == end else Light.RED
    left, whole = length(on, end, unit, days), length(start, end, unit, days)
    return Light.YELLOW if left <= whole // 5 or days.between(on, end) <= 1 else Light.GREEN


@given(
    st.dates(AUTUMN, date(2026, 12, 31)), st.integers(0, 120), st.sampled_from(TermUnit),
    st.sets(st.dates(AUTUMN, date(2027, 5, 1)), max_size=40),
)  # fmt: skip
def test_the_kept_day_gives_the_light_of_every_day(
    start: date, span: int, unit: TermUnit, swapped: set[date]
) -> None:
    days = WorkingDays({day: day.weekday() > 4 for day in swapped}, frozenset({2026}))
    end = start + timedelta(span)
    near = nears_on(start, end, unit, days)
    assert start <= near <= end
    for n in range(span + 2):
        on = start + timedelta(n)
        assert light(near, end, on) is counted_light(start, end, on, unit, days), on


@pytest.fixture
def deadline(app: Flask) -> Deadline:
    """Ten working days from 24 November 2026, to 8 December; two are left from the 4th on."""
    make_policy()
    case = make_case()
    with unit_of_work(SYSTEM) as unit:
        row = start(case, "decide_wd", Duty.LEADER, date(2026, 11, 24), 10)
        unit.record(Action.CASE_HANDLE, "test")
    assert (row.due_on, row.nears_on) == (date(2026, 12, 8), date(2026, 12, 4))
    return row


@pytest.mark.parametrize(
    ("amount", "due", "near"),
    [
        (3, date(2026, 2, 25), date(2026, 2, 24)),
        (6, date(2026, 2, 28), date(2026, 2, 27)),
        (10, date(2026, 3, 5), date(2026, 3, 3)),
    ],
)
def test_deadlines_over_the_spring_festival(
    deadline: Deadline, amount: int, due: date, near: date
) -> None:
    with unit_of_work(SYSTEM) as unit:
        row = start(deadline.subject, "decide_wd", Duty.LEADER, date(2026, 2, 13), amount)
        unit.record(Action.CASE_HANDLE, "test")
    assert (row.due_on, row.nears_on, row.is_provisional) == (due, near, False)


def test_a_stopped_clock_takes_the_day_along(deadline: Deadline) -> None:
    case = deadline.subject
    with unit_of_work(SYSTEM) as unit:
        pause(case, date(2026, 11, 30))
        resume(case, date(2026, 12, 7))
        unit.record(Action.CASE_HANDLE, "test")
    row = db.session.get_one(Deadline, deadline.id)
    assert (row.due_on, row.nears_on) == (date(2026, 12, 15), date(2026, 12, 10))


def test_an_extension_takes_the_day_along(deadline: Deadline) -> None:
    leader = make_leader(deadline.subject.section)
    hr, second = make_user(Role.HR), make_user(Role.LEADER, staff_id=leader.id)
    asked = ask_change(hr.actor, deadline, ChangeKind.EXTEND, "资料未齐", now=NOW)
    agree_change(second.actor, asked, now=NOW)
    row = db.session.get_one(Deadline, deadline.id)
    assert (row.due_on, row.nears_on) == (date(2026, 12, 22), date(2026, 12, 16))


def recounted(exceptions: dict[date, bool]) -> tuple[int, Deadline]:
    """Import a notice of 2027 that differs in some days; how many moved, and the last deadline."""
    known = working_days()
    calendar = WorkingDays({**known.exceptions, **exceptions}, known.years | {2027})
    with unit_of_work(SYSTEM) as unit:
        moved = recount_provisional(unit, calendar)
        unit.record(Action.CALENDAR_IMPORT, "2027")
    return moved, db.session.scalars(select(Deadline).order_by(Deadline.id)).all()[-1]


def into_the_unknown_year(deadline: Deadline) -> None:
    with unit_of_work(SYSTEM) as unit:
        row = start(deadline.subject, "decide_wd", Duty.LEADER, date(2026, 12, 28), 10)
        unit.record(Action.CASE_HANDLE, "test")
    assert (row.due_on, row.nears_on) == (date(2027, 1, 12), date(2027, 1, 8))
    assert row.is_provisional


def test_a_later_calendar_lengthens_what_was_announced(deadline: Deadline) -> None:
    into_the_unknown_year(deadline)
    moved, row = recounted({date(2027, 1, 11): False})
    assert (moved, row.due_on, row.nears_on) == (1, date(2027, 1, 13), date(2027, 1, 8))
    assert not row.is_provisional


def test_a_later_calendar_never_shortens_what_was_announced(deadline: Deadline) -> None:
    into_the_unknown_year(deadline)
    moved, row = recounted({date(2027, 1, 2): True, date(2027, 1, 3): True})
    assert (moved, row.due_on) == (0, date(2027, 1, 12))
    assert not row.is_provisional, "it is final"


def test_a_later_calendar_moves_the_light_of_a_day_that_stays(deadline: Deadline) -> None:
    into_the_unknown_year(deadline)
    _, row = recounted({date(2027, 1, 9): True, date(2027, 1, 10): True})
    assert (row.due_on, row.nears_on) == (date(2027, 1, 12), date(2027, 1, 10))


@pytest.mark.only("sqlite")
def test_what_nears_its_end_is_found_without_reading_what_does_not(app: Flask) -> None:
    near = "SELECT id FROM deadline WHERE closed_on IS NULL AND paused_on IS NULL AND nears_on <= 1"
    plan = " ".join(row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {near}")))
    assert "ix_deadline_near (closed_on=? AND paused_on=? AND nears_on<?)" in plan
