"""While somebody holds what counting and closing write, others wait, or get a message."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.ratings.counting.tallies import lock_tallies
from tests import prepared
from tests.databases import KIND
from tests.ratings.intake import leave_ballots
from tests.results.closing.city import CODE, make_city
from tests.servers import ROOT, settings_of


@contextmanager
def held(app: Flask) -> Iterator[threading.Event]:
    """Hold the tallies in a thread, as a long counting does, until the event is set."""
    has_it, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with app.app_context():
            with unit_of_work(SYSTEM) as unit:
                lock_tallies()
                unit.record(Action.RATING_COUNT, "intake")
                has_it.set()
                let_go.wait(timeout=120)
            db.session.remove()

    thread = threading.Thread(target=hold)
    thread.start()
    has_it.wait(timeout=60)
    try:
        yield let_go
    finally:
        let_go.set()
        thread.join()


# The command itself, which says when it begins to wait; SQLite alone would wait a moment.
HASTY = """
from evalsys.core.database import sqlite
real = sqlite._lock
def lock(file, **how):
    print("waits", flush=True)
    real(file, **how)
sqlite._lock = lock
sqlite.SQLITE_PRAGMAS = (*sqlite.SQLITE_PRAGMAS, "busy_timeout=200")
from flask.cli import main
main()
"""


@pytest.mark.parametrize("command", [("ratings", "count"), ("closing", "run", CODE, "--yes")])
def test_a_second_counting_or_closing_waits_or_ends_in_words(
    app: Flask, command: tuple[str, ...]
) -> None:
    make_city()
    leave_ballots(25)
    environment = {**os.environ, **settings_of(app), "EVALSYS_BABEL_DEFAULT_LOCALE": "en"}
    line = (sys.executable, "-c", HASTY, *command)
    with (
        held(app) as let_go,
        prepared.Popen[str](
            line, cwd=ROOT, env=environment, text=True, stdout=-1, stderr=subprocess.STDOUT
        ) as process,
    ):
        if KIND == "sqlite":  # Writers stand in line there, and wait for as long as it takes.
            assert process.stdout is not None
            assert process.stdout.readline() == "waits\n"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=2)
            let_go.set()
        output, _ = process.communicate(timeout=120)
    assert "Traceback" not in output
    if KIND == "postgresql":
        assert (process.returncode, "running at this moment" in output) == (1, True)
    else:
        assert process.returncode == 0, output
