from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.foundation.calendars.rules import ONE_DAY, WorkingDays

# The spring of 2026 as announced: off from 15 to 23 February, worked on two Saturdays.
SPRING = WorkingDays(
    {
        **{date(2026, 2, 15) + n * ONE_DAY: False for n in range(9)},
        date(2026, 2, 14): True,
        date(2026, 2, 28): True,
    },
    frozenset({2026}),
)
FRIDAY = date(2026, 2, 13)

days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
calendars = st.dictionaries(days, st.booleans(), max_size=60).map(
    lambda exceptions: WorkingDays(exceptions, frozenset({2024, 2025, 2026}))
)
numbers = st.integers(0, 40)


def test_three_working_days_over_the_spring_festival_end_on_wednesday() -> None:
    assert SPRING.add(FRIDAY, 3) == date(2026, 2, 25)


def test_six_working_days_over_the_spring_festival_end_on_a_saturday_that_is_worked() -> None:
    assert SPRING.add(FRIDAY, 6) == date(2026, 2, 28)


def test_the_days_that_were_counted_can_be_told() -> None:
    assert SPRING.counted(FRIDAY, 3) == [
        date(2026, 2, 14),
        date(2026, 2, 24),
        date(2026, 2, 25),
    ]


def test_without_a_notice_monday_to_friday_are_worked() -> None:
    plain = WorkingDays()
    monday = date(2027, 3, 1)
    week = [plain.is_working(monday + n * ONE_DAY) for n in range(7)]
    assert week == [True] * 5 + [False] * 2


@pytest.mark.parametrize("day", [(1, 1), (5, 1), (10, 1), (10, 2)])
@pytest.mark.parametrize("known", [frozenset(), frozenset({2027})])
def test_a_legal_holiday_is_never_worked_whether_the_notice_is_known_or_not(
    day: tuple[int, int], known: frozenset[int]
) -> None:
    holiday = date(2027, *day)
    worked = WorkingDays({holiday: True}, known)
    assert not WorkingDays({}, known).is_working(holiday)
    assert not worked.is_working(holiday), "a mistyped notice does not make it a working day"


@pytest.mark.parametrize(
    "day",
    [date(2027, 2, 5), date(2027, 2, 8), date(2027, 4, 5), date(2027, 6, 9), date(2027, 9, 15)],
)
def test_the_holidays_of_the_moon_are_known_before_the_notice(day: date) -> None:
    assert not SPRING.is_working(day)
    assert SPRING.is_working(day + 7 * ONE_DAY)


def test_a_term_over_the_turn_of_an_unknown_year_leaves_the_first_of_january_out() -> None:
    assert SPRING.add(date(2026, 12, 31), 1) == date(2027, 1, 4), "Friday is New Year"


def test_a_count_into_a_year_without_a_notice_is_provisional() -> None:
    assert not SPRING.is_provisional(FRIDAY, date(2026, 12, 31))
    assert SPRING.is_provisional(date(2026, 12, 30), date(2027, 1, 4))
    assert SPRING.is_provisional(date(2025, 12, 31), FRIDAY)


def test_no_days_added_is_the_day_itself_even_when_it_is_off() -> None:
    assert SPRING.add(date(2026, 2, 16), 0) == date(2026, 2, 16)
    assert SPRING.counted(date(2026, 2, 16), 0) == []


@given(calendars, days, st.integers(1, 40))
def test_a_deadline_is_always_a_working_day_after_the_start(
    calendar: WorkingDays, start: date, number: int
) -> None:
    due = calendar.add(start, number)
    assert due > start
    assert calendar.is_working(due)


@given(calendars, days, numbers)
def test_between_counts_back_what_add_added(
    calendar: WorkingDays, start: date, number: int
) -> None:
    assert calendar.between(start, calendar.add(start, number)) == number


@given(calendars, days, numbers, numbers)
def test_adding_in_two_steps_is_adding_at_once(
    calendar: WorkingDays, start: date, first: int, second: int
) -> None:
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@given(calendars, days, numbers)
def test_a_later_start_is_never_due_earlier(
    calendar: WorkingDays, start: date, number: int
) -> None:
    assert calendar.add(start + timedelta(1), number) >= calendar.add(start, number)


@given(calendars, days, numbers)
def test_what_is_counted_are_working_days_in_order(
    calendar: WorkingDays, start: date, number: int
) -> None:
    counted = calendar.counted(start, number)
    assert counted == sorted(set(counted))
    assert all(map(calendar.is_working, counted))


@given(calendars, days, st.integers(-40, -1))
def test_nothing_lies_between_a_day_and_an_earlier_one(
    calendar: WorkingDays, start: date, back: int
) -> None:
    assert calendar.between(start, start + timedelta(back)) == 0
