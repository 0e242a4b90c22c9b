"""What a counting leaves in the files of the database when it is killed, or somebody reads them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.ballots.models import Intake
from evalsys.ratings.counting import service as counting
from evalsys.ratings.counting import wiping
from evalsys.ratings.counting.service import count_due
from tests.databases import KIND
from tests.ratings.intake import DAY_AFTER, leave_ballots


def marks_of_intake() -> Any:
    """What a new writing of the intake changes: its file on PostgreSQL, the log on SQLite."""
    db.session.rollback()
    if KIND == "postgresql":
        return db.session.scalar(select(func.pg_relation_filenode("intake")))
    return Path(f"{db.engine.url.database}-wal").stat().st_size


@pytest.mark.usefixtures("app")
def test_what_a_killed_counting_left_in_the_files_goes_with_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leave_ballots(25)
    with monkeypatch.context() as patch:
        patch.setattr(counting, "wipe", killed)
        with pytest.raises(KeyboardInterrupt):
            count_due(SYSTEM, on=DAY_AFTER)
    assert db.session.scalar(select(func.count()).select_from(Intake)) == 0, "all are counted"
    before = marks_of_intake()
    summary = count_due(SYSTEM, on=DAY_AFTER)
    assert (summary.counted.ballots, summary.is_wiped) == (0, True)
    assert marks_of_intake() == 0 if KIND == "sqlite" else marks_of_intake() != before


def killed() -> bool:
    raise KeyboardInterrupt


@pytest.mark.only("sqlite", "its write-ahead log")
@pytest.mark.usefixtures("app")
def test_a_log_that_a_reader_keeps_is_told_and_emptied_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wiping, "LONGEST_WAIT", 5)
    leave_ballots(25)
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM organ").fetchone()
        assert not count_due(SYSTEM, on=DAY_AFTER).is_wiped
    assert count_due(SYSTEM, on=DAY_AFTER).is_wiped
    assert marks_of_intake() == 0
