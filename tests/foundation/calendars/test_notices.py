from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.errors import DomainError
from evalsys.foundation.calendars.notices import (
    LEAST_DAYS_OFF,
    NoticeDay,
    NoticeRefused,
    read_day,
    read_notice,
)

Row = dict[str, object]


def notice(*more: Row, off: int = LEAST_DAYS_OFF) -> list[tuple[int, Row]]:
    """Return rows with enough days off on weekdays, followed by more rows."""
    mondays = [date(2027, 1, 4) + timedelta(weeks=n) for n in range(off)]
    rows: list[Row] = [{"day": day.isoformat(), "working": "休", "name": "假"} for day in mondays]
    return list(enumerate([*rows, *more], start=2))


def problems(*more: Row) -> list[tuple[int, str, str]]:
    with pytest.raises(NoticeRefused) as refused:
        read_notice(notice(*more))
    return [(p.row, p.column, p.value) for p in refused.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-04",
        "2027/1/4",
        "2027.1.4",
        "2027年1月4日",
        "2027年01月04",
        "20270104",
        "２０２７－０１－０４",
        " 2027-1-4 ",
        20270104,
        20270104.0,
        date(2027, 1, 4),
        datetime(2027, 1, 4, 12, 30),  # noqa: DTZ001  # As Excel gives it.
    ],
)
def test_a_day_may_be_written_in_many_ways(text: object) -> None:
    assert read_day(text) == date(2027, 1, 4)


@pytest.mark.parametrize(
    "text", ["", None, "4.1.2027", "2027-13-01", "2027-02-30", "tomorrow", 44197, "2027"]
)
def test_what_is_no_day_is_none(text: object) -> None:
    assert read_day(text) is None


@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    assert read_day(day.isoformat()) == read_day(f"{day:%Y%m%d}") == day


@given(st.one_of(st.text(), st.integers(), st.floats(allow_nan=True), st.none()))
def test_whatever_stands_in_a_cell_is_a_day_or_none(value: object) -> None:
    found = read_day(value)
    assert found is None or isinstance(found, date)


@pytest.mark.parametrize(
    "word", ["班", "上班", "调休上班", "是", "yes", "Y", "TRUE", True, 1, "１"]
)
def test_a_worked_weekend_may_be_written_in_many_ways(word: object) -> None:
    days = read_notice(notice({"day": "2027-02-20", "working": word, "name": "春节"}))
    assert days[-1] == NoticeDay(date(2027, 2, 20), is_working=True, name="春节")
    assert days[-1].is_exception


def test_a_legal_holiday_that_is_worked_is_a_mistake_of_the_file() -> None:
    worked: Row = {"day": "2027-01-01", "working": "班", "name": "元旦"}
    assert problems(worked) == [(12, "working", "2027-01-01")]


def test_a_day_that_the_weekday_rule_knows_is_no_exception() -> None:
    days = read_notice(notice({"day": "2027-02-07", "working": "休", "name": "星期日"}))
    assert not days[-1].is_exception


def test_every_problem_of_every_row_is_told_at_once() -> None:
    assert problems(
        {"day": "2027-02-30", "working": "perhaps", "name": "x" * 41},
        {"day": "2027-01-04", "working": "休", "name": ""},
        {"day": None, "working": None, "name": None},
    ) == [
        (12, "day", "2027-02-30"),
        (12, "working", "perhaps"),
        (12, "name", "x" * 40),
        (13, "day", "2027-01-04"),
        (14, "day", ""),
        (14, "working", ""),
    ]


def test_a_file_of_two_years_is_refused() -> None:
    with pytest.raises(DomainError, match="2027, 2028"):
        read_notice(notice({"day": "2028-01-03", "working": "休", "name": ""}))


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(DomainError, match="The file must hold the days of one year; it"):
        read_notice([])


def test_half_a_notice_is_refused_because_it_would_replace_the_whole_year() -> None:
    with pytest.raises(DomainError, match="only 9 days"):
        read_notice(notice(off=9))


def test_weekends_do_not_make_a_notice_whole() -> None:
    saturdays: list[Row] = [
        {"day": (date(2027, 1, 2) + timedelta(weeks=n)).isoformat(), "working": "休", "name": ""}
        for n in range(20)
    ]
    with pytest.raises(DomainError, match="are needed: an import replaces the whole year"):
        read_notice(notice(*saturdays, off=9))
