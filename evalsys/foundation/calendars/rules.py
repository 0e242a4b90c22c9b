"""Arithmetic of working days. Pure.

Days off and make-up working days (调休) come from the State Council's yearly notice; a year without
one follows the weekday rule and the statutory holidays, and results that involve it are
provisional.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from evalsys.foundation.calendars.legal import is_legal_holiday

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingDays:
    """The calendar: `exceptions` maps days to whether they are worked; `years` have a notice."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Return whether a day is worked; a statutory holiday never is, whatever a notice says."""
        return not is_legal_holiday(day) and self.exceptions.get(day, day.weekday() < SATURDAY)

    def after(self, day: date) -> Iterator[date]:
        """Yield the working days after a day, infinitely."""
        while True:
            day += ONE_DAY
            if self.is_working(day):
                yield day

    def counted(self, day: date, working_days: int) -> list[date]:
        """Return the next `working_days` working days after `day`, empty for 0.

        The last one is the due date; the list lets a page explain it.
        """
        days = self.after(day)
        return [next(days) for _ in range(working_days)]

    def add(self, day: date, working_days: int) -> date:
        """Return the working day `working_days` after a day; for 0 the day itself."""
        return self.counted(day, working_days)[-1] if working_days else day

    def between(self, start: date, end: date) -> int:
        """Return the number of working days after `start`, up to and including `end`."""
        days = (end - start).days
        return sum(self.is_working(start + n * ONE_DAY) for n in range(1, days + 1))

    def is_provisional(self, start: date, end: date) -> bool:
        """Return whether the days from `start` to `end` involve a year without a notice."""
        return any(year not in self.years for year in range(start.year, end.year + 1))
