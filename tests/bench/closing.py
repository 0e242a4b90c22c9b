"""(b) Closing a period with many ratings, against the bare GROUP BY over the same rows."""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice

from sqlalchemy import text

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.counting.tallies import Ballot, store_ratings
from evalsys.results.closing.service import close_period
from tests.bench.clock import Took, timed
from tests.factories import make_chief, make_period, make_section, make_staff

SECTIONS, MEMBERS, BATCH = 60, 12, 100_000
CLOSED_ON = date(2026, 8, 3)
CLOSED_AT = datetime(2026, 8, 3, 2, tzinfo=UTC)
KINDS, CHANNELS = ("证照补领", "企业设立登记", "信息查询"), (Channel.SLIP, Channel.SMS)
LEVELS = (5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 3, 2, 1, None)

# The figures that a closing freezes, by one plain statement: number, sum and sum of squares of the
# ballots (F1), bad and satisfied ones, and the twenty counters of each seat. `least` is the least
# that any mean needs: it cannot give what is frozen.
BALLOT = " + ".join(f"coalesce({name}, 0)" for name in DIMENSIONS)
KEY = "section_id, staff_id, rater_group"
CASES = f"{KEY}, service_type, channel"  # F12 takes number and sum by these.


@dataclass(frozen=True)
class Found:
    """What the least and the bare statement took, and the whole closing."""

    least: Took
    bare: Took
    ours: Took


def make_seats() -> list[tuple[int, int]]:
    """Make a city and return (section, staff) ids."""
    seats = []
    for _ in range(SECTIONS):
        section: Section = make_section()
        make_chief(section)
        people: list[Staff] = [make_staff(section) for _ in range(MEMBERS)]
        seats += [(section.id, person.id) for person in people]
    return seats


def fill(code: str, seats: list[tuple[int, int]], number: int) -> None:
    """Store counted ratings of a period, in batches as counting does."""
    rows = _ballots(code, seats, number)
    while batch := list(islice(rows, BATCH)):
        with unit_of_work(SYSTEM) as unit:
            stored = store_ratings(unit, batch, on=CLOSED_ON)
            unit.record(Action.RATING_COUNT, stored)


def measure(code: str) -> Found:
    """Close the period; run the bare statements before and after, and take the better times."""
    make_period(code)
    statements = least(), bare(db.engine.dialect.name)
    before = [_run(statement, code) for statement in statements]
    with timed() as ours:
        close_period(SYSTEM, code, now=CLOSED_AT, on=CLOSED_ON)
    after = [_run(statement, code) for statement in statements]
    least_of, bare_of = (
        min(pair, key=lambda took: took.real) for pair in zip(before, after, strict=True)
    )
    return Found(least_of, bare_of, ours)


def least() -> str:
    """Return the least that any mean needs."""
    return f"""
        SELECT {KEY}, count(*), sum(b), sum(b * b)
        FROM (SELECT *, 5 * ({BALLOT}) AS b FROM rating WHERE base_period = :code) AS r
        GROUP BY {KEY}
    """


def bare(dialect: str) -> str:
    """Return the statement with all that a closing freezes; PostgreSQL adds up no booleans."""
    number = "({})" if dialect == "sqlite" else "CAST(({}) AS INTEGER)"
    answered = " + ".join(number.format(f"{name} IS NOT NULL") for name in DIMENSIONS)
    bad = number.format(" OR ".join(f"coalesce({name}, 9) <= 2" for name in DIMENSIONS))
    counters = ", ".join(
        f"sum({number.format(f'{name} = {level}')})" for name in DIMENSIONS for level in range(1, 6)
    )
    return f"""
        SELECT {CASES}, count(*), sum(b), sum(b * b), sum(bad), sum({number.format("b >= 80")}),
            {counters}
        FROM (SELECT *, 20.0 * ({BALLOT}) / ({answered}) AS b, {bad} AS bad FROM rating
            WHERE base_period = :code) AS r
        GROUP BY {CASES}
    """


def _run(statement: str, code: str) -> Took:
    with db.engine.connect() as connection, timed() as took:
        connection.execute(text(statement), {"code": code}).all()
    return took


def _ballots(code: str, seats: list[tuple[int, int]], number: int) -> Iterator[Ballot]:
    dice = random.Random(7)  # noqa: S311  # The same figures each time.
    for n in range(number):
        section_id, staff_id = seats[n % len(seats)]
        yield Ballot(
            secrets.token_bytes(16),
            code,
            section_id,
            staff_id,
            RaterGroup.RECIPIENT,
            KINDS[n % 7 % len(KINDS)],
            CHANNELS[n % 11 % len(CHANNELS)],
            5,
            dice.choice(LEVELS),
            dice.choice(LEVELS),
            dice.choice(LEVELS),
        )
