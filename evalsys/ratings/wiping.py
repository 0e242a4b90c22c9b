"""Leaving nothing of a counted ballot in the files of SQLite, where it stood beside its ticket.

SQLite writes zeros over what is deleted (PRAGMA secure_delete), but not over the copies that its
tree leaves behind when it moves rows to another place, nor over its write-ahead log.
"""

from typing import cast

from sqlalchemy import Table, delete, insert, select

from evalsys.core.audit import silent_unit
from evalsys.core.extensions import db
from evalsys.ratings.models import Intake

LONGEST_WAIT = 200  # milliseconds for readers of the log to finish


def wipe_intake() -> None:
    """Write the intake anew and empty the log. Does nothing on PostgreSQL.

    Readers may keep the log from being emptied; the next counting tries again.
    """
    if db.engine.dialect.name == "sqlite":
        _write_anew()
        _empty_log()


def _write_anew() -> None:
    """Give all pages of the intake back, zeroed, and write what still waits in the order of hashes.

    A week's ballots of a city take a fraction of a second.
    """
    table = cast(Table, Intake.__table__)
    with silent_unit():
        rows = db.session.execute(select(table).order_by(table.c.ticket_hash)).mappings().all()
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
