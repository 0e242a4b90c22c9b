"""Back from a day by working days: the same as forward from the day that is found."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.supervision.escalation.rules import back

DAYS = WorkingDays({date(2026, 2, day): day in {14, 28} for day in (14, *range(15, 24), 28)})


@given(st.dates(date(2026, 1, 20), date(2026, 3, 20)), st.integers(0, 5))
def test_it_is_the_latest_day_since_which_so_many_passed(on: date, count: int) -> None:
    found = back(on, count, DAYS)
    assert DAYS.between(found, on) == count or (count == 0 and found == on)
    assert found == on or DAYS.between(found + timedelta(1), on) < count
