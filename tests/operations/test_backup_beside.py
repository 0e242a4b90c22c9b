"""Backups under concurrent ballots, beside a second backup, and killed ones."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import SignInSession, User
from evalsys.foundation.accounts.service import start_session
from evalsys.operations import backup
from tests import prepared
from tests.factories import JULY, make_organ, make_user
from tests.operations.test_second_machine import documented, run
from tests.servers import ROOT, settings_of

sqlite = pytest.mark.only("sqlite", "PostgreSQL has its own tools")
# Stops at a step of the backup, as it was begun by the command.
HALTING = """
import sys, time
from pathlib import Path
from unittest.mock import patch
from flask.cli import main

place, mark = sys.argv.pop(1), sys.argv.pop(1)

def halt(*args, **more):
    Path(mark).touch()
    time.sleep(600)

with patch(place, halt):
    main()
"""


@pytest.fixture
def writing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Write a row after each page that a backup copies; record the remaining pages."""
    make_organ(code="0")
    file, left = backup.database_file(), list[int]()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:

        def step(_status: int, remaining: int, total: int) -> None:
            other.execute("UPDATE organ SET name = name || 'x'")
            left.append(remaining)
            assert len(left) <= 2 * total, "it begins anew each time"

        class Slowly(sqlite3.Connection):
            def backup(self, target: sqlite3.Connection, **_how: Any) -> None:
                super().backup(target, pages=1, progress=step)

        def connect(path: Path) -> sqlite3.Connection:
            return sqlite3.connect(f"file:{path}?mode=ro", uri=True, factory=Slowly)

        monkeypatch.setattr(backup, "_connect", connect)
        yield left


@sqlite
def test_a_backup_ends_although_ballots_come_without_a_pause(
    writing: list[int], tmp_path: Path
) -> None:
    backup.back_up(tmp_path / "copy.sqlite3")
    assert writing == sorted(writing, reverse=True)
    assert len(writing) > 100
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
        (name,) = copy.execute("SELECT name FROM organ").fetchone()
    assert "x" not in name, "it is the state of the moment in which it began"


def start_and_stop(
    app: Flask, file: Path, place: str, mark: Path, command: str = "backup", *more: str
) -> "subprocess.Popen[bytes]":
    """Start the command of the manual; return when it has reached a place in the code."""
    words = [sys.executable, "-c", HALTING, place, str(mark), command, str(file), *more]
    process = prepared.Popen[bytes](words, cwd=ROOT, env={**os.environ, **settings_of(app)})
    while not mark.exists():
        assert process.poll() is None
        time.sleep(0.05)
    return process


PLACES = ["pack_files", "_check", "os.fsync"]


@sqlite
@pytest.mark.parametrize("place", PLACES)
def test_a_killed_backup_is_taken_for_none_and_the_next_one_is_whole(
    app: Flask, tmp_path: Path, place: str
) -> None:
    make_organ(name="审批局")
    file = tmp_path / "2026-11-24.sqlite3"
    with start_and_stop(app, file, f"evalsys.operations.backup.{place}", tmp_path / "mark") as half:
        os.kill(half.pid, signal.SIGKILL)
    assert not file.exists()
    [left] = tmp_path.glob("*.part")
    done = run(settings_of(app), f"flask restore {left} --yes", file)
    assert (done.returncode, "no intact backup" in done.stderr) == (1, True), "it lacks the files"
    next_day = tmp_path / "2026-11-25.sqlite3"
    done = run(settings_of(app), documented("## Backup")[0], next_day)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("*.part*")), "nothing of the first is left"
    assert run(settings_of(app), documented("## Backup")[2], next_day).returncode == 0


@sqlite
def test_two_backups_to_one_file_do_not_write_into_each_other(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "2026-11-24.sqlite3"
    place = "evalsys.operations.backup.pack_files"
    with start_and_stop(app, file, place, tmp_path / "mark") as first:
        done = run(settings_of(app), documented("## Backup")[0], file)
        assert (done.returncode, "is running at this moment" in done.stderr) == (1, True)
        assert first.poll() is None
        os.kill(first.pid, signal.SIGKILL)


@sqlite
@pytest.mark.usefixtures("app")
def test_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "copy.sqlite3"
    monkeypatch.setattr(backup, "pack_files", lambda _part: file.write_text("somebody else's"))
    with pytest.raises(DomainError, match="Name another file"):
        backup.back_up(file)
    assert file.read_text() == "somebody else's"
    assert not list(tmp_path.glob("*.part"))


@sqlite
@pytest.mark.parametrize("place", ["_copy", "_end_sessions", "unpack_files", "is_at_head"])
def test_a_restore_that_is_killed_leaves_no_sign_in_open_and_is_made_again(
    app: Flask, tmp_path: Path, place: str
) -> None:
    file = tmp_path / "2026-11-24.sqlite3"
    user = make_user(display_name="从前")
    with unit_of_work(user.actor) as unit:
        start_session(unit, user, now=JULY)
    backup.back_up(file)
    user.display_name = "现在"
    db.session.scalars(select(SignInSession)).one().ended_at = JULY
    db.session.commit()
    with start_and_stop(
        app, file, f"evalsys.operations.backup.{place}", tmp_path / "mark", "restore", "--yes"
    ) as half:
        os.kill(half.pid, signal.SIGKILL)
    db.session.rollback()
    named = db.session.scalars(select(User.display_name)).one()
    assert named == ("从前" if place == "is_at_head" else "现在"), "the one or the other, whole"
    assert db.session.scalars(select(SignInSession.ended_at)).one() is not None
    done = run(settings_of(app), documented("## Backup")[2], file)
    assert done.returncode == 0, done.stderr
    db.session.rollback()
    assert db.session.scalars(select(User.display_name)).one() == "从前"
    assert not list(tmp_path.glob("*.part*")), "nothing of the killed one is left"
