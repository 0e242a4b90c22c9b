"""What every test may ask for. Each fixture loads what it needs; the test of a rule, little."""

import gc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.databases import KIND, PRISTINE, PostgreSQL
from tests.runs import shared_folder

if TYPE_CHECKING:
    import time_machine
    from flask import Flask
    from flask.testing import FlaskClient

    from evalsys.foundation.accounts.models import User
    from evalsys.organisation.org.models import Section

# Nothing in a test depends on how fast the machine is.
settings.register_profile("evalsys", deadline=None)
settings.load_profile("evalsys")


# Files of half a minute and more of processor time begin first, so that no core is idle at the end.
LONGEST = {
    name: place
    for place, name in enumerate(
        (
            *("test_changed_organisation.py", "test_people_jobs.py", "test_start.py"),
            *("test_fuzz.py", "test_permissions.py", "test_statements.py", "test_pages.py"),
            *("test_hostile_texts.py", "test_whole_city.py", "test_second_machine.py"),
            *("test_random_city.py", "test_production.py", "test_toy_kind.py", "test_thief.py"),
        )
    )
}


def pytest_configure() -> None:
    """Make the folder that all processes of this run share, before any other one begins."""
    shared_folder()


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
        gone = {*left_out}
        items[:] = [item for item in items if item not in gone]
    items.sort(key=lambda item: LONGEST.get(item.path.name, len(LONGEST)))


def pytest_collection_finish() -> None:
    """Let the collector pass over what stays until the end: all modules and tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database at the newest migration: never written to by a SQLite test."""
    from flask_migrate import upgrade

    from evalsys.core.extensions import db
    from tests.applications import make_app

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


@pytest.fixture(scope="session")
def shared(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Flask]":
    """The application of all tests of this process: making one takes longer than a small test."""
    from evalsys.core.extensions import db
    from tests.applications import make_app

    app = make_app(migrated, tmp_path_factory.mktemp("shared"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(shared: "Flask", migrated: str, tmp_path: Path) -> "Iterator[Flask]":
    """The application on an empty, migrated database of this test, inside its context."""
    from tests.applications import as_made, on_empty_database

    with as_made(shared), on_empty_database(shared, migrated, tmp_path):
        yield shared


@pytest.fixture
def own_app(migrated: str, tmp_path: Path) -> "Iterator[Flask]":
    """The same, made for this test alone: routes may be added to it."""
    from tests.applications import make_app, on_empty_database

    app = make_app(migrated, tmp_path)
    with on_empty_database(app, migrated, tmp_path):
        yield app


@pytest.fixture
def client(app: "Flask") -> "FlaskClient":
    return app.test_client()


@pytest.fixture
def sign_in(app: "Flask") -> "Callable[[User], FlaskClient]":
    """Return a function that gives a client signed in as a user, in a real session."""
    from evalsys.core.audit import unit_of_work
    from evalsys.foundation.accounts.service import start_session

    def sign_in(user: "User") -> "FlaskClient":
        with unit_of_work(user.actor) as unit:
            token = start_session(unit, user, now=datetime.now(UTC))
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
        return client

    return sign_in


@pytest.fixture
def statements(app: "Flask") -> Iterator[list[str]]:
    """The SQL that the test sends."""
    from tests.applications import noted_statements

    with noted_statements() as sent:
        yield sent


@pytest.fixture
def clock() -> "Iterator[time_machine.Traveller]":
    """A Tuesday, 10:00 in Shanghai, until a test moves on."""
    import time_machine

    from tests.world import NOW

    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def section(app: "Flask") -> "Section":
    """A section for the tests that need but one."""
    from tests.factories import make_section

    return make_section(name="企业登记科")
