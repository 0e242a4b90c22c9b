"""A backup made during a closing is restored by the manual and continues."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from evalsys.foundation.jobs.service import start_job
from tests.applications import another_database
from tests.databases import KIND
from tests.factories import make_user
from tests.operations.test_second_machine import (
    DUMP,
    bring_dump,
    documented,
    machine,
    run,
    shell,
)
from tests.ratings.intake import leave_ballots
from tests.results.closing.city import CODE, NOW, make_city
from tests.results.closing.test_one_at_a_time import closing_in_a_worker, queued
from tests.servers import settings_of

__all__ = ["queued"]  # A fixture.
SERVICE = "evalsys.results.closing.service"
# All is counted and nothing frozen; the scores are in the tables, the transaction is open.
PLACES = [f"{SERVICE}._recount", f"{SERVICE}.hold_or_propose"]


def copy(app: Flask, folder: Path) -> Path:
    """Make a backup by the command of the manual; return its path."""
    file = folder / "2026-11-24.sqlite3"
    if KIND == "sqlite":
        done = run(settings_of(app), documented("## Backup")[0], file)
        assert done.returncode == 0, done.stderr
    else:
        shell(app, folder, DUMP)
    return file


def bring_back(app: Flask, migrated: str, folder: Path, file: Path) -> dict[str, str]:
    """Restore the backup on a second machine by the commands of the manual; return its settings."""
    settings = machine(folder / "second", app.config["SECRET_KEY"])
    if KIND == "sqlite":
        lines = documented("### On another machine")
    else:
        settings["EVALSYS_SQLALCHEMY_DATABASE_URI"] = another_database(migrated, folder, "second")
        lines = bring_dump(app, folder, "second")
    for line in lines:
        done = run(settings, line, file)
        assert done.returncode == 0 or line == "flask doctor", done.stdout + done.stderr
    return settings


@pytest.mark.parametrize("place", PLACES)
def test_a_closing_goes_on_where_its_backup_is_brought_back(
    queued: Flask, migrated: str, tmp_path: Path, place: str
) -> None:
    make_city()
    leave_ballots(25)
    start_job(make_user().actor, "closing.run", {"period": CODE}, now=NOW)
    with closing_in_a_worker(queued, tmp_path / "mark", place):
        file = copy(queued, tmp_path)
    settings = bring_back(queued, migrated, tmp_path, file)
    engine = create_engine(settings["EVALSYS_SQLALCHEMY_DATABASE_URI"])
    figures = text("SELECT (SELECT state FROM period), (SELECT count(*) FROM result)")
    with engine.connect() as second:
        assert tuple(second.execute(figures).one()) == ("counting", 0)
    done = run(settings, f"flask closing run {CODE} --yes", file)
    assert done.returncode == 0, done.stdout + done.stderr
    with engine.connect() as second:
        assert tuple(second.execute(figures).one()) == ("closed", 1)
        waits, counted = second.execute(
            text("SELECT (SELECT count(*) FROM intake), (SELECT sum(ballots) FROM tally)")
        ).one()
        assert (waits, counted) == (0, second.scalar(text("SELECT count(*) FROM rating")))
    engine.dispose()
