"""Backup and restore of a SQLite database while the server runs.

SQLite's online backup copies a consistent snapshot, and restores one in a single transaction.
PostgreSQL has its own tools. Uncounted ballots are sealed in a backup as in the database, to a key
that is in neither (docs/adr/0022); a restore reports how many can be opened.
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
from evalsys.core.database.sqlite import write_lock
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.foundation.uploads.options import NO_FOLDER
from evalsys.operations.packing import pack_files, unpack_files
from evalsys.operations.revisions import is_at_head, known_revisions
from evalsys.ratings.ballots.sealing import can_be_opened

PART = ".part"  # The suffix of an unfinished file.
UNFINISHED = f"evalsys-backup{PART}"
PAGES_AT_A_TIME = 2000  # Other threads of this process run between two chunks.


class WaitingBallots(NamedTuple):
    """The number of uncounted ballots in a backup, and of those sealed under another secret key."""

    all: int = 0
    closed: int = 0


FILE_IN_THE_WAY = N_("%(file)s exists already. Name another file.")


NO_BACKUP = N_("%(file)s is no intact backup of this system.")


def back_up(target: Path) -> int:
    """Write a verified copy of the database and return its size in bytes.

    Unfinished it has a name that no restore accepts: one for a folder, so that the next backup, of
    whatever day, throws away what a killed one has left. Raises DomainError.
    """
    source = database_file()
    if target.exists():
        raise DomainError(FILE_IN_THE_WAY, file=target)
    with _part_of(target.with_name(UNFINISHED)) as part:
        _copy(source, part, single_file=True)
        pack_files(part)
        _check(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if target.exists():  # Created by somebody else meanwhile.
            raise DomainError(FILE_IN_THE_WAY, file=target)
        part.rename(target)
    _fsync_folder(target.parent)
    return target.stat().st_size


@contextmanager
def _part_of(part: Path) -> Iterator[Path]:
    """Yield an empty, locked file of that name; leftovers of a killed run are removed."""
    if not part.parent.is_dir():
        raise DomainError(NO_FOLDER, folder=part.parent)
    with part.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(held.fileno()), part.stat())
        except (BlockingIOError, FileNotFoundError):
            is_ours = False  # Another process writes it, or has just renamed it.
        if not is_ours:
            raise DomainError(
                N_("Another backup to %(file)s is running at this moment."), file=part.parent
            )
        try:
            _remove_logs(part)
            held.truncate(0)
            part.chmod(0o600)
            yield part
        finally:
            part.unlink(missing_ok=True)
            _remove_logs(part)


def _remove_logs(part: Path) -> None:
    """Remove SQLite's log files: those of a killed run would be replayed into the new file."""
    for end in ("-journal", "-wal", "-shm"):
        part.with_name(f"{part.name}{end}").unlink(missing_ok=True)


def _fsync_folder(folder: Path) -> None:
    """Make the rename of a file in the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def examine_backup(source: Path) -> str:
    """Verify a backup and return its migration. Raises DomainError."""
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
    """Count the uncounted ballots in a backup; zero for a version that did not seal them."""
    with closing(_connect(source)) as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(intake)")}
        if "sealed" not in columns:
            return WaitingBallots()
        rows = connection.execute("SELECT name, sealed FROM intake").fetchall()
    return WaitingBallots(len(rows), sum(not can_be_opened(*row) for row in rows))


def restore(source: Path, *, now: datetime) -> Path | None:
    """Replace the database by a backup; return where the old one is kept, None if there was none.

    All sessions end: the backup may hold some that were ended since. Sessions are ended and the
    attachments of cases restored before the copy becomes the database. Raises DomainError.
    """
    examine_backup(source)
    target = database_file()
    kept = None
    if target.exists() and target.stat().st_size:
        kept = target.with_name(f"{target.name}.before-restore-{now:%Y%m%dT%H%M%S%f}")
        back_up(kept)
    db.session.remove()
    with _part_of(target.with_name(f"{target.name}{PART}")) as prepared:
        _copy(source, prepared, single_file=True)
        _end_sessions(prepared, now)
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


def _end_sessions(copy: Path, now: datetime) -> None:
    """End all sessions in a copy before it becomes the database, in case the restore is killed."""
    moment = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    query = "UPDATE sign_in_session SET ended_at = ? WHERE ended_at IS NULL"
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute(query, (moment,))


def database_file() -> Path:
    """Return the file of the SQLite database. Raises DomainError on PostgreSQL."""
    url = db.engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        raise DomainError(
            N_("This is PostgreSQL: use pg_dump and pg_restore, see docs/operations.md.")
        )
    return Path(url.database)


def _copy(source: Path, target: Path, *, single_file: bool = False) -> None:
    """Copy a database; a `single_file` has no WAL beside it.

    A read transaction keeps one snapshot for all chunks: otherwise SQLite restarts the copy after
    every write, and under a steady stream of ballots it never ends.
    """
    with closing(_connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()
        read.backup(write, pages=PAGES_AT_A_TIME)
        if single_file:
            write.execute("PRAGMA journal_mode=DELETE")


def _check(path: Path) -> str:
    """Verify a database of this system and return its migration. Raises DomainError."""
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
    """Open a database read-only; by default sqlite3 creates a missing file."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
