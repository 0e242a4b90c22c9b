"""Codes and spans of periods. Pure.

A rating stores no time finer than its base period (by default the quarter). Every assessment
period is a whole number of base periods, so quarters, half-years and years can coexist.
"""

import functools
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from evalsys.core.errors import N_, Dated, DomainError, Message, Text

QUARTERS = (N_("Q1 %(year)s"), N_("Q2 %(year)s"), N_("Q3 %(year)s"), N_("Q4 %(year)s"))
HALVES = (N_("first half of %(year)s"), N_("second half of %(year)s"))
YEAR, MONTH = N_("the year %(year)s"), N_("MMM y")
KIND_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
PATTERN = re.compile(
    r"(?P<year>20[0-9]{2})(?:-(?:Q(?P<q>[1-4])|H(?P<h>[12])|(?P<m>0[1-9]|1[0-2])))?"
)


class BadPeriod(DomainError):
    """The text is not a period."""

    message = N_("%(text)s is not a period. Write it as 2026-09, 2026-Q3, 2026-H1 or 2026.")
    status = 404


class Step(StrEnum):
    """Transitions of a period."""

    START_COUNTING = "start-counting"
    STOP_COUNTING = "stop-counting"
    CLOSE = "close"
    PUBLISH = "publish"
    CORRECT = "correct"


# (state, step) -> next state. Anything else is refused.
TRANSITIONS = {
    ("open", Step.START_COUNTING): "counting",
    ("counting", Step.STOP_COUNTING): "open",
    ("counting", Step.CLOSE): "closed",
    ("closed", Step.PUBLISH): "published",
    ("closed", Step.CORRECT): "closed",
    ("published", Step.CORRECT): "closed",  # A correction needs agreement like the first version.
}


@dataclass(frozen=True)
class PeriodSpan:
    """A period as dates, both ends inclusive."""

    code: str
    kind: str
    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """The number of days of the period."""
        return (self.ends_on - self.starts_on).days + 1


def parse_period(text: str) -> PeriodSpan:
    """Parse 2026-09, 2026-Q3, 2026-H1 or 2026. Raises BadPeriod."""
    match = PATTERN.fullmatch(text.strip().upper())
    if not match:
        raise BadPeriod(text=text[:40])
    year = int(match["year"])
    if match["q"]:
        return _span(match[0], "quarter", year, 3 * int(match["q"]) - 2)
    if match["h"]:
        return _span(match[0], "half", year, 6 * int(match["h"]) - 5)
    if match["m"]:
        return _span(match[0], "month", year, int(match["m"]))
    return _span(match[0], "year", year, 1)


@functools.lru_cache(maxsize=1024)
def period_of(day: date, kind: str) -> PeriodSpan:
    """Return the period of a kind that contains a day."""
    nth = (day.month - 1) // KIND_MONTHS[kind] + 1
    codes = {
        "month": f"{day.year}-{nth:02}",
        "quarter": f"{day.year}-Q{nth}",
        "half": f"{day.year}-H{nth}",
        "year": f"{day.year}",
    }
    return parse_period(codes[kind])


def base_periods(span: PeriodSpan, base: str) -> list[str]:
    """Return the codes of the base periods in a period. Raises DomainError if it is shorter."""
    if KIND_MONTHS[span.kind] < KIND_MONTHS[base]:
        raise DomainError(
            N_("%(code)s is shorter than the base period (%(base)s) that ratings keep."),
            code=period_message(span.code),
            base=base,
        )
    codes, day = [], span.starts_on
    while day <= span.ends_on:
        part = period_of(day, base)
        codes.append(part.code)
        day = part.ends_on + timedelta(days=1)
    return codes


def period_message(code: str, month: Message = MONTH) -> Text:
    """Return the full name of a period: 2026年第三季度, Q3 2026. `month` is the pattern of a month.

    Raises BadPeriod.
    """
    span = parse_period(code)
    year, number = span.code[:4], int(span.code[-1])
    if span.kind == "quarter":
        return QUARTERS[number - 1].filled(year=year)
    if span.kind == "half":
        return HALVES[number - 1].filled(year=year)
    if span.kind == "month":
        return Dated(span.starts_on, month)
    return YEAR.filled(year=year)


def previous(span: PeriodSpan) -> PeriodSpan:
    """Return the preceding period of the same kind."""
    return period_of(span.starts_on - timedelta(days=1), span.kind)


def _span(code: str, kind: str, year: int, month: int) -> PeriodSpan:
    end = month + KIND_MONTHS[kind] - 1
    last = date(year + end // 12, end % 12 + 1, 1) - timedelta(days=1)
    return PeriodSpan(code, kind, date(year, month, 1), last)
