from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.operations.checks import CheckResult, Grade, examine, has_wal_bug
from tests.factories import JULY, save

SECRET = "k3J9xQ2mVt7RzW5bNc8LpYd4HsGfA6eU"
AUGUST = datetime(2026, 8, 3, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 3, tzinfo=UTC)


@pytest.fixture
def sound(app: Flask, tmp_path: Path) -> Flask:
    """An installation without a fault."""
    app.config.update(
        SECRET_KEY=SECRET, PUBLIC_URL="https://rate.example.cn", SESSION_COOKIE_SECURE=True
    )
    for path in tmp_path.iterdir():
        path.chmod(0o700 if path.is_dir() else 0o600)
    return app


def problems(now: datetime = AUGUST) -> list[CheckResult]:
    return [finding for finding in examine(now) if finding.grade is Grade.PROBLEM]


def reports(part: str, grade: Grade = Grade.PROBLEM, now: datetime = AUGUST) -> bool:
    return any(part in found.words and found.grade is grade for found in examine(now))


@pytest.mark.usefixtures("sound")
def test_a_sound_installation_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize("secret", ["short", "a" * 64])
def test_a_secret_that_can_be_guessed(sound: Flask, secret: str) -> None:
    sound.config["SECRET_KEY"] = secret
    assert reports("can be guessed")


def test_an_open_public_address(sound: Flask) -> None:
    sound.config["PUBLIC_URL"] = "http://rate.example.cn"
    assert reports("must begin with https")
    sound.config["PUBLIC_URL"] = "http://127.0.0.1:8000"
    assert reports("this machine only", Grade.WARNING)


def test_a_cookie_that_would_travel_in_the_open(sound: Flask) -> None:
    sound.config["SESSION_COOKIE_SECURE"] = False
    assert reports("SESSION_COOKIE_SECURE")


@pytest.mark.usefixtures("sound")
def test_tables_of_another_version() -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert reports("flask db upgrade")
    db.session.rollback()


@pytest.mark.usefixtures("sound")
def test_the_calendar_of_the_next_year_is_missed_from_november_on() -> None:
    assert not reports("2027", Grade.WARNING)
    assert reports("2027", Grade.WARNING, NOVEMBER)
    assert reports("2027", Grade.PROBLEM, datetime(2027, 1, 5, tzinfo=UTC))


@pytest.mark.usefixtures("sound")
def test_a_clock_that_went_back_or_astray() -> None:
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.DEMO_LOAD, "city")
    assert reports("went back", now=datetime.now(UTC) - timedelta(hours=1))
    assert reports("The clock says 2000", now=datetime(2000, 1, 1, tzinfo=UTC))


@pytest.mark.usefixtures("sound")
def test_files_that_everybody_can_read(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    (tmp_path / "secret_key").chmod(0o644)
    assert reports("secret_key", Grade.WARNING)


def test_a_folder_that_is_not_there_is_a_problem_and_stops_no_other_check(sound: Flask) -> None:
    sound.config["DATA_DIR"] = "/nowhere"
    assert reports("/nowhere")
    assert reports("encrypted", Grade.OK)


def test_a_missing_worker_and_lost_jobs_are_warnings(sound: Flask) -> None:
    sound.config["JOBS_IMMEDIATE"] = False
    save(Job(kind="x", params={}, state=JobState.LOST, scope="system::", created_at=JULY))
    assert reports("No worker", Grade.WARNING)
    assert reports("1 lost job", Grade.WARNING)


@pytest.mark.parametrize(
    ("version", "is_hurt"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 9), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
        ((4, 0, 0), False),
    ],
)
def test_which_sqlite_can_lose_a_commit(version: tuple[int, int, int], is_hurt: bool) -> None:
    assert has_wal_bug(version) is is_hurt


@time_machine.travel(AUGUST)
def test_the_doctor_speaks_both_languages_and_exits_with_1_on_a_problem(sound: Flask) -> None:
    run = sound.test_cli_runner().invoke
    assert run(args=["doctor", "--lang", "en"]).exit_code == 0
    sound.config["SECRET_KEY"] = "short"
    answer = run(args=["doctor", "--lang", "en"])
    assert answer.exit_code == 1
    assert "Problems: 1" in answer.output
    assert "1 个问题" in run(args=["doctor", "--lang", "zh"]).output
    assert run(args=["doctor", "--lang", "tlh"]).exit_code == 2
