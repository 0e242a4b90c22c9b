"""Leaving nothing of a counted ballot in the files of the database.

What waits is sealed, so that its copies say nothing; they go all the same. SQLite writes zeros over
what is deleted (PRAGMA secure_delete), but not over the copies that its tree leaves behind when it
moves rows, nor over its write-ahead log. PostgreSQL keeps what was deleted or replaced until its
place is needed again: it gets a new file.
"""

import time

from sqlalchemy import Table, delete, insert, select, text
from sqlalchemy.exc import OperationalError

from evalsys.core.audit import silent_unit
from evalsys.core.extensions import db
from evalsys.ratings.models import Intake
from evalsys.ratings.service import table_of

LONGEST_WAIT = 200  # milliseconds for readers of the log, or of the table, to finish
TRIES = 5


def wipe_intake() -> bool:
    """Write the intake anew, in the order of names, and say whether that was possible.

    Citizens wait for it a fraction of a second. Where a long reader stands in the way (a dump, a
    report) it is left, rather than let them wait; the next counting tries again.
    """
    if db.engine.dialect.name == "sqlite":
        _write_anew(table_of(Intake))
        _empty_log()
        return True
    return any(_get_new_file(table_of(Intake), nth) for nth in range(TRIES))


def _write_anew(table: Table) -> None:
    """Give all pages of a table back, zeroed, and write what still stands there in its order.

    A week's ballots of a city take a fraction of a second.
    """
    with silent_unit():
        order = list(table.primary_key.columns)
        rows = db.session.execute(select(table).order_by(*order)).mappings().all()
        db.session.execute(delete(table))
        if rows:
            db.session.execute(insert(table), [dict(row) for row in rows])


def _empty_log() -> None:
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={LONGEST_WAIT}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA busy_timeout={before}")
    finally:
        connection.close()


def _get_new_file(table: Table, nth: int) -> bool:
    """Move the rows of a table of PostgreSQL into a new file; False if it was in use.

    TRUNCATE takes the old file away at the commit; all rows then have one transaction and the order
    of their keys. Neither VACUUM FULL nor CLUSTER would do: they keep the transactions, and with
    them the order in which the rows came.
    """
    time.sleep(nth * LONGEST_WAIT / 1000)
    name = table.name
    order = ", ".join(column.name for column in table.primary_key.columns)
    try:
        with silent_unit():
            for words in (
                f"SET LOCAL lock_timeout = '{LONGEST_WAIT}ms'",
                f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE",
                f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS TABLE {name}",
                f"TRUNCATE {name}",
                f"INSERT INTO {name} SELECT * FROM kept ORDER BY {order}",  # noqa: S608
            ):
                db.session.execute(text(words))
    except OperationalError:  # Somebody reads it: LockNotAvailable.
        return False
    return True
