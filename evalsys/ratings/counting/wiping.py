"""Leaving nothing of counted ballots and spent tickets in the files of the database.

What waits is sealed, so that its copies say nothing; they go all the same. SQLite writes zeros over
what is deleted (PRAGMA secure_delete), but not over the copies that its tree leaves behind when it
moves rows, nor over its write-ahead log. PostgreSQL keeps what was deleted or replaced until its
place is needed again: it gets a new file.
"""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, select, text
from sqlalchemy.exc import OperationalError

from evalsys.core.audit import unaudited_unit
from evalsys.core.database import write_lock
from evalsys.core.extensions import db
from evalsys.foundation.rows import table_of
from evalsys.ratings.ballots.models import CallbackContact, Intake, Ticket, TicketStaff

LONGEST_WAIT = 200  # milliseconds for readers of the log, or of the table, to finish
TRIES = 5
TOGETHER = (
    (table_of(Intake),),
    (table_of(Ticket), table_of(TicketStaff)),
    (table_of(CallbackContact),),
)


def wipe() -> bool:
    """Write intake, tickets and contacts anew, in the order of their keys; say if it was possible.

    Citizens wait for it a fraction of a second. Where a long reader stands in the way (a dump, a
    report, a backup) it is left, rather than let them wait; the next counting tries again.
    """
    if db.engine.dialect.name == "sqlite":
        for tables in TOGETHER:
            _write_anew(tables)
        return empty_log()
    return all(any(_get_new_files(part, nth) for nth in range(TRIES)) for part in TOGETHER)


def _write_anew(tables: Sequence[Table]) -> None:
    """Give all pages of some tables back, zeroed, and write what still stands there in its order.

    What waits in a city, a week's ballots, takes a fraction of a second.
    """
    with unaudited_unit():
        found = {
            table: db.session.execute(select(table).order_by(*table.primary_key)).mappings().all()
            for table in tables
        }
        for table in reversed(tables):
            db.session.execute(delete(table))
        for table, rows in found.items():
            if rows:
                db.session.execute(insert(table), [dict(row) for row in rows])


def empty_log() -> bool:
    """Bring the write-ahead log into the database and cut it; False if somebody still reads it."""
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={LONGEST_WAIT}")
        is_cut = any(_is_cut(cursor, nth) for nth in range(TRIES))
        cursor.execute(f"PRAGMA busy_timeout={before}")
    finally:
        connection.close()
    return is_cut


def _is_cut(cursor: Any, nth: int) -> bool:
    time.sleep(nth * LONGEST_WAIT / 1000)
    with write_lock(db.engine):
        is_busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not is_busy


def _get_new_files(tables: Sequence[Table], nth: int) -> bool:
    """Move the rows of some tables of PostgreSQL into new files; False if they were in use.

    TRUNCATE takes the old files away at the commit; all rows then have one transaction and the
    order of their keys. Neither VACUUM FULL nor CLUSTER would do: they keep the transactions, and
    with them the order in which the rows came.
    """
    time.sleep(nth * LONGEST_WAIT / 1000)
    names = [table.name for table in tables]
    every = ", ".join(names)
    orders = [", ".join(column.name for column in table.primary_key) for table in tables]
    try:
        with unaudited_unit():
            for words in (
                f"SET LOCAL lock_timeout = '{LONGEST_WAIT}ms'",
                f"LOCK TABLE {every} IN ACCESS EXCLUSIVE MODE",
                *(f"CREATE TEMPORARY TABLE kept_{n} ON COMMIT DROP AS TABLE {n}" for n in names),
                f"TRUNCATE {every}",
                *(
                    f"INSERT INTO {name} SELECT * FROM kept_{name} ORDER BY {order}"  # noqa: S608
                    for name, order in zip(names, orders, strict=True)
                ),
            ):
                db.session.execute(text(words))
    except OperationalError:  # Somebody reads it: LockNotAvailable.
        return False
    return True
