import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import time_machine
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine, event, text

from config import TestConfig
from evalsys import create_app
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db, limiter, metadata
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.service import start_session
from evalsys.organisation.org.models import Section
from tests.databases import KIND, PRISTINE, PostgreSQL, filled_tables
from tests.factories import make_section
from tests.world import NOW

# Nothing in a test depends on how fast the machine is.
settings.register_profile("evalsys", deadline=None)
settings.load_profile("evalsys")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has no meaning on this database: nothing is ever skipped.

    What opens no database is tried once, with SQLite.
    """
    kinds = {item: item.get_closest_marker("only") for item in items}
    left_out = [item for item, mark in kinds.items() if mark and mark.args[0] != KIND]
    if KIND == "postgresql":
        pure = (item for item in items if "migrated" not in getattr(item, "fixturenames", ()))
        left_out += [item for item in pure if item not in left_out]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


class Compiled(BytecodeCache):
    """The templates that a test has compiled, for those that follow in this process."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class Client(FlaskClient):
    """A client whose requests start with an empty `g`, as on a server.

    The context of the `app` fixture would keep the user and the language of the request before.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():
            for name in list(g):
                g.pop(name)
        return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database at the newest migration: never written to by a SQLite test."""
    folder = tmp_path_factory.mktemp("database")
    server = PostgreSQL() if KIND == "postgresql" else None
    if server:
        server.start()
    uri = server.create(PRISTINE) if server else f"sqlite:///{folder / 'template.sqlite3'}"
    app = make_app(uri, folder)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    if server:
        uri = server.create("evalsys", template=PRISTINE)
    yield uri
    if server:
        server.stop()


def make_app(uri: str, folder: Path, **settings: object) -> Flask:
    """Return an application on a database, with its files in a folder."""
    values = {"SQLALCHEMY_DATABASE_URI": uri, "DATA_DIR": str(folder), **settings}
    app = create_app(type("Config", (TestConfig,), values))
    app.test_client_class = Client
    app.jinja_env.bytecode_cache = COMPILED
    return app


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


@pytest.fixture(scope="session")
def shared(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application of all tests of this process: making one takes longer than a small test."""
    app = make_app(migrated, tmp_path_factory.mktemp("shared"))
    yield app
    with app.app_context():
        db.engine.dispose()


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


@pytest.fixture
def app(shared: Flask, migrated: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty, migrated database of this test, inside its context."""
    with as_made(shared), _on_empty_database(shared, migrated, tmp_path):
        yield shared


@pytest.fixture
def own_app(migrated: str, tmp_path: Path) -> Iterator[Flask]:
    """The same, made for this test alone: routes may be added to it."""
    app = make_app(migrated, tmp_path)
    with _on_empty_database(app, migrated, tmp_path):
        yield app


@contextmanager
def _on_empty_database(app: Flask, migrated: str, folder: Path) -> Iterator[None]:
    uri = migrated
    if KIND == "sqlite":
        uri = f"sqlite:///{folder / 'test.sqlite3'}"
        shutil.copy(migrated.removeprefix("sqlite:///"), folder / "test.sqlite3")
    with app.app_context():
        app.config.update(SQLALCHEMY_DATABASE_URI=uri, DATA_DIR=str(folder))
        limiter.enabled = False  # One for all applications: another one may have throttles.
        if KIND == "postgresql":
            empty()
        else:
            engines = cast("dict[str | None, Engine]", db.engines)
            engines[None] = create_engine(uri, **app.config["SQLALCHEMY_ENGINE_OPTIONS"])
            event.listen(db.engine, "connect", _be_hasty)
        yield
        db.session.remove()
        db.engine.dispose()


def _be_hasty(connection: sqlite3.Connection, _record: object) -> None:
    """Do not wait for the disk: the file of a test may be lost with the machine."""
    connection.execute("PRAGMA synchronous=OFF")


def empty() -> None:
    """Empty every table that has a row; what the migrations filled stays."""
    with db.engine.begin() as connection:
        filled = filled_tables(connection, metadata)
        if filled:  # A file for each table that is emptied: the most of a small test's time.
            names = ", ".join(f'"{name}"' for name in filled)
            connection.execute(text("SET session_replication_role = replica"))  # No triggers.
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            connection.execute(text("SET session_replication_role = DEFAULT"))
        connection.execute(text("UPDATE installation SET key_check = NULL"))
        connection.execute(text("DELETE FROM calendar_day WHERE day > '2026-12-31'"))
        connection.execute(text("DELETE FROM calendar_year WHERE year > 2026"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[User], FlaskClient]:
    """Return a function that gives a client signed in as a user, in a real session."""

    def sign_in(user: User) -> FlaskClient:
        with unit_of_work(user.actor) as unit:
            token = start_session(unit, user, now=datetime.now(UTC))
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
        return client

    return sign_in


@contextmanager
def noted_statements() -> Iterator[list[str]]:
    """Note the SQL that is sent from now on, in a list that grows and may be cleared."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, words: str, *more: Any) -> None:
        if not words.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            sent.append(words)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that the test sends."""
    with noted_statements() as sent:
        yield sent


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A Tuesday, 10:00 in Shanghai, until a test moves on."""
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def section(app: Flask) -> Section:
    """A section for the tests that need but one."""
    return make_section(name="企业登记科")
