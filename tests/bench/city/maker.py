"""Make the large city: the demo, grown to the size of a prefecture. A minute on SQLite."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.demo.cli import SEED
from evalsys.demo.service import load_demo
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.statistics import gather_statistics
from evalsys.results.closing.service import close_period, publish
from tests.bench.city.bulk import add, hurry, set_sequences, table_of
from tests.bench.city.copies import copy_cases
from tests.bench.city.people import Place, add_people
from tests.bench.city.ratings import Seat, add_ratings

SECTIONS, MEMBERS = 976, 10  # beside the 24 sections and 300 people of the demo
RATINGS, LINES = 100_000, 300_000
BEGAN = datetime(2026, 9, 24, 2, tzinfo=UTC)  # when the demo was loaded
CLOSED_AT, QUARTER = datetime(2026, 10, 27, 2, tzinfo=UTC), "2026-Q3"
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # the day on which the city is looked at
TODAY = date(2026, 11, 24)
DONE = (
    *((Action.TICKET_ISSUE, Role.COUNTER, "word"),) * 6,
    *((Action.CASE_HANDLE, Role.CHIEF, "case_file"),) * 4,
    *((Action.EXCHANGE_EXPORT, Role.HR, "result"), (Action.AUDIT_VIEW, Role.AUDITOR, "word")),
)

Report = Callable[[str], None]


def make_city(report: Report, *, ratings: int = RATINGS, lines: int = LINES) -> list[Seat]:
    """Fill an empty, migrated database, and return the seats of the sections that were added."""
    load_demo(seed=SEED, now=BEGAN, on=BEGAN.date(), report=lambda said: None)
    report("the demo stands")
    with unit_of_work(SYSTEM) as unit:
        hurry()
        places = add_people(SECTIONS, MEMBERS, now=BEGAN)
        cases = copy_cases(places)
        seats = seats_of(places)
        add_ratings(QUARTER, seats, ratings)
        add(table_of(AuditEvent), _lines(lines))
        set_sequences()
        unit.record(Action.DEMO_LOAD, "large city", cases=cases, lines=lines)
    report(f"{len(places)} sections, {len(seats)} members, {cases} cases, {lines} audit lines")
    gather_statistics()
    close_period(SYSTEM, QUARTER, now=CLOSED_AT, on=CLOSED_AT.date())
    publish(leader().actor, QUARTER, now=CLOSED_AT + timedelta(days=7))
    gather_statistics()
    report(f"{QUARTER} is closed and published")
    return seats


def seats_of(places: list[Place]) -> list[Seat]:
    """Return the seat of every member."""
    return [(place.section, person) for place in places for person in place.staff]


def leader() -> User:
    """Return the leader of the demo, who sees the whole city."""
    return user_of(Role.LEADER)


def user_of(role: Role) -> User:
    """Return the first account of a role: that of the demo."""
    return db.session.scalars(
        select(User).where(User.role == role).order_by(User.id).limit(1)
    ).one()


def _lines(number: int) -> Iterator[dict[str, Any]]:
    dice = Random(3)  # noqa: S311  # The same lines each time.
    users: dict[Role, list[int]] = {}
    for key, role in db.session.execute(select(User.id, User.role)):
        users.setdefault(role, []).append(key)
    step = (BEGAN - datetime(2025, 1, 1, tzinfo=UTC)) / number
    for n in range(number):
        action, role, kind = dice.choice(DONE)
        yield {
            "at": BEGAN - step * (number - n),
            "action": action,
            "role": role,
            "user_id": dice.choice(users[role]),
            "subject_type": kind,
            "subject_id": str(dice.randrange(1, 20_000)),
            "details": {"number": f"2026-{n:06}", "before": {"state": "opened", "days": n % 9}},
        }


def figures() -> str:
    """Return what the database holds, in a line."""
    wanted = ("section", "staff", "subject", "case_step", "audit_event", "rating")
    tables = ((name, metadata.tables[name]) for name in wanted)
    counts = (
        (name, db.session.scalar(select(func.count()).select_from(table))) for name, table in tables
    )
    return ", ".join(f"{number:,} {name}" for name, number in counts)
