from datetime import UTC, date, datetime

import pytest

from evalsys.closing.service import close_period
from evalsys.core.permissions import SYSTEM
from evalsys.periods.models import PeriodState
from tests.factories import make_chief, make_period, make_ratings, make_section, make_staff

pytestmark = pytest.mark.usefixtures("app")

NOW = datetime(2026, 10, 21, 2, tzinfo=UTC)
TODAY = date(2026, 10, 21)


def test_closing_freezes_the_scores() -> None:
    section = make_section()
    chief = make_chief(section)
    staff = make_staff(section)
    for person in (chief, staff):
        make_ratings(person, section, [(5, 5, 4, 5)] * 20)
    period = make_period("2026-Q3")
    result = close_period(SYSTEM, "2026-Q3", now=NOW, on=TODAY)
    assert period.state is PeriodState.CLOSED
    assert result.version == 1
