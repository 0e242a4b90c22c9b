from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.cases.deadlines.rules import (
    Light,
    TermUnit,
    add_months,
    due_on,
    light,
    nears_on,
    shifted,
    unit_of,
)
from evalsys.cases.engine.rules.entries import BadEntry, check_entry
from evalsys.cases.engine.rules.machine import Field, FieldKind, Machine, Move
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.personnel.duties import Duty

WORKING = TermUnit.WORKING_DAYS
PLAIN = WorkingDays({}, frozenset({2026}))
SPRING_2026 = WorkingDays(
    {
        **{date(2026, 2, day): False for day in range(15, 24)},
        date(2026, 2, 14): True,
        date(2026, 2, 28): True,
    },
    frozenset({2026}),
)


@pytest.mark.parametrize(
    ("working_days", "expected"), [(3, date(2026, 2, 25)), (6, date(2026, 2, 28))]
)
def test_counts_working_days_over_the_spring_festival(working_days: int, expected: date) -> None:
    due = due_on(date(2026, 2, 13), working_days, TermUnit.WORKING_DAYS, SPRING_2026)
    assert due.on == expected
    assert not due.is_provisional


def test_a_term_of_days_that_ends_on_a_day_off_rolls_to_the_next_working_day() -> None:
    due = due_on(date(2026, 1, 18), 30, TermUnit.DAYS, SPRING_2026)
    assert due.rolled_from == date(2026, 2, 17)
    assert due.on == date(2026, 2, 24)


def test_a_month_without_the_day_ends_on_its_last() -> None:
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)


def test_a_term_into_an_unknown_year_is_provisional() -> None:
    assert due_on(date(2026, 12, 1), 3, TermUnit.MONTHS, SPRING_2026).is_provisional


@pytest.mark.parametrize(
    ("rule", "unit"),
    [
        ("plan_wd", TermUnit.WORKING_DAYS),
        ("follow_up_d", TermUnit.DAYS),
        ("pool_months", TermUnit.MONTHS),
    ],
)
def test_the_name_of_a_rule_says_its_unit(rule: str, unit: TermUnit) -> None:
    assert unit_of(rule) is unit


def test_lights_turn_yellow_on_the_last_fifth_and_red_after_the_day() -> None:
    start, end = date(2026, 11, 2), date(2026, 11, 16)  # Ten working days.
    days = WorkingDays({}, frozenset({2026}))
    near = nears_on(start, end, WORKING, days)
    assert {day: light(near, end, date(2026, 11, day)) for day in (11, 12, 13, 16, 17)} == {
        11: Light.GREEN,
        12: Light.YELLOW,
        13: Light.YELLOW,
        16: Light.TODAY,
        17: Light.RED,
    }


def test_a_term_in_days_is_measured_in_days_and_never_green_before_its_last_weekend() -> None:
    start, end = date(2026, 11, 6), date(2026, 11, 16)  # Ten days, to a Monday.
    days = {12: Light.GREEN, 13: Light.YELLOW, 14: Light.YELLOW, 16: Light.TODAY, 17: Light.RED}
    near = nears_on(start, end, TermUnit.DAYS, PLAIN)
    for day, expected in days.items():
        assert light(near, end, date(2026, 11, day)) is expected, day


def test_the_end_of_a_right_makes_nobody_late() -> None:
    near, end, late = date(2026, 11, 5), date(2026, 11, 6), date(2026, 11, 9)
    after = [light(near, end, late, is_soft=one) for one in (False, True)]
    assert after == [Light.RED, Light.ENDED]


def test_a_pause_of_a_term_in_days_leaves_as_many_days() -> None:
    end, stopped, back = date(2026, 11, 20), date(2026, 11, 12), date(2026, 11, 25)
    assert shifted(end, stopped, back, TermUnit.DAYS, PLAIN) == date(2026, 12, 3)
    assert shifted(end, stopped, back, TermUnit.MONTHS, PLAIN) == date(2026, 12, 3)


@given(
    st.dates(date(2026, 3, 1), date(2026, 6, 1)), st.integers(1, 30), st.integers(0, 20),
    st.integers(0, 60),
)  # fmt: skip
def test_a_pause_leaves_as_many_working_days_as_there_were(
    start: date, amount: int, before: int, pause: int
) -> None:
    days = WorkingDays({}, frozenset({2026}))
    end = due_on(start, amount, TermUnit.WORKING_DAYS, days).on
    stopped = days.add(start, min(before, amount - 1))
    runs_on = days.add(stopped, pause)
    moved = shifted(end, stopped, runs_on, WORKING, days)
    assert days.between(runs_on, moved) == days.between(stopped, end)


def test_a_machine_refuses_a_state_without_words() -> None:
    with pytest.raises(ValueError, match="lost"):
        Machine("a", [Move("go", ("a",), "lost", Duty.PERSONNEL, "Go")], {"a": "A"}, {})


def test_an_entry_names_the_missing_field_and_keeps_no_blanks() -> None:
    fields = (
        Field("reasons", "Reasons"),
        Field("remark", "Remark", is_required=False),
        Field("day", "Day", FieldKind.DAY),
    )
    with pytest.raises(BadEntry, match="Reasons"):
        check_entry(fields, {"reasons": "  ", "day": date(2026, 1, 2)})
    assert check_entry(fields, {"reasons": " why ", "remark": "", "day": date(2026, 1, 2)}) == {
        "reasons": "why",
        "day": "2026-01-02",
    }


def test_a_zero_is_filled_in() -> None:
    assert check_entry((Field("x", "X", FieldKind.NUMBER),), {"x": 0}) == {"x": 0}


@pytest.mark.parametrize("typed", ["S1 S2", " S1,S2 ", "S1，S2", "S1、 S2；", "S1\r\nS2\n"])
def test_sections_are_stored_in_one_way_however_they_are_separated(typed: str) -> None:
    field = Field("x", "X", FieldKind.SECTIONS, is_required=False)
    assert check_entry((field,), {"x": typed}) == {"x": "S1 S2"}
    assert check_entry((field,), {"x": " ,、"}) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field("x", "X", FieldKind.CHOICE, choices={"a": "A"}), "b"),
        (Field("x", "X", FieldKind.NUMBER, low=3, high=5), 6),
        (Field("x", "X", FieldKind.DAY), "yesterday"),
        (Field("x", "X", FieldKind.TEXT), "x" * 4_001),
        (Field("x", "X", FieldKind.LINE), "x" * 201),
        (Field("x", "X", FieldKind.SECTIONS), "S1 S2，S1"),
        (Field("x", "X", FieldKind.SECTIONS), "S" * 201),
    ],
)
def test_refuses_what_cannot_be(field: Field, value: object) -> None:
    with pytest.raises(BadEntry):
        check_entry((field,), {"x": value})
