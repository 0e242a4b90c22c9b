import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from evalsys.core.extensions import db
from tests import prepared
from tests.foundation.jobs import handlers


@pytest.fixture
def app(app: Flask) -> Flask:
    """An application with the kinds of jobs of the tests."""
    handlers.init_app(app)
    return app


@pytest.fixture
def queued(app: Flask) -> Flask:
    """The application with a real queue instead of immediate jobs."""
    app.config["JOBS_IMMEDIATE"] = False
    return app


@pytest.fixture
def start_worker(queued: Flask) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Return a factory of worker processes on the test's database."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        uri, folder = queued.config["SQLALCHEMY_DATABASE_URI"], queued.config["DATA_DIR"]
        command = [sys.executable, "-m", "tests.foundation.jobs.process", uri, folder]
        started.append(prepared.Popen(command, cwd=Path(__file__).parents[3]))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a condition, in fresh transactions. Raises AssertionError on a timeout."""
    end = time.monotonic() + seconds
    while True:
        db.session.rollback()
        if is_so():
            return
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
