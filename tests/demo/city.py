"""The demo city, loaded once for all tests of a run: of a Tuesday in November, and of today."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import time_machine
from flask import Flask

from evalsys.demo.service import DemoCity, load_demo
from tests import production
from tests.applications import another_database, make_app
from tests.remembered import remembered
from tests.runs import once_a_run

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def demo_city() -> DemoCity:
    """Fill an empty database with the demo city."""
    return reported_city()[0]


def reported_city() -> tuple[DemoCity, list[str]]:
    """Fill an empty database with the demo city; return what was told of each stage as well."""
    with time_machine.travel(NOW, tick=False):
        return _load()


@remembered
def _load() -> tuple[DemoCity, list[str]]:
    told: list[str] = []
    return load_demo(seed=1, now=NOW, on=TODAY, report=told.append), told


def city_of_production(migrated: str, folder: Path) -> Flask:
    """Return an application of the tests on the city of today in a file of SQLite in a folder.

    The command of production has loaded it.
    """
    uri = another_database(migrated, folder, "city")
    app = make_app(uri, folder, SECRET_KEY="city-only-7RzW5bNc8LpYd4HsGfA6eU2")
    with once_a_run(f"production-{datetime.now(UTC):%Y-%m-%d}") as place:
        if (place / "files").exists():
            shutil.copytree(place / "files", folder, dirs_exist_ok=True)
        else:
            production.command(app, "demo", "load")
            shutil.copytree(folder, place / "files")
    return app
