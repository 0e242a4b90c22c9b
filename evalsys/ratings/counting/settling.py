"""Rewriting the ratings of closed periods, so that their storage reveals no counting.

PostgreSQL keeps the transaction id of every row, which the audit log dates, and appends rows;
SQLite fills each page from its end. So all ratings are rewritten once after a period is closed, in
the order of their random keys. See docs/adr/0037.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from evalsys.core.audit import unaudited_unit
from evalsys.core.database.sqlite import write_lock
from evalsys.core.extensions import db
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.ratings.counting.wiping import LONGEST_WAIT, empty_log

SEALED = (PeriodState.CLOSED, PeriodState.PUBLISHED)
ANEW = (
    f"SET LOCAL lock_timeout = '{LONGEST_WAIT}ms'",
    "CLUSTER rating USING pk_rating",
    # A type change rewrites each row under this transaction id; CLUSTER keeps the old ids.
    "ALTER TABLE rating ALTER COLUMN reference TYPE VARCHAR(8) USING reference || ''",
)


def settle(on: date) -> bool:
    """Rewrite all ratings if a period was closed since the last time; False if not possible.

    Not possible while they are read or the disk is full: the next night tries again. A million
    ratings take some seconds (docs/adr/0037), during which nobody else can rate.
    """
    query = select(Period.id).where(Period.state.in_(SEALED), Period.settled_on.is_(None))
    closed = db.session.scalars(query).all()
    if not closed:
        return True
    try:
        if db.engine.dialect.name == "sqlite" and not _pack():
            return False
        with unaudited_unit():
            if db.engine.dialect.name == "postgresql":
                for statement in ANEW:
                    db.session.execute(text(statement))
            _mark(closed, on)
    except (OperationalError, sqlite3.OperationalError):  # In use: LockNotAvailable, SQLITE_BUSY.
        return False
    return True


def _mark(periods: Sequence[int], on: date) -> None:
    db.session.execute(update(Period).where(Period.id.in_(periods)).values(settled_on=on))


def _pack() -> bool:
    """VACUUM the SQLite file; False if the write-ahead log is still being read."""
    db.session.rollback()
    with write_lock(db.engine):
        connection = db.engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")
        finally:
            connection.close()
    return empty_log()
