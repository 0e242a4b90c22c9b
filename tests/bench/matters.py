"""Open matters by the hundred thousand: what a sweep costs with nothing due, and with much."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import update

from evalsys.cases.engine.models import Deadline
from evalsys.core import pages
from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.jobs.statistics import gather_statistics
from evalsys.supervision.escalation.service import escalate
from tests.bench.city.bulk import hurry
from tests.bench.city.ratings import Seat
from tests.bench.clock import Took, timed
from tests.supervision.escalation.city import write_matters

OPEN, DUE = 100_000, 500
SPREAD = range(-30, 31)  # days from today on which the terms of the board's matters end


def sweep(seats: Sequence[Seat]) -> Iterator[tuple[str, Took]]:
    """Fill the city, and yield what each sweep took; then spread the terms over all lights."""
    days, today = working_days(), pages.today()
    on = days.add(today, 1)
    _fill(seats, OPEN - DUE, on, on + timedelta(days=40))
    yield from _sweep("nothing of these is due", on)
    ids = _fill(seats, DUE, on - timedelta(days=40), on)
    yield from _sweep(f"{DUE} are due", on)
    yield from _sweep(f"{DUE} are late", days.add(on, 1))
    yield from _sweep(f"{DUE} are referred", days.add(on, 3))
    with unaudited_unit():
        hurry()
        for number, ahead in enumerate(SPREAD):
            due = today + timedelta(days=ahead)
            part = (Deadline.subject_id % len(SPREAD) == number, Deadline.subject_id <= ids[-1])
            near, start = due - timedelta(days=2), due - timedelta(days=40)
            days_of = {"started_on": start, "nears_on": near, "due_on": due}
            db.session.execute(update(Deadline).where(*part, Deadline.closed_on.is_(None)), days_of)
    gather_statistics()


def _fill(seats: Sequence[Seat], count: int, assigned: date, due: date) -> Sequence[int]:
    with unaudited_unit():
        hurry()
        ids = write_matters(seats, count, assigned, due)
    gather_statistics()
    return ids


def _sweep(what: str, on: date) -> Iterator[tuple[str, Took]]:
    moment = datetime(on.year, on.month, on.day, 2, tzinfo=UTC)  # 10:00 in Shanghai.
    with timed() as took:
        acted = escalate(now=moment)
    yield f"{what}: {sum(acted.values())} acts", took
