"""Storing past ratings in short transactions, so that submits do not wait for a long import.

The rows are staged chunk by chunk. One short transaction publishes the import as a whole: new
people, tallies, audit entry. From then on it counts, and its rows are moved to `rating` chunk by
chunk. A failure before that removes the import; after it the next import, closing or nightly
counting resumes.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

from sqlalchemy import delete, exists, insert, literal, select, update

from evalsys.core.audit import unaudited_unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Cancelled, Progress
from evalsys.foundation.jobs.locks import named_lock
from evalsys.foundation.rows import add_rows, insert_or_replace, table_of
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import (
    Channel,
    CountBatch,
    Exclusion,
    ExclusionReason,
    RaterGroup,
    Rating,
    Tally,
)
from evalsys.ratings.ballots.rules import reference
from evalsys.ratings.counting.tallies import COUNTERS, KEY, SILENCE, Ballot, TallyKey
from evalsys.ratings.history.models import ImportState, PastImport, PastRow, PastSeat

SEAT = ("base_period", "section_code", "staff_number", "rater_group")
CHUNK = 1_000  # rows of one transaction: some hundredths of a second
SeatName = tuple[str, str, str, RaterGroup]  # base period, section code, staff number, group


class ImportRunning(DomainError):
    """An import is in progress, or its rows are not all in `rating` yet."""

    message = N_(
        "Past ratings are being imported at the moment. Nothing was changed: try again in a minute."
    )


def seat_of(ballot: Ballot) -> TallyKey:
    """Return the key of a ballot's seat."""
    return ballot.base_period, ballot.section_id, ballot.staff_id, ballot.rater_group


def row_of(ballot: Ballot, seat: int) -> dict[str, Any]:
    """Return the staged row of a ballot in a numbered seat."""
    return {
        "ballot_id": ballot.ballot_id,
        "reference": reference(ballot.ballot_id),
        "seat": seat,
        "service_type": ballot.service_type,
        "channel": ballot.channel,
        **{name: getattr(ballot, name) for name in DIMENSIONS},
    }


@contextmanager
def import_lock() -> Iterator[None]:
    """Lock out other imports. Raises ImportRunning."""
    with named_lock("import") as is_held:
        if not is_held:
            raise ImportRunning
        yield


def stage(
    actor: Actor,
    seats: Mapping[SeatName, Mapping[str, int]],
    rows: Sequence[Mapping[str, Any]],
    *,
    on: date,
    progress: Progress,
) -> int:
    """Stage rows and the seats they refer to by number; return the import's id.

    Removes everything again on an error. Raises Cancelled.
    """
    with unaudited_unit():
        staged = PastImport(
            state=ImportState.STAGED, staged=0, counted_on=on, user_id=actor.user_id
        )
        db.session.add(staged)
        db.session.flush()
        key = staged.id
    numbered = [
        {
            "number": number,
            **dict(zip(SEAT, seat, strict=True)),
            **{name: counts.get(name, 0) for name in COUNTERS},
        }
        for number, (seat, counts) in enumerate(seats.items())
    ]
    try:
        for chunk in _chunks(numbered, key):
            with unaudited_unit():
                add_rows(PastSeat, chunk)
        for chunk in _chunks(rows, key):
            _stage_chunk(key, chunk)
            progress.advance(len(chunk))
    except BaseException:
        drop(key)
        raise
    return key


def _stage_chunk(key: int, chunk: list[dict[str, Any]]) -> None:
    count = update(PastImport).where(PastImport.id == key)
    with unaudited_unit():
        add_rows(PastRow, chunk)
        db.session.execute(count.values(staged=PastImport.staged + len(chunk)))


def _chunks(rows: Sequence[Mapping[str, Any]], key: int) -> Iterator[list[dict[str, Any]]]:
    """Yield rows in chunks, pausing after each as long as it took, for other writers."""
    for start in range(0, len(rows), CHUNK):
        began = time.monotonic()
        yield [{**row, "import_id": key} for row in rows[start : start + CHUNK]]
        time.sleep(time.monotonic() - began)


