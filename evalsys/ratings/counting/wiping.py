"""Removing counted ballots and spent tickets from the files of the database.

Waiting ballots are encrypted, but copies are removed all the same. SQLite zeroes deleted content
(PRAGMA secure_delete), but not the copies left when the B-tree moves rows, nor the write-ahead log.
PostgreSQL keeps dead rows until vacuum: it gets a new file.
"""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, select, text
from sqlalchemy.exc import OperationalError

from evalsys.core.audit import unaudited_unit
from evalsys.core.database.sqlite import write_lock
from evalsys.core.extensions import db
from evalsys.foundation.rows import table_of
from evalsys.ratings.ballots.models import CallbackContact, Intake, Ticket, TicketStaff

LONGEST_WAIT = 200  # milliseconds to wait for readers of the log or table
TRIES = 5
TOGETHER = (
    (table_of(Intake),),
    (table_of(Ticket), table_of(TicketStaff)),
    (table_of(CallbackContact),),
)


def wipe() -> bool:
    """Rewrite intake, tickets and contacts in key order; return False if not possible.

    Submits wait for it a fraction of a second. If a long reader (a dump, a report, a backup) holds
    a lock, the rewrite is left to the next counting.
    """
    if db.engine.dialect.name == "sqlite":
        for tables in TOGETHER:
            _write_anew(tables)
        return empty_log()
    return all(any(_get_new_files(part, nth) for nth in range(TRIES)) for part in TOGETHER)


def _write_anew(tables: Sequence[Table]) -> None:
    """Delete and reinsert the rows of some tables in key order, which zeroes their old pages.

    A week's ballots of a city take a fraction of a second.
    """
    with unaudited_unit():
        kept = {
            table: db.session.execute(select(table).order_by(*table.primary_key)).mappings().all()
            for table in tables
        }
        for table in reversed(tables):
            db.session.execute(delete(table))
        for table, rows in kept.items():
            if rows:
                db.session.execute(insert(table), [dict(row) for row in rows])


def empty_log() -> bool:
    """Checkpoint and truncate the write-ahead log; False if it is still being read."""
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
    """Move the rows of PostgreSQL tables into new files; False if they were in use.

    TRUNCATE removes the old files at commit; all rows then have one transaction id and key order.
    VACUUM FULL and CLUSTER keep the ids, and with them the order in which the rows came.
    """
    time.sleep(nth * LONGEST_WAIT / 1000)
    names = [table.name for table in tables]
    every = ", ".join(names)
    orders = [", ".join(column.name for column in table.primary_key) for table in tables]
    try:
        with unaudited_unit():
            for statement in (
                f"SET LOCAL lock_timeout = '{LONGEST_WAIT}ms'",
                f"LOCK TABLE {every} IN ACCESS EXCLUSIVE MODE",
                *(f"CREATE TEMPORARY TABLE kept_{n} ON COMMIT DROP AS TABLE {n}" for n in names),
                f"TRUNCATE {every}",
                *(
                    f"INSERT INTO {name} SELECT * FROM kept_{name} ORDER BY {order}"  # noqa: S608
                    for name, order in zip(names, orders, strict=True)
                ),
            ):
                db.session.execute(text(statement))
    except OperationalError:  # In use: LockNotAvailable.
        return False
    return True
