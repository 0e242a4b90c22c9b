"""SQLite: durable connections, the lock of its single writer, and the file below both."""

import contextlib
import fcntl
import functools
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

# secure_delete overwrites counted ballots, so that a stolen database file holds none.
SQLITE_PRAGMAS = (
    "foreign_keys=ON",
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "trusted_schema=OFF",
    "secure_delete=ON",
)
WRITES = "evalsys_writes"

FILE = "evalsys_file"
GONE = "the file of the database was moved or replaced: put it back, or start again"
MEMORY = ":memory:"

_thread_lock = threading.Lock()
_files: dict[Path, tuple[int, int] | None] = {}


@sa.event.listens_for(sa.Engine, "connect")
def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Make SQLite durable and strict about foreign keys; leave BEGIN to SQLAlchemy."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")


def expect_file(uri: str) -> None:
    """Let a process that starts use no other file than the one it finds at the URI, if any."""
    url = sa.make_url(uri)
    if url.get_backend_name() == "sqlite" and url.database and Path(url.database).exists():
        path = Path(url.database).resolve()
        _files[path] = _file_at(path)


@sa.event.listens_for(sa.Engine, "do_connect")
def _open_no_other_file(dialect: sa.Dialect, _record: Any, args: Any, _kwargs: Any) -> None:
    if dialect.name == "sqlite" and args[0] != MEMORY:
        _check_file(Path(args[0]).resolve())


@sa.event.listens_for(sa.Pool, "connect")
def _note_file(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    if name := connection.execute("PRAGMA database_list").fetchone()[2]:
        record.info[FILE] = Path(name)
        _files.setdefault(Path(name), _file_at(Path(name)))


@sa.event.listens_for(sa.Pool, "checkout")
def _use_no_lost_file(_connection: Any, record: Any, _proxy: Any) -> None:
    if FILE in record.info:
        _check_file(record.info[FILE])


@sa.event.listens_for(sa.Engine, "engine_disposed")
def _forget_file(engine: sa.Engine) -> None:
    """Let a restore, which closes all connections before it, open the file that it put there."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        _files.pop(Path(engine.url.database).resolve(), None)


def _check_file(path: Path) -> None:
    """Raise OperationalError if the file that this process opened was moved, deleted or replaced.

    SQLite would go on in the file without a name, and what it writes there is lost.
    """
    if path in _files and _files[path] != _file_at(path):
        raise sqlite3.OperationalError(GONE)


def _file_at(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one at its path; None without a file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@sa.event.listens_for(sa.Engine, "begin")
def _begin_sqlite(connection: sa.Connection) -> None:
    """Emit BEGIN, IMMEDIATE for a write: a read upgraded to a write fails under load."""
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Busy(RuntimeError):
    """The write lock is held and the caller chose not to wait."""


@contextlib.contextmanager
def write_lock(engine: sa.Engine, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of SQLite's single writer; SQLite's own is unfair. A no-op on PostgreSQL.

    Raises Busy if it is held and `wait` is False.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    if not _thread_lock.acquire(blocking=wait):
        raise Busy
    try:
        file = _lock_file(f"{engine.url.database}.lock") if engine.url.database else None
        if file is not None:
            _lock(file, wait=wait)
        try:
            yield
        finally:
            if file is not None:
                fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        _thread_lock.release()


@functools.cache
def _lock_file(path: str) -> int:
    """Return the file descriptor of the lock shared by the processes of this machine. Cached."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock(file: int, *, wait: bool) -> None:
    """Lock a file, waiting in the kernel: polling would halve the write rate. Raises Busy."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy from None


# A forked child would share its parent's lock, and neither would exclude the other.
os.register_at_fork(after_in_child=_lock_file.cache_clear)
