"""Applications of the tests, and the database of each."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, Engine, Row, Table, create_engine, event, make_url, select, text

from config import TestConfig
from evalsys import create_app
from evalsys.core.extensions import db, limiter, metadata
from tests.databases import CALENDAR, KIND, PRISTINE, empty_tables

_filled: dict[str, Sequence[Row[Any]]] = {}  # table: what the migrations left in it


class Client(FlaskClient):
    """A client whose requests start with an empty `g`, as on a server.

    The context of the `app` fixture would keep the user and the language of the request before.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():
            for name in list(g):
                g.pop(name)
        return super().open(*args, **kwargs)


def make_app(uri: str, folder: Path, **settings: object) -> Flask:
    """Return an application on a database, with its files in a folder."""
    values = {"SQLALCHEMY_DATABASE_URI": uri, "DATA_DIR": str(folder), **settings}
    app = create_app(type("Config", (TestConfig,), values))
    app.test_client_class = Client
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache()  # Also of other processes.
    if uri.startswith("sqlite"):
        with app.app_context():
            _let_move(db.engine)
    return app


def _let_move(engine: Engine) -> None:
    """Let an engine open the file that its address names by then.

    A new engine for each test would compile each statement anew.
    """

    def connect(_dialect: object, _record: object, where: list[Any], _how: object) -> None:
        if engine.url.database:
            where[0] = engine.url.database

    event.listen(engine, "do_connect", connect)


def another_database(migrated: str, folder: Path, name: str, *, template: str = PRISTINE) -> str:
    """Make a migrated database that no other test uses, and return its address.

    On PostgreSQL it is empty with the template `template0`.
    """
    if KIND == "sqlite":
        path = folder / f"{name}.sqlite3"
        shutil.copy(migrated.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"
    server = create_engine(migrated, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    server.dispose()
    return migrated.removesuffix("evalsys") + name


@contextmanager
def as_made(app: Flask) -> Iterator[None]:
    """Take back whatever is done meanwhile to the settings and extensions of an application."""
    ours = [it for it in app.extensions.values() if type(it).__module__.startswith("evalsys.")]
    holders: list[Any] = [app.config, app.extensions, *app.extensions.values(), *map(vars, ours)]
    holders += [value for it in ours for value in vars(it).values()]
    lists = [(it, list(it)) for it in holders if isinstance(it, list)]
    mappings = [(it, dict(it)) for it in holders if isinstance(it, dict)]
    yield
    for items, kept in lists:
        items[:] = kept
    for mapping, entries in mappings:
        mapping.clear()
        mapping.update(entries)


@contextmanager
def on_empty_database(app: Flask, migrated: str, folder: Path) -> Iterator[None]:
    """Let an application use an empty, migrated database, inside its context."""
    uri = migrated
    if KIND == "sqlite":
        uri = f"sqlite:///{folder / 'test.sqlite3'}"
        shutil.copy(migrated.removeprefix("sqlite:///"), folder / "test.sqlite3")
    with app.app_context():
        app.config.update(SQLALCHEMY_DATABASE_URI=uri, DATA_DIR=str(folder))
        limiter.enabled = False  # One for all applications: another one may have throttles.
        limiter._storage_dead = False  # noqa: SLF001  # Nor are its counts away.
        if KIND == "postgresql":
            empty()
        else:
            db.engine.dispose()
            db.engine.url = make_url(uri)
            event.listen(db.engine, "connect", _be_hasty)
        yield
        db.session.remove()
        db.engine.dispose()


def _be_hasty(connection: sqlite3.Connection, _record: object) -> None:
    """Do not wait for the disk: the file of a test may be lost with the machine."""
    connection.execute("PRAGMA synchronous=OFF")


def empty() -> None:
    """Empty every table that has a row; what the migrations filled stays."""
    empty_tables(db.engine.url, metadata)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE installation SET key_check = NULL"))
        for name in CALENDAR:
            _restore(connection, metadata.tables[name])


def _restore(connection: Connection, table: Table) -> None:
    """Let a table hold what it held before the first test of the process."""
    rows = connection.execute(select(table).order_by(*table.primary_key)).all()
    if rows != _filled.setdefault(table.name, rows):
        connection.execute(table.delete())
        connection.execute(table.insert(), [row._asdict() for row in _filled[table.name]])


@contextmanager
def listening(target: object, name: str, listener: Callable[..., Any]) -> Iterator[None]:
    """Listen to events of a target; the engine is that of all tests of the process."""
    event.listen(target, name, listener)
    try:
        yield
    finally:
        event.remove(target, name, listener)


@contextmanager
def noted_statements() -> Iterator[list[str]]:
    """Note the SQL that is sent from now on, in a list that grows and may be cleared."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, words: str, *more: Any) -> None:
        if not words.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            sent.append(words)

    with listening(db.engine, "before_cursor_execute", note):
        yield sent
