"""Past ratings into their place in short turns, so that no citizen waits for a long import.

The rows are staged beside the ratings, turn by turn. One short transaction then publishes the
import as a whole: new people, tallies, the audit line. From then on it counts, and its rows go to
their place turn by turn. Whatever breaks off before is removed, whatever breaks off after goes on,
at the next import, closing or nightly counting.
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
TURN = 1_000  # rows of one turn: some hundredths of a second
SeatName = tuple[str, str, str, RaterGroup]  # base period, section code, staff number, group


class ImportRunning(DomainError):
    """Ratings of an import are on their way to their place."""

    message = N_(
        "Past ratings are being imported at the moment. Nothing was changed: try again in a minute."
    )


def seat_of(ballot: Ballot) -> TallyKey:
    """Return the key of a ballot's seat."""
    return ballot.base_period, ballot.section_id, ballot.staff_id, ballot.rater_group


def row_of(ballot: Ballot, seat: int) -> dict[str, Any]:
    """Return a ballot as it is staged, in the seat with a number."""
    return {
        "ballot_id": ballot.ballot_id,
        "reference": reference(ballot.ballot_id),
        "seat": seat,
        "service_type": ballot.service_type,
        "channel": ballot.channel,
        **{name: getattr(ballot, name) for name in DIMENSIONS},
    }


@contextmanager
def import_turn() -> Iterator[None]:
    """Let one import run at a time. Raises ImportRunning."""
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
    """Stage rows and the seats that they name by number; return the import's id.

    Raises Cancelled; nothing stays then.
    """
    with unaudited_unit():
        found = PastImport(state=ImportState.STAGED, staged=0, counted_on=on, user_id=actor.user_id)
        db.session.add(found)
        db.session.flush()
        key = found.id
    numbered = [
        {
            "number": number,
            **dict(zip(SEAT, seat, strict=True)),
            **{name: counts.get(name, 0) for name in COUNTERS},
        }
        for number, (seat, counts) in enumerate(seats.items())
    ]
    try:
        for chunk in _turns(numbered, key):
            with unaudited_unit():
                add_rows(PastSeat, chunk)
        for chunk in _turns(rows, key):
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


def _turns(rows: Sequence[Mapping[str, Any]], key: int) -> Iterator[list[dict[str, Any]]]:
    """Give rows in turns, and between two turns as much time to everybody else as one took."""
    for start in range(0, len(rows), TURN):
        began = time.monotonic()
        yield [{**row, "import_id": key} for row in rows[start : start + TURN]]
        time.sleep(time.monotonic() - began)


def publish_staged(key: int, rows: int, *, on: date) -> CountBatch:
    """Let a staged import count: tallies and batch (a step). Raises DomainError."""
    found = db.session.get(PastImport, key, with_for_update=True, populate_existing=True)
    if found is None or found.staged != rows:
        raise DomainError(
            N_("The import was broken off by another one. Nothing was imported; start it again.")
        )
    batch = CountBatch(counted_on=on, ballots=rows)
    db.session.add(batch)
    db.session.flush()
    found.state, found.batch_id = ImportState.PUBLISHED, batch.id
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
    made = insert_or_replace(tally, db.engine.dialect.name).from_select(columns, new)
    added = {name: tally.c[name] + made.excluded[name] for name in COUNTERS}
    db.session.execute(made.on_conflict_do_update(index_elements=list(KEY), set_=added))
    return batch


def settle(progress: Progress | None = None) -> None:
    """Put the rows of published imports in their place, and remove what others left behind.

    To be called in an `import_turn`, when no other import can be under way.
    """
    for key, state in db.session.execute(select(PastImport.id, PastImport.state)).all():
        if state is ImportState.PUBLISHED:
            while _move_some(key):
                if progress is not None:
                    with suppress(Cancelled):  # It counts already: there is no way back.
                        progress.advance(TURN)
        drop(key)


def finish_imports() -> None:
    """Go on with imports that broke off. Raises ImportRunning while one is under way."""
    if db.session.scalar(select(exists().select_from(PastImport))):
        with import_turn():
            settle()


def check_in_place() -> None:
    """Raise ImportRunning while ratings that count already are not in their place."""
    published = PastImport.state == ImportState.PUBLISHED
    if db.session.scalar(select(exists().where(published))):
        raise ImportRunning


def drop(key: int) -> None:
    """Remove what an import has staged, in turns."""
    while True:
        with unaudited_unit():
            last = _last_of_turn(key)
            mine = PastRow.import_id == key
            gone = mine if last is None else mine & (PastRow.ballot_id <= last)
            db.session.execute(delete(PastRow).where(gone))
            if last is None:
                db.session.execute(delete(PastSeat).where(PastSeat.import_id == key))
                db.session.execute(delete(PastImport).where(PastImport.id == key))
                return


def _last_of_turn(key: int) -> bytes | None:
    """Return the key of the last row of the next turn; None if fewer are left."""
    query = select(PastRow.ballot_id).where(PastRow.import_id == key).order_by(PastRow.ballot_id)
    return db.session.scalar(query.offset(TURN - 1).limit(1))


def _move_some(key: int) -> bool:
    """Put the rows of a turn in their place; False if none were left."""
    began = time.monotonic()
    with unaudited_unit():
        last = _last_of_turn(key)
        rows = table_of(PastRow).c
        turn = rows.import_id == key
        if last is not None:
            turn &= rows.ballot_id <= last
        found = db.session.get_one(PastImport, key, populate_existing=True)
        _insert_ratings(turn, found)
        db.session.execute(delete(table_of(PastRow)).where(turn))
    time.sleep(time.monotonic() - began)
    return last is not None


def _insert_ratings(turn: Any, found: PastImport) -> None:
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
        .where(turn)
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
            literal(found.user_id, table_of(Exclusion).c.decided_by.type),
            literal(found.counted_on, table_of(Exclusion).c.decided_on.type),
        )
        .select_from(seated)
        .where(turn, row.channel == Channel.DEFAULT)
    )
    columns = ["staff_id", "ballot_id", "reason", "grounds", "decided_by", "decided_on"]
    db.session.execute(insert(table_of(Exclusion)).from_select(columns, silent))
