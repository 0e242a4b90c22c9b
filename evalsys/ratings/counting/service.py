"""Counting: ballots whose window has closed become ratings, in shuffled batches.

The link between ballot and ticket ends here. A batch is one transaction that inserts ratings,
tallies and comments and deletes the intake rows, so that no ballot is counted twice.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import NamedTuple

from sqlalchemy import case, delete, func, select

from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.rows import add_rows, table_of
from evalsys.organisation.periods.queries import sealed_among
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.models import CountBatch, Intake
from evalsys.ratings.ballots.sealing import WaitingBallot, name_of, opened
from evalsys.ratings.contacts.lifting import lift_contacts, lifted_among
from evalsys.ratings.counting.attachments import (
    fold_pressure,
    fold_reasons,
    move_comments,
    note_rated,
)
from evalsys.ratings.counting.hooks import LowBallot, run_after_low_ballots, run_before_counting
from evalsys.ratings.counting.limits import BATCH, LONGEST_WAIT
from evalsys.ratings.counting.settling import settle
from evalsys.ratings.counting.spending import shrink_tickets
from evalsys.ratings.counting.tallies import Ballot, coarsened, lock_tallies, store_ratings
from evalsys.ratings.counting.wiping import wipe

# A batch holds the write lock of SQLite for less than half a second.
LOW_MOST = 100  # ballots with a low level in a batch
BATCH_MOST = 1200  # ballots
ASKED = (
    "WITH asked (staff_id, ballot_id) AS (VALUES {}) SELECT rating.ballot_id FROM asked JOIN rating"
    " ON rating.staff_id = asked.staff_id AND rating.ballot_id = asked.ballot_id"
)


@dataclass(frozen=True)
class CountingResult:
    """The result of a counting. `repeated` ballots were ratings already and are dropped."""

    batches: int = 0
    ballots: int = 0
    comments: int = 0
    contacts: int = 0
    repeated: int = 0

    def __add__(self, other: "CountingResult") -> "CountingResult":
        names = (field.name for field in fields(self))
        return CountingResult(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True)
class IntakeCounts:
    """The number of ballots in the intake.

    `open` can still be changed by their raters; `due` wait to be counted; `held` belong to a period
    closed before they were counted, and stay: frozen scores never change.
    """

    open: int = 0
    due: int = 0
    held: int = 0


@dataclass(frozen=True)
class CountSummary:
    """The result of a counting, and what is left; `is_wiped` is False if tables were in use."""

    counted: CountingResult
    left: IntakeCounts
    is_wiped: bool = True


def count_due(
    actor: Actor, *, on: date, force: bool = False, progress: Progress | None = None
) -> CountSummary:
    """Count every ballot whose window closed before `on`, one transaction for each batch.

    Fewer tickets than the policy's smallest batch wait, at most as long as the policy says. `force`
    counts them too, when a period is closed. Raises NotAllowed.
    """
    if not actor.may(Action.RATING_COUNT):
        raise NotAllowed
    progress = progress or Progress()
    run_before_counting(on)
    lift_contacts(on)
    due = _due(on, force=force)
    progress.begin(len(due.good) + len(due.low), N_("Counting ballots"))
    counted = CountingResult()
    for batch in _batches(due.good, due.low):
        counted += _count_batch(actor, batch, due.codes, on=on)
        progress.advance(len(batch))
    if due.low:
        lift_contacts(on)  # A case has taken over the call.
    shrink_tickets(on)
    is_wiped = wipe()  # Always: an earlier counting may have been killed or blocked before this.
    if not force:  # Not by day, when a period is closed.
        is_wiped = settle(on) and is_wiped
    return CountSummary(counted, intake_counts(on), is_wiped)


def intake_counts(on: date, codes: Iterable[str] | None = None) -> IntakeCounts:
    """Count the waiting ballots of some base periods, by default of all."""
    due = func.sum(case((Intake.valid_until < on, 1), else_=0))
    query = select(Intake.base_period, func.count(), due).group_by(Intake.base_period)
    if codes is not None:
        query = query.where(Intake.base_period.in_(list(codes)))
    rows = db.session.execute(query).all()
    sealed = sealed_among({code for code, _, _ in rows})
    free = [(number, due) for code, number, due in rows if code not in sealed]
    return IntakeCounts(
        open=sum(number - due for number, due in free),
        due=sum(due for _, due in free),
        held=sum(number for code, number, _ in rows if code in sealed),
    )


class _Due(NamedTuple):
    """The names of the ballots to count, low ones apart, and the base periods of all."""

    good: list[bytes]
    low: list[bytes]
    codes: frozenset[str]


def _due(on: date, *, force: bool) -> _Due:
    """Return what to count, in random order; nothing if there are too few raters."""
    is_due = Intake.valid_until < on
    codes = frozenset(db.session.scalars(select(Intake.base_period).where(is_due).distinct()))
    sealed = sealed_among(codes)
    where = (is_due, Intake.base_period.not_in(sealed))
    good, low, tags = list[bytes](), list[bytes](), set[bytes]()  # A ticket may name several.
    for ballot in opened(db.session.execute(select(table_of(Intake)).where(*where))):
        (low if ballot.is_low else good).append(name_of(ballot.ballot_id))
        tags.add(ballot.tag)
    rules = rules_in_force()
    if tags and not force and len(tags) < rules[BATCH]:
        oldest = db.session.scalars(select(func.min(Intake.valid_until)).where(*where)).one()
        if (on - oldest).days < rules[LONGEST_WAIT]:
            return _Due([], [], codes)
    for names in (good, low):
        secrets.SystemRandom().shuffle(names)
    return _Due(good, low, codes)


def _batches(good: Sequence[bytes], low: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Split what is due into batches of about equal size.

    Low ballots are split separately: each opens a case, which prolongs the lock of its batch.
    """
    number = max(-(-(len(good) + len(low)) // BATCH_MOST), -(-len(low) // LOW_MOST))
    for nth in range(number):
        yield [
            name
            for names in (good, low)
            for name in names[len(names) * nth // number : len(names) * (nth + 1) // number]
        ]


def _count_batch(
    actor: Actor, names: Sequence[bytes], codes: Collection[str], *, on: date
) -> CountingResult:
    """Move ballots of some base periods out of the intake, in one transaction."""
    with unit_of_work(actor) as unit:
        lock_tallies()
        taken = _take(names, codes, on=on)
        repeated = _counted_before(taken)
        fresh = [row for row in taken if row.ballot_id not in repeated]
        batch = _store(unit, fresh, on) if fresh else "intake"
        counted = CountingResult(
            batches=1 if fresh else 0,
            ballots=len(fresh),
            comments=move_comments(fresh),
            contacts=sum(1 for row in fresh if row.contact),
            repeated=len(taken) - len(fresh),
        )
        fold_pressure(fresh)
        note_rated(fresh)
        fold_reasons(fresh)
        unit.record(
            Action.RATING_COUNT,
            batch,
            ballots=counted.ballots,
            comments=counted.comments,
            contacts=counted.contacts,
            repeated=counted.repeated,
        )
        run_after_low_ballots(unit, _lows(fresh), on)
    return counted


def _take(names: Sequence[bytes], codes: Collection[str], *, on: date) -> Sequence[WaitingBallot]:
    """Delete the ballots that may be counted from the intake, and return them.

    One statement takes them all, over however many nodes; those that must wait are put back.
    """
    table = table_of(Intake)
    sealed = sealed_among(codes)  # Read again under the tally lock: it may have been closed.
    here = (table.c.name.in_(names), table.c.valid_until < on, table.c.base_period.not_in(sealed))
    taken = db.session.execute(delete(table).where(*here).returning(table))
    rows = {row.name: row for row in taken}
    ballots = list(opened(rows[name] for name in sorted(rows)))
    lifted = lifted_among({ballot.contact_id for ballot in ballots if ballot.contact})
    # A number that came since the lift waits for the next one, with its ballot.
    ready = [row for row in ballots if not row.contact or row.contact_id in lifted]
    back = rows.keys() - {name_of(ballot.ballot_id) for ballot in ready}
    add_rows(Intake, [rows[name]._asdict() for name in sorted(back)])
    return ready


def _counted_before(rows: Sequence[WaitingBallot]) -> frozenset[bytes]:
    """Return the ids of ballots that are ratings already.

    They were submitted while the counting began at midnight; a rating never changes.
    """
    if not rows:
        return frozenset()
    # SQLite joins by the index here, but not with IN. Compiled by SQLAlchemy it takes 50 ms.
    mark = "(?, ?)" if db.engine.dialect.name == "sqlite" else "(%s, %s)"
    words = ASKED.format(", ".join([mark] * len(rows)))
    keys = tuple(part for row in rows for part in (row.staff_id, row.ballot_id))
    return frozenset(bytes(key) for (key,) in db.session.connection().exec_driver_sql(words, keys))


def _lows(rows: Sequence[WaitingBallot]) -> list[LowBallot]:
    """Return the ballots with a level of 1 or 2, without their levels."""
    return [
        LowBallot(
            row.ballot_id,
            row.base_period,
            row.section_id,
            row.staff_id,
            row.reasons,
            row.contact_id if row.contact else None,
        )
        for row in rows
        if row.is_low
    ]


def _store(unit: Unit, rows: Sequence[WaitingBallot], on: date) -> CountBatch:
    return store_ratings(unit, list(coarsened([_ballot(row) for row in rows])), on=on)


def _ballot(row: WaitingBallot) -> Ballot:
    return Ballot(*(getattr(row, name) for name in Ballot._fields))
