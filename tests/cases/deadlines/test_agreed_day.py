"""A term that ends on an agreed day: its light and extension, and no calendar moves it."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from evalsys.cases.deadlines.service import (
    agree_change,
    ask_change,
    recount_provisional,
    start_until,
)
from evalsys.cases.engine.models import ChangeKind, Deadline
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.personnel.duties import Duty
from tests.factories import make_case, make_leader, make_policy, make_user
from tests.world import NOW

BEGUN = date(2026, 11, 24)


def begun(until: date) -> Deadline:
    """A term from 24 November 2026 on, up to a day."""
    make_policy()
    case = make_case()
    with unit_of_work(SYSTEM) as unit:
        row = start_until(case, "decide_wd", Duty.LEADER, BEGUN, until)
        unit.record(Action.CASE_HANDLE, "test")
    return row


def test_it_ends_on_the_day_and_is_as_long_as_the_working_days_until_then(app: Flask) -> None:
    row = begun(date(2026, 12, 8))
    assert (row.due_on, row.nears_on, row.amount) == (date(2026, 12, 8), date(2026, 12, 4), 10)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (date(2026, 11, 24), "is not ahead"),
        (date(2026, 11, 2), "is not ahead"),
        (date(2026, 12, 5), "is a day off"),
        (date(2206, 12, 8), "Check the year"),
        (date(9999, 12, 31), "Check the year"),
    ],
)
def test_a_day_that_is_over_or_off_is_none(app: Flask, until: date, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        begun(until)
    assert db.session.scalars(select(Deadline)).all() == []


def test_a_later_calendar_leaves_the_day_as_it_was_agreed(app: Flask) -> None:
    row = begun(date(2027, 1, 12))
    known = working_days()
    notice = WorkingDays({**known.exceptions, date(2027, 1, 11): False}, known.years | {2027})
    with unit_of_work(SYSTEM) as unit:
        moved = recount_provisional(unit, notice)
        unit.record(Action.CALENDAR_IMPORT, "2027")
    db.session.refresh(row)
    assert (moved, row.due_on) == (0, date(2027, 1, 12))


def test_it_is_extended_by_as_much_as_it_is(app: Flask) -> None:
    row = begun(date(2026, 12, 8))
    leader = make_leader(row.subject.section)
    hr, second = make_user(Role.HR), make_user(Role.LEADER, staff_id=leader.id)
    asked = ask_change(hr.actor, row, ChangeKind.EXTEND, "资料未齐", now=NOW)
    agree_change(second.actor, asked, now=NOW)
    db.session.refresh(row)
    assert row.due_on == date(2026, 12, 22)
