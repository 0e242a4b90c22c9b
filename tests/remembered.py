"""Fill a database once for all tests of a run: whoever comes later gets a copy of its rows."""

import functools
import hashlib
import io
import pickle
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from flask import current_app
from sqlalchemy import inspect

from evalsys.core.database import Model
from evalsys.core.extensions import db, metadata
from tests.databases import KIND, filled_tables
from tests.factories import serial_numbers
from tests.runs import once_a_run

T = TypeVar("T")
DATABASE = "remembered.sqlite3"


def remembered(fill: Callable[[], T]) -> Callable[[], T]:
    """Let a function fill an empty database once; later calls put the same rows and files there.

    It may return rows, also deep inside of tuples, dicts and dataclasses. Where others were
    it adds its rows as if it were not remembered.
    """
    known: dict[str, Copy] = {}

    @functools.wraps(fill)
    def filled() -> T:
        with db.engine.connect() as connection:
            if filled_tables(connection, metadata):
                return fill()
        word = current_app.config["SECTION_WORD"]  # It stands in stored texts; so does the time.
        state = f"{datetime.now(UTC):%Y-%m-%d %H} {word} {current_app.config['SECRET_KEY']}"
        if state not in known:
            name = f"{fill.__module__}.{fill.__qualname__} {state}"
            with once_a_run(hashlib.sha256(name.encode()).hexdigest()) as place:
                kept = place / "copy.pickle"
                if not kept.exists():
                    made = fill()
                    kept.write_bytes(pickle.dumps(Copy.take(made, place)))
                    return made
                known[state] = pickle.loads(kept.read_bytes())  # noqa: S301  # Our own.
        known[state].put_back()
        return cast("T", _Rows(io.BytesIO(known[state].made)).load())

    return filled


class _Keys(pickle.Pickler):
    """Writes the class and the key in place of a row."""

    def persistent_id(self, thing: Any) -> Any:
        return (type(thing), inspect(thing).identity) if isinstance(thing, Model) else None


class _Rows(pickle.Unpickler):
    """Reads a row in place of its class and key."""

    def persistent_load(self, key: Any) -> Any:
        return db.session.get_one(*key)


@dataclass(frozen=True)
class Copy:
    """What lay in a database and in the folder of its installation.

    `tables` is what COPY of PostgreSQL writes; the file of SQLite lies in the folder as `DATABASE`.
    `numbered` is the last number that a factory gave.
    """

    made: bytes
    folder: Path
    tables: dict[str, bytes]
    numbered: int

    @classmethod
    def take(cls, made: object, place: Path) -> "Copy":
        """Copy everything into a folder, and what was made."""
        written = io.BytesIO()
        _Keys(written).dump(made)
        folder, file = place / "files", _close()
        ignored = shutil.ignore_patterns(f"{file.name}*") if file else None
        shutil.copytree(_installation(), folder, ignore=ignored, dirs_exist_ok=True)
        if file:
            _copy(file, folder / DATABASE)
        return cls(written.getvalue(), folder, {} if file else copy_out(), serial_numbers.reached)

    def put_back(self) -> None:
        """Put everything into the database and the folder of this test."""
        db.session.remove()
        file = _close()
        ignored = shutil.ignore_patterns(f"{DATABASE}*")  # Others read it now.
        shutil.copytree(self.folder, _installation(), ignore=ignored, dirs_exist_ok=True)
        if file:
            _copy(self.folder / DATABASE, file)
        copy_in(self.tables)
        serial_numbers.reached = max(serial_numbers.reached, self.numbered)


def _installation() -> Path:
    return Path(current_app.config["DATA_DIR"])


def _close() -> Path | None:
    """Return the file of SQLite, which nobody in this context uses any more."""
    if KIND != "sqlite":
        return None
    db.session.commit()
    db.engine.dispose()
    return Path(db.engine.url.database or "")


def _copy(source: Path, target: Path) -> None:
    """Copy a file of SQLite, with what lies beside it as long as somebody else has it open."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def copy_out() -> dict[str, bytes]:
    """Return the rows of every table of PostgreSQL that has some."""
    found = {}
    with db.engine.begin() as connection:
        cursor = connection.connection.cursor()
        for name in filled_tables(connection, metadata):
            with cursor.copy(f'COPY "{name}" TO STDOUT (FORMAT binary)') as rows:
                found[name] = b"".join(rows)
    return found


def copy_in(tables: dict[str, bytes]) -> None:
    """Write rows into empty tables of PostgreSQL, and let their keys go on from there."""
    if not tables:
        return
    with db.engine.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("SET LOCAL session_replication_role = replica")  # Nothing is looked up.
        for name, rows in tables.items():
            with cursor.copy(f'COPY "{name}" FROM STDIN (FORMAT binary)') as into:
                into.write(rows)
        numbered = [
            name for name in tables if metadata.tables[name].autoincrement_column is not None
        ]
        for name in numbered:
            last = f'(SELECT max(id) FROM "{name}")'
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), {last})")
