"""The large city on either database: made once for a state of the code, then copied."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from evalsys.core.extensions import db
from tests.applications import make_app
from tests.bench.city.maker import Report, make_city

SECRET = "only for the measurement, k3J9xQ2mVt7RzW5bNc8L"
ROOT = Path(__file__).parents[3]
MADE_OF = ("migrations/versions/*.py", "evalsys/demo/**/*.py", "tests/bench/city/*.py")


def city_file(report: Report) -> Path:
    """Return the SQLite file of the city, which is made if this state of the code has none yet.

    It is kept in the temporary folder of the machine and never written to.
    """
    sources = sorted(path for pattern in MADE_OF for path in ROOT.glob(pattern))
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / "evalsys-bench"
    path = folder / f"city-{state}.sqlite3"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            part = Path(name) / "city.sqlite3"
            with opened(f"sqlite:///{part}", Path(name)):
                fill(report)
            part.rename(path)
    return path


def fill(report: Report) -> None:
    """Migrate and fill the database of the application in hand."""
    upgrade()
    make_city(report)


def copy_of_city(folder: Path, report: Report) -> str:
    """Copy the city into a folder, and return the address of its database."""
    path = folder / "city.sqlite3"
    shutil.copy(city_file(report), path)
    return f"sqlite:///{path}"


@contextmanager
def opened(uri: str, folder: Path) -> Iterator[Flask]:
    """Be in the context of an application on a database."""
    app = make_app(uri, folder, SECRET_KEY=SECRET, LOG_LEVEL="WARNING")  # Figures stand alone.
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            with db.engine.connect() as connection:
                if db.engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
