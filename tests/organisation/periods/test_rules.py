from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.errors import DomainError
from evalsys.organisation.periods.models import PeriodKind, PeriodState
from evalsys.organisation.periods.rules import (
    KIND_MONTHS,
    TRANSITIONS,
    BadPeriod,
    PeriodSpan,
    Step,
    base_periods,
    parse_period,
    period_of,
    previous,
)

ONE_DAY = timedelta(days=1)
days = st.dates(date(2001, 1, 1), date(2099, 12, 31))
kinds = st.sampled_from(sorted(KIND_MONTHS))


@pytest.mark.parametrize(
    ("code", "kind", "first", "last"),
    [
        ("2026-Q3", "quarter", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-H1", "half", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-H2", "half", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-09", "month", date(2026, 9, 1), date(2026, 9, 30)),
        ("2026-12", "month", date(2026, 12, 1), date(2026, 12, 31)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026", "year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_written_in_four_ways(code: str, kind: str, first: date, last: date) -> None:
    assert parse_period(code) == PeriodSpan(code, kind, first, last)


@pytest.mark.parametrize("text", ["2026-q3", " 2026-Q3 ", "2026-Q3\n"])
def test_case_and_blanks_around_a_code_do_not_matter(text: str) -> None:
    assert parse_period(text).code == "2026-Q3"


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-Q0", "2026-Q5", "2026-H3", "2026-H0", "2026-00", "2026-13", "2026-9"),
        *(
            "2026Q3",
            "Q3-2026",
            "26-Q3",
            "1999-Q1",
            "2100",
            "2026-Q3-1",
            "2026-",
            "２０２６-Q3",
            "20２６-Q3",
        ),
        *("2026/Q3", "2026-Q3; DROP TABLE period", "2026-Q٣", "x" * 10_000),
    ],
)
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(BadPeriod) as refused:
        parse_period(text)
    assert len(str(refused.value)) < 200


@given(days, kinds)
def test_a_day_lies_in_the_period_of_its_day(day: date, kind: str) -> None:
    span = period_of(day, kind)
    assert span.starts_on <= day <= span.ends_on
    assert span.kind == kind
    assert parse_period(span.code) == span
    assert span.days == (span.ends_on - span.starts_on).days + 1


@given(days, kinds)
def test_periods_of_a_kind_follow_each_other_without_a_gap(day: date, kind: str) -> None:
    span = period_of(day, kind)
    after = period_of(span.ends_on + ONE_DAY, kind) if span.ends_on.year < 2099 else None
    if after is not None:
        assert after.starts_on == span.ends_on + ONE_DAY
        assert previous(after) == span


@given(days, kinds, kinds)
def test_the_base_periods_of_a_period_are_exactly_it(day: date, kind: str, base: str) -> None:
    span = period_of(day, kind)
    if KIND_MONTHS[base] > KIND_MONTHS[kind]:
        with pytest.raises(DomainError, match="is shorter than the base period"):
            base_periods(span, base)
        return
    parts = [parse_period(code) for code in base_periods(span, base)]
    assert len(parts) == KIND_MONTHS[kind] // KIND_MONTHS[base]
    assert (parts[0].starts_on, parts[-1].ends_on) == (span.starts_on, span.ends_on)
    assert all(one.ends_on + ONE_DAY == two.starts_on for one, two in pairwise(parts))


def test_a_half_year_of_quarters() -> None:
    assert base_periods(parse_period("2026-H2"), "quarter") == ["2026-Q3", "2026-Q4"]


def test_the_period_before_the_first_of_a_year_is_the_last_of_the_year_before() -> None:
    assert previous(parse_period("2026-Q1")).code == "2025-Q4"
    assert previous(parse_period("2026-H1")).code == "2025-H2"
    assert previous(parse_period("2026-01")).code == "2025-12"
    assert previous(parse_period("2026")).code == "2025"


def test_kinds_and_states_are_those_of_the_tables() -> None:
    assert set(KIND_MONTHS) == set(PeriodKind)
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(PeriodState)


def test_a_closed_period_never_opens_again() -> None:
    reached, todo = set(), {"closed"}
    while todo:
        state = todo.pop()
        reached.add(state)
        todo |= {after for (before, _), after in TRANSITIONS.items() if before == state} - reached
    assert reached == {"closed", "published"}


def test_nothing_is_published_before_it_is_closed() -> None:
    assert {state for state, step in TRANSITIONS if step is Step.PUBLISH} == {"closed"}
    assert {state for state, step in TRANSITIONS if step is Step.CLOSE} == {"counting"}
