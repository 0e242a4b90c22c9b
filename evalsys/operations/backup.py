"""Backup and restore of a SQLite database while the server runs.

SQLite's own online backup copies a consistent state, and replaces one in a single transaction. For
PostgreSQL its own tools do this better. Ballots that wait are in a copy as in the database: sealed
to a key that is not in it (docs/adr/0022). A restore says how many of them can be opened.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from evalsys.core.audit import unit_of_work
from evalsys.core.database import write_lock
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.operations.packing import pack_files, unpack_files
from evalsys.operations.revisions import is_at_head, known_revisions
from evalsys.ratings.ballots.sealing import can_be_opened

PART = ".part"  # The end of the name of what is not whole yet.
PAGES_AT_A_TIME = 2000  # Between two portions other threads of this process go ahead.


class WaitingBallots(NamedTuple):
    """The ballots that wait in a copy, and how many of them another secret key has sealed."""

    all: int = 0
    closed: int = 0


FILE_IN_THE_WAY = N_("%(file)s exists already. Name another file.")


NO_BACKUP = N_("%(file)s is no intact backup of this system.")


def back_up(target: Path) -> int:
    """Write a checked copy of the database and return its size in bytes.

    Until it is whole it has another name (.part), which no restore takes. Raises DomainError.
    """
    source = database_file()
    if target.exists():
        raise DomainError(FILE_IN_THE_WAY, file=target)
    with _part_of(target) as part:
        _copy(source, part, single_file=True)
        pack_files(part)
        _check(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if target.exists():  # Somebody else's, meanwhile.
            raise DomainError(FILE_IN_THE_WAY, file=target)
        part.rename(target)
    _fsync_folder(target.parent)
    return target.stat().st_size


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """Lend an empty file beside the target, alone; what a killed backup left is thrown away."""
    part = target.with_name(f"{target.name}{PART}")
    with part.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(held.fileno()), part.stat())
        except (BlockingIOError, FileNotFoundError):
            is_ours = False  # It is being written, or has just got its name.
        if not is_ours:
            raise DomainError(
                N_("Another backup to %(file)s is running at this moment."), file=target
            )
        try:
            _forget_logs(part)
            held.truncate(0)
            part.chmod(0o600)
            yield part
        finally:
            part.unlink(missing_ok=True)
            _forget_logs(part)


def _forget_logs(part: Path) -> None:
    """Remove what SQLite wrote beside a file: it would play the logs of a killed run into it."""
    for end in ("-journal", "-wal", "-shm"):
        part.with_name(f"{part.name}{end}").unlink(missing_ok=True)


def _fsync_folder(folder: Path) -> None:
    """Let the name of a file outlive a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def examine_backup(source: Path) -> str:
    """Check a backup and return its migration. Raises DomainError."""
    database_file()
    if source.name.endswith(PART):
        raise DomainError(NO_BACKUP, file=source)
    revision = _check(source)
    if revision not in known_revisions():
        raise DomainError(
            N_("%(file)s was made by a later version of this system (%(revision)s)."),
            file=source,
            revision=revision,
        )
    return revision


def waiting_in(source: Path) -> WaitingBallots:
    """Return what waits in a backup; nothing for one of a version that did not seal it."""
    with closing(_connect(source)) as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(intake)")}
        if "sealed" not in columns:
            return WaitingBallots()
        rows = connection.execute("SELECT name, sealed FROM intake").fetchall()
    return WaitingBallots(len(rows), sum(not can_be_opened(*row) for row in rows))


def restore(source: Path, *, now: datetime) -> Path | None:
    """Put a backup in place of the database; return where the old one is kept, None if none was.

    All sign-ins end: the backup may hold some that were ended since. The files of cases are there
    and the sign-ins have ended before it is the database. Raises as examine_backup.
    """
    examine_backup(source)
    target = database_file()
    kept = None
    if target.exists() and target.stat().st_size:
        kept = target.with_name(f"{target.name}.before-restore-{now:%Y%m%dT%H%M%S}")
        back_up(kept)
    db.session.remove()
    with _part_of(target) as prepared:
        _copy(source, prepared, single_file=True)
        _end_sign_ins(prepared, now)
        unpack_files(prepared)
        with write_lock(db.engine):
            target.touch(mode=0o600)
            _copy(prepared, target)
    db.engine.dispose()
    if not is_at_head():
        from flask_migrate import upgrade

        db.session.remove()
        upgrade()
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.DATABASE_RESTORE, source.name)
    return kept


def _end_sign_ins(copy: Path, now: datetime) -> None:
    """End all sign-ins in a copy, before it is the database: a killed restore leaves none open."""
    moment = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    query = "UPDATE sign_in_session SET ended_at = ? WHERE ended_at IS NULL"
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute(query, (moment,))


def database_file() -> Path:
    """Return the file of the database. Raises DomainError."""
    url = db.engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        raise DomainError(
            N_("This is PostgreSQL: use pg_dump and pg_restore, see docs/operations.md.")
        )
    return Path(url.database)


def _copy(source: Path, target: Path, *, single_file: bool = False) -> None:
    """Copy a database; as a `single_file` it needs no log beside it.

    A read that began before holds one state for all portions: SQLite would begin anew whenever
    somebody has written, and beside ballots that come without a pause never end.
    """
    with closing(_connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()
        read.backup(write, pages=PAGES_AT_A_TIME)
        if single_file:
            write.execute("PRAGMA journal_mode=DELETE")


def _check(path: Path) -> str:
    """Return the migration of an intact database of this system. Raises DomainError."""
    try:
        with closing(_connect(path)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            strays = connection.execute("PRAGMA foreign_key_check").fetchall()
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise DomainError(NO_BACKUP, file=path) from error
    if not sound or strays:
        raise DomainError(NO_BACKUP, file=path)
    return str(revision)


def _connect(path: Path) -> sqlite3.Connection:
    """Open a database for reading; sqlite3 would create a file that is not there."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
