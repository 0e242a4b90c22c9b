"""A long import in chunks: killed anywhere, it counts as a whole or not at all."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.jobs.handlers import Progress
from evalsys.organisation.org.models import Staff
from evalsys.ratings.ballots.models import Rating, Tally
from evalsys.ratings.counting import jobs
from evalsys.ratings.history import chunks
from evalsys.ratings.history.chunks import ImportRunning
from evalsys.ratings.history.models import PastImport, PastRow, PastSeat
from evalsys.results.closing.service import close_period
from tests import prepared
from tests.applications import listening
from tests.factories import make_period
from tests.ratings.history.test_cli import HEAD, ROW
from tests.servers import ROOT, settings_of

ROWS = 4_500  # five chunks
STORING, PLACING = "Storing ratings", "Putting ratings in their place"


def many(path: Path) -> Path:
    rows = (ROW.replace("000001", f"{n % 50:06}") for n in range(ROWS))
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def tallied() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.coalesce(func.sum(Tally.ballots), 0))) or 0


# The command itself, which gets a signal when it has just taken a step the n-th time.
STOPPED = """
import signal, sys
from evalsys.ratings.history import chunks as past_chunks
name, times, sent = sys.argv.pop(1), int(sys.argv.pop(1)), int(sys.argv.pop(1))
signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell in the background ignores it.
real, taken = getattr(past_chunks, name), []
def stopped(*given):
    done = real(*given)
    taken.append(1)
    if len(taken) == times:
        signal.raise_signal(sent)
    return done
setattr(past_chunks, name, stopped)
from flask.cli import main
main()
"""


def run_stopped(
    app: Flask, path: Path, step: str, times: int, sent: signal.Signals
) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", STOPPED, step, f"{times}", f"{sent:d}", "ratings", "import"]
    english = {"FLASK_APP": "wsgi", "EVALSYS_BABEL_DEFAULT_LOCALE": "en"}
    environment = {**os.environ, **settings_of(app), **english}
    return prepared.run([*line, str(path), "--create-org"], cwd=ROOT, env=environment)


def run_killed(app: Flask, path: Path, step: str, times: int) -> None:
    done = run_stopped(app, path, step, times, signal.SIGKILL)
    assert done.returncode == -signal.SIGKILL


Import = Callable[[Path], str]


@pytest.fixture
def import_again(app: Flask) -> Import:
    def run(path: Path) -> str:
        arguments = ["ratings", "import", str(path), "--create-org"]
        return app.test_cli_runner().invoke(args=arguments).output

    return run


def test_killed_while_it_is_staged_nothing_counts_and_the_next_one_cleans_up(
    app: Flask, tmp_path: Path, import_again: Import
) -> None:
    path = many(tmp_path / "many.csv")
    run_killed(app, path, "_stage_chunk", 3)
    assert 0 < count(PastRow) < ROWS
    assert (count(Rating), tallied(), count(Staff)) == (0, 0, 0)
    assert f"Imported {ROWS} ratings" in import_again(path)
    assert (count(Rating), tallied(), count(Staff)) == (ROWS, ROWS, 50)
    assert (count(PastRow), count(PastSeat), count(PastImport)) == (0, 0, 0)


def test_ctrl_c_in_the_midst_of_storing_leaves_nothing(app: Flask, tmp_path: Path) -> None:
    """The fourth call writes rows of the third chunk, which are not committed yet."""
    path = many(tmp_path / "many.csv")
    done = run_stopped(app, path, "add_rows", 4, signal.SIGINT)
    assert (done.returncode, done.stderr.split()) == (1, [*STORING.split(), "Aborted!"])
    assert (count(Rating), tallied(), count(Staff)) == (0, 0, 0)
    assert (count(PastRow), count(PastSeat), count(PastImport)) == (0, 0, 0)


def finish_by_counting() -> None:
    jobs.run(Progress(), {}, SYSTEM, datetime.now(UTC))


def finish_by_closing() -> None:
    period = make_period("2026-Q2")
    now = datetime(2026, 8, 1, tzinfo=UTC)
    close_period(SYSTEM, period.code, on=now.date(), now=now)


@pytest.mark.parametrize("finish", [finish_by_counting, finish_by_closing])
def test_killed_while_rows_go_to_their_place_all_of_it_counts_and_somebody_goes_on(
    app: Flask, tmp_path: Path, finish: Callable[[], None]
) -> None:
    path = many(tmp_path / "many.csv")
    run_killed(app, path, "_move_some", 2)
    assert 0 < count(Rating) < ROWS
    assert count(Rating) + count(PastRow) == ROWS
    assert tallied() == ROWS
    with pytest.raises(ImportRunning):
        chunks.check_in_place()
    db.session.rollback()
    finish()
    assert (count(Rating), count(PastRow), count(PastSeat)) == (ROWS, 0, 0)
    assert tallied() == ROWS


def test_the_same_file_after_a_kill_is_not_imported_twice(
    app: Flask, tmp_path: Path, import_again: Import
) -> None:
    path = many(tmp_path / "many.csv")
    run_killed(app, path, "_move_some", 2)
    assert "were imported on" in import_again(path)
    assert (count(Rating), tallied(), count(PastRow)) == (ROWS, ROWS, 0)


def test_a_second_import_meanwhile_ends_in_words(
    app: Flask, tmp_path: Path, import_again: Import
) -> None:
    with chunks.import_lock():
        assert "try again in a minute" in import_again(many(tmp_path / "many.csv"))
    assert (count(Rating), count(PastRow)) == (0, 0)


def test_each_transaction_writes_one_chunk_of_rows(
    app: Flask, tmp_path: Path, import_again: Import, statements: list[str]
) -> None:
    """Between two chunks the writer is free for citizens."""
    begun: list[int] = []

    def note(*given: Any) -> None:
        begun.append(len(statements))

    with listening(db.session, "after_begin", note):
        import_again(many(tmp_path / "many.csv"))
    into = ("INSERT INTO past_row", "INSERT INTO rating")
    written = [
        sum(words.startswith(into) for words in statements[start:end])
        for start, end in pairwise([*begun, len(statements)])
    ]
    assert max(written) == 1
    assert sum(written) >= 2 * ROWS // chunks.CHUNK