def publish_staged(key: int, rows: int, *, on: date) -> CountBatch:
    """Add a staged import to the tallies and create its batch. Raises DomainError.

    Runs in the caller's transaction.
    """
    staged = db.session.get(PastImport, key, with_for_update=True, populate_existing=True)
    if staged is None or staged.staged != rows:
        raise DomainError(
            N_("The import was broken off by another one. Nothing was imported; start it again.")
        )
    batch = CountBatch(counted_on=on, ballots=rows)
    db.session.add(batch)
    db.session.flush()
    staged.state, staged.batch_id = ImportState.PUBLISHED, batch.id
    section = select(Section.id).where(Section.code == PastSeat.section_code)
    staff = select(Staff.id).where(Staff.number == PastSeat.staff_number)
    db.session.execute(
        update(PastSeat)
        .where(PastSeat.import_id == key)
        .values(section_id=section.scalar_subquery(), staff_id=staff.scalar_subquery())
        .execution_options(synchronize_session=False)
    )
    columns = [*KEY, *COUNTERS]
    seat, tally = table_of(PastSeat).c, table_of(Tally)
    new = select(*(seat[name] for name in columns)).where(seat.import_id == key, seat.ballots > 0)
    upsert = insert_or_replace(tally, db.engine.dialect.name).from_select(columns, new)
    added = {name: tally.c[name] + upsert.excluded[name] for name in COUNTERS}
    db.session.execute(upsert.on_conflict_do_update(index_elements=list(KEY), set_=added))
    return batch


def settle(progress: Progress | None = None) -> None:
    """Move the rows of published imports to `rating`, and remove unfinished ones.

    Call it within `import_lock`, when no other import can be running.
    """
    for key, state in db.session.execute(select(PastImport.id, PastImport.state)).all():
        if state is ImportState.PUBLISHED:
            while _move_some(key):
                if progress is not None:
                    with suppress(Cancelled):  # It counts already and cannot be cancelled.
                        progress.advance(CHUNK)
        drop(key)


def finish_imports() -> None:
    """Resume interrupted imports. Raises ImportRunning while one is running."""
    if db.session.scalar(select(exists().select_from(PastImport))):
        with import_lock():
            settle()


def check_in_place() -> None:
    """Raise ImportRunning while published ratings are not all in `rating`."""
    published = PastImport.state == ImportState.PUBLISHED
    if db.session.scalar(select(exists().where(published))):
        raise ImportRunning


def drop(key: int) -> None:
    """Delete what an import has staged, in chunks."""
    while True:
        with unaudited_unit():
            last = _last_of_chunk(key)
            mine = PastRow.import_id == key
            gone = mine if last is None else mine & (PastRow.ballot_id <= last)
            db.session.execute(delete(PastRow).where(gone))
            if last is None:
                db.session.execute(delete(PastSeat).where(PastSeat.import_id == key))
                db.session.execute(delete(PastImport).where(PastImport.id == key))
                return


def _last_of_chunk(key: int) -> bytes | None:
    """Return the key of the last row of the next chunk; None if fewer are left."""
    query = select(PastRow.ballot_id).where(PastRow.import_id == key).order_by(PastRow.ballot_id)
    return db.session.scalar(query.offset(CHUNK - 1).limit(1))


def _move_some(key: int) -> bool:
    """Move one chunk to `rating`; False if it was the last."""
    began = time.monotonic()
    with unaudited_unit():
        last = _last_of_chunk(key)
        rows = table_of(PastRow).c
        chunk = rows.import_id == key
        if last is not None:
            chunk &= rows.ballot_id <= last
        staged = db.session.get_one(PastImport, key, populate_existing=True)
        _insert_ratings(chunk, staged)
        db.session.execute(delete(table_of(PastRow)).where(chunk))
    time.sleep(time.monotonic() - began)
    return last is not None


def _insert_ratings(chunk: Any, staged: PastImport) -> None:
    row, seat = table_of(PastRow).c, table_of(PastSeat).c
    about = ("base_period", "section_id", "staff_id", "rater_group")
    own = ("ballot_id", "reference", "service_type", "channel")
    seated = table_of(PastRow).join(
        table_of(PastSeat), (seat.import_id == row.import_id) & (seat.number == row.seat)
    )
    query = (
        select(
            *(seat[name] for name in about),
            *(row[name] for name in (*own, *DIMENSIONS)),
            literal(0).label("replaced"),
        )
        .select_from(seated)
        .where(chunk)
        .order_by(seat.staff_id, row.ballot_id)
    )
    names = [*about, *own, *DIMENSIONS, "replaced"]
    db.session.execute(insert(table_of(Rating)).from_select(names, query))
    silent = (
        select(
            seat.staff_id,
            row.ballot_id,
            literal(ExclusionReason.DEFAULT, table_of(Exclusion).c.reason.type),
            literal(SILENCE),
            literal(staged.user_id, table_of(Exclusion).c.decided_by.type),
            literal(staged.counted_on, table_of(Exclusion).c.decided_on.type),
        )
        .select_from(seated)
        .where(chunk, row.channel == Channel.DEFAULT)
    )
    columns = ["staff_id", "ballot_id", "reason", "grounds", "decided_by", "decided_on"]
    db.session.execute(insert(table_of(Exclusion)).from_select(columns, silent))
