"""Named locks, exclusive in the whole installation.

A lock ends with its process. On PostgreSQL it is a session-level advisory lock, shared by several
machines; with SQLite, which is on one, a file lock.
"""

import fcntl
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select

from evalsys.core.extensions import db

TIMEOUT = 1.0  # seconds: longer than `is_locked` holds it
LOOK_EVERY = 0.05


@contextmanager
def named_lock(name: str, *, timeout: float = TIMEOUT) -> Iterator[bool]:
    """Hold a lock; yield False if it is still taken after `timeout` seconds."""
    take = _hold_in_postgresql if db.engine.dialect.name == "postgresql" else _hold_in_a_file
    with take(name, time.monotonic() + timeout) as is_held:
        yield is_held


def is_locked(name: str) -> bool:
    """Return whether a lock is held at the moment."""
    with named_lock(name, timeout=0) as is_held:
        return not is_held


def _poll(take: Callable[[], object], until: float) -> bool:
    """Try to take a lock until it succeeds or the time is over; return whether it did."""
    while not take():
        if time.monotonic() >= until:
            return False
        time.sleep(LOOK_EVERY)
    return True


@contextmanager
def _hold_in_postgresql(name: str, until: float) -> Iterator[bool]:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    # No transaction, which would stay open while the lock is held.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_held = _poll(lambda: connection.scalar(select(func.pg_try_advisory_lock(key))), until)
        try:
            yield is_held
        finally:
            if is_held:
                connection.execute(select(func.pg_advisory_unlock(key)))


@contextmanager
def _hold_in_a_file(name: str, until: float) -> Iterator[bool]:
    folder = Path(current_app.config["DATA_DIR"])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        yield _poll(lambda: _has_locked(file.fileno()), until)


def _has_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
