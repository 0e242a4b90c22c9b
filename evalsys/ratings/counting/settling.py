"""Ratings of closed periods lose what the database keeps of their countings.

PostgreSQL notes the transaction of every row, to which the lines of the audit log give a day, and
new rows follow the old ones; SQLite fills each page from its end. So the ratings are written anew,
once after a period was closed, in the order of their random keys. See docs/adr/0037.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from evalsys.core.audit import unaudited_unit
from evalsys.core.database import write_lock
from evalsys.core.extensions import db
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.ratings.counting.wiping import LONGEST_WAIT, empty_log

SEALED = (PeriodState.CLOSED, PeriodState.PUBLISHED)
ANEW = (
    f"SET LOCAL lock_timeout = '{LONGEST_WAIT}ms'",
    "CLUSTER rating USING pk_rating",
    # Changing a type writes each row under this transaction; CLUSTER keeps those of before.
    "ALTER TABLE rating ALTER COLUMN reference TYPE VARCHAR(8) USING reference || ''",
)


def settle(on: date) -> bool:
    """Write all ratings anew if a period was closed since that was done; say if it was possible.

    Not where somebody reads them just now, or the disk has no room: the next night tries again.
    A million ratings take some seconds (docs/adr/0037), for which nobody else can rate.
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
                for words in ANEW:
                    db.session.execute(text(words))
            _mark(closed, on)
    except (OperationalError, sqlite3.OperationalError):  # In use: LockNotAvailable, SQLITE_BUSY.
        return False
    return True


def _mark(periods: Sequence[int], on: date) -> None:
    db.session.execute(update(Period).where(Period.id.in_(periods)).values(settled_on=on))


def _pack() -> bool:
    """Let SQLite copy its file in the order of the keys, without what was deleted.

    False if somebody still reads the log, where the old pages stand.
    """
    db.session.rollback()
    with write_lock(db.engine):
        connection = db.engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")
        finally:
            connection.close()
    return empty_log()
