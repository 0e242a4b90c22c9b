"""Counting ballots of a large city, six in a hundred of them low: each of those opens a case."""

import random
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import delete

from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.ballots.models import Channel, Intake, RaterGroup
from evalsys.ratings.ballots.rules import reference
from evalsys.ratings.ballots.sealing import WaitingBallot
from evalsys.ratings.counting import service
from tests.bench.city.bulk import add, table_of
from tests.bench.city.ratings import Seat

BALLOTS, LOW_SHARE = 10_000, 0.06
GOOD, LOW = (5, 4, 5, 5), (2, 3, 1, 4)
DUE, ON, CODE = date(2026, 11, 20), date(2026, 11, 24), "2027-Q1"


@dataclass
class Held:
    """Processor seconds of a counting, and of its batches, each of which holds the writer."""

    good: float = 0.0
    low: float = 0.0
    lows: int = 0
    turns: list[float] = field(default_factory=list)
    real_turns: list[float] = field(default_factory=list)

    @property
    def per_low(self) -> float:
        """Milliseconds that a low ballot costs beyond a good one."""
        return (self.low - self.good) / self.lows * 1000


def measure(seats: Sequence[Seat]) -> Held:
    """Count as many good ballots, then as many with low ones among them."""
    found = Held()
    for share in (0.0, 0.0, LOW_SHARE):  # The first one warms up.
        found.lows = fill(seats, share)
        with _timed_batches(found):
            began = time.process_time()
            service.count_due(SYSTEM, on=ON)
            took = time.process_time() - began
        if share:
            found.low = took
        else:
            found.good = took
            found.turns.clear()
            found.real_turns.clear()
    return found


def fill(seats: Sequence[Seat], low_share: float) -> int:
    """Let ballots wait whose window is over, one after another for the seats; return the low."""
    dice = random.Random(5)  # noqa: S311  # The same ballots each time.
    low = 0
    rows: list[dict[str, Any]] = []
    for n in range(BALLOTS):
        is_low = dice.random() < low_share
        low += is_low
        section, person = seats[n % len(seats)]
        rows.append(_waiting(section, person, LOW if is_low else GOOD))
    with unaudited_unit():
        db.session.execute(delete(Intake))
        add(table_of(Intake), rows)
    return low


def _waiting(section: int, person: int, levels: Sequence[int]) -> dict[str, Any]:
    key = secrets.token_bytes(16)
    ballot = WaitingBallot(
        ballot_id=key,
        tag=secrets.token_bytes(16),
        reference=reference(key),
        staff_id=person,
        rater_group=RaterGroup.RECIPIENT,
        service_type=None,
        channel=Channel.SLIP,
        attitude=levels[0],
        work_style=levels[1],
        efficiency=levels[2],
        competence=levels[3],
        reasons=0,
        comment=None,
        contact=None,
        section_id=section,
        base_period=CODE,
        pressured=False,
    )
    return ballot.row(DUE)


@contextmanager
def _timed_batches(held: Held) -> Iterator[None]:
    """Note how long each batch of a counting holds the writer."""
    count = service._count_batch  # noqa: SLF001  # A batch is what has no name outside.

    def timed(*args: Any, **more: Any) -> Any:
        real, began = time.perf_counter(), time.process_time()
        try:
            return count(*args, **more)
        finally:
            held.turns.append(time.process_time() - began)
            held.real_turns.append(time.perf_counter() - real)

    service._count_batch = timed  # noqa: SLF001
    try:
        yield
    finally:
        service._count_batch = count  # noqa: SLF001
