"""Working days. Pure.

Days off and make-up working days (调休) come from the State Council's yearly notice; a year whose
notice is not known follows the weekday rule and the legal holidays, and every answer that needed it
is provisional.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from evalsys.foundation.calendars.legal import is_legal_holiday

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingDays:
    """The calendar: `exceptions` maps a day to whether it is worked; `years` are known."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Return whether a day is worked; a legal holiday never is, whatever a notice says."""
        return not is_legal_holiday(day) and self.exceptions.get(day, day.weekday() < SATURDAY)

    def after(self, day: date) -> Iterator[date]:
        """Yield the working days after a day, without end."""
        while True:
            day += ONE_DAY
            if self.is_working(day):
                yield day

    def counted(self, day: date, working_days: int) -> list[date]:
        """Return the days that are counted: the first one is the next working day after `day`.

        The last of them is the due date; with the list a page can say why. Empty for 0.
        """
        days = self.after(day)
        return [next(days) for _ in range(working_days)]

    def add(self, day: date, working_days: int) -> date:
        """Return the working day that comes `working_days` after a day; for 0 the day itself."""
        return self.counted(day, working_days)[-1] if working_days else day

    def between(self, start: date, end: date) -> int:
        """Return how many working days lie after `start` up to and including `end`."""
        days = (end - start).days
        return sum(self.is_working(start + n * ONE_DAY) for n in range(1, days + 1))

    def is_provisional(self, start: date, end: date) -> bool:
        """Return whether a count from `start` to `end` touches a year that was not announced."""
        return any(year not in self.years for year in range(start.year, end.year + 1))
