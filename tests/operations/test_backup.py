import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.foundation.accounts.models import SignInSession
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.runner import run_next
from evalsys.foundation.jobs.service import start_job
from evalsys.operations import backup
from evalsys.organisation.org.models import Organ
from tests.factories import JULY, make_organ, make_user, save

on_sqlite = pytest.mark.only("sqlite", "PostgreSQL has its own tools")


@on_sqlite
def test_a_backup_brings_back_what_was_and_keeps_what_is(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "evening.sqlite3"
    run = app.test_cli_runner().invoke
    user = make_user()
    session = {"token_hash": b"x", "user_id": user.id, "role": user.role, "seen_at": JULY}
    save(SignInSession(**session, started_at=JULY))
    make_organ(name="审批局")
    assert run(args=["backup", str(file)]).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    make_organ(name="made after the backup")

    for typed in ("", "n\n"):
        answer = run(args=["restore", str(file)], input=typed)
        assert answer.exit_code == 1
        assert "Error: Nothing was changed. With --yes" in answer.output
    assert db.session.scalar(select(func.count()).select_from(Organ)) == 2

    db.session.remove()
    answer = run(args=["restore", str(file), "--yes"])
    assert answer.exit_code == 0, answer.output
    assert db.session.scalars(select(Organ.name)).all() == ["审批局"]
    assert db.session.scalars(select(SignInSession.ended_at)).one() is not None
    line = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert line is not None
    assert (line.action, line.subject_id) == (Action.DATABASE_RESTORE, file.name)
    (kept,) = tmp_path.glob("test.sqlite3.before-restore-*")
    with closing(sqlite3.connect(kept)) as before:
        assert before.execute("SELECT count(*) FROM organ").fetchone() == (2,)


@on_sqlite
def test_no_job_after_a_restore_is_stopped_for_one_of_its_number(
    app: Flask, tmp_path: Path
) -> None:
    app.config["JOBS_IMMEDIATE"] = False
    file = tmp_path / "evening.sqlite3"
    backup.back_up(file)
    stopped = start_job(SYSTEM, "jobs.tidy", {}, now=JULY)
    signals.ask_to_stop(stopped.run_id, None)
    number = stopped.id
    answer = app.test_cli_runner().invoke(args=["restore", str(file), "--yes"])
    assert answer.exit_code == 0, answer.output
    start_job(SYSTEM, "jobs.tidy", {}, now=JULY + timedelta(minutes=1))
    run_next("worker", JULY)
    job = db.session.scalars(select(Job)).one()
    assert (job.id, job.state) == (number, JobState.DONE)


@on_sqlite
@pytest.mark.usefixtures("app")
def test_a_backup_is_whole_while_others_write(tmp_path: Path) -> None:
    file = tmp_path / "copy.sqlite3"
    with closing(sqlite3.connect(tmp_path / "test.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO organ (code, name) VALUES ('A', 'half')")
        backup.back_up(file)
        other.execute("ROLLBACK")
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT count(*) FROM organ").fetchone() == (0,)


@on_sqlite
@pytest.mark.usefixtures("app")
def test_a_backup_never_overwrites(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="Name another file"):
        backup.back_up(tmp_path / "test.sqlite3")


@on_sqlite
def test_what_is_no_backup_changes_nothing(app: Flask, tmp_path: Path) -> None:
    make_organ(name="审批局")
    good, absent = tmp_path / "good.sqlite3", tmp_path / "absent.sqlite3"
    backup.back_up(good)
    text_file, torn, other = (tmp_path / name for name in ("text", "torn", "other"))
    text_file.write_text("no database")
    torn.write_bytes(good.read_bytes()[:40_000])
    sqlite3.connect(other).close()
    for file in (absent, text_file, torn, other):
        answer = app.test_cli_runner().invoke(args=["restore", str(file), "--yes"])
        assert answer.exit_code == 1
        assert "no intact backup" in answer.output
    assert not absent.exists()
    assert db.session.scalars(select(Organ.name)).all() == ["审批局"]


@on_sqlite
@pytest.mark.usefixtures("app")
def test_a_backup_of_a_later_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "later.sqlite3"
    backup.back_up(file)
    with closing(sqlite3.connect(file)) as later, later:
        later.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DomainError, match="was made by a later version of this system"):
        backup.restore(file, now=JULY)


@pytest.mark.only("postgresql", "SQLite is copied")
def test_postgresql_is_sent_to_its_own_tools(app: Flask, tmp_path: Path) -> None:
    db.session.execute(text("SELECT 1"))
    answer = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "file")])
    assert answer.exit_code == 1
    assert "pg_dump" in answer.output
