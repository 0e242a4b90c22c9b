"""A wrong secret key is detected at the start, before anything is written under it."""

import os
import subprocess
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.operations.models import Installation
from evalsys.operations.secret_check import check_value
from tests import prepared
from tests.servers import ROOT, settings_of

RIGHT, WRONG = "k3J9xQ2mVt7RzW5bNc8LpYd4HsGfA6eU", "another-Key-7RzW5bNc8LpYd4HsGfA6eU"
SERVER = (sys.executable, "-c", "import wsgi")
FLASK = (sys.executable, "-m", "flask")


def run(app: Flask, secret: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run an operator's command in a separate process."""
    environment = {**os.environ, **settings_of(app), "EVALSYS_SECRET_KEY": secret}
    environment["EVALSYS_BABEL_DEFAULT_LOCALE"] = "en"
    return prepared.run(command, cwd=ROOT, env=environment, timeout=120)


def test_the_first_start_keeps_a_value_and_any_other_key_is_refused(app: Flask) -> None:
    assert run(app, RIGHT, *SERVER).returncode == 0
    assert db.session.scalar(select(Installation.key_check)) == check_value(RIGHT)
    db.session.rollback()
    for command in (SERVER, (*FLASK, "jobs", "work"), (*FLASK, "secret", "check")):
        done = run(app, WRONG, *command)
        assert done.returncode == 1, command
        assert "is not the key of this database" in done.stderr
        assert "flask secret adopt" in done.stderr
    assert run(app, RIGHT, *FLASK, "secret", "check").returncode == 0


def test_a_command_with_another_key_does_nothing_unless_it_mends(app: Flask) -> None:
    """A counting opened no ballot, and said that all of them wait for more."""
    assert run(app, RIGHT, *SERVER).returncode == 0
    for words in (
        *("ratings count", "accounts create zhou --role sysadmin", "demo load", "cases --help"),
    ):
        done = run(app, WRONG, *FLASK, *words.split())
        is_help = "--help" in words
        assert done.returncode == (0 if is_help else 1), words
        assert is_help or "is not the key of this database" in done.stderr, words
    for words in ("doctor", "db current"):
        assert "secret adopt" not in run(app, WRONG, *FLASK, *words.split()).stderr, words
    assert run(app, RIGHT, *FLASK, "ratings", "count").returncode == 0


def test_a_key_that_is_lost_can_be_replaced_knowingly(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["secret", "check"]).exit_code == 0
    asked = run(app, WRONG, *FLASK, "secret", "adopt")
    assert (asked.returncode, "stays unreadable" in asked.stderr) == (1, True)
    assert "Error: Nothing was changed. With --yes" in asked.stderr
    assert run(app, WRONG, *FLASK, "secret", "check").returncode == 1
    assert run(app, WRONG, *FLASK, "secret", "adopt", "--yes").returncode == 0
    assert run(app, WRONG, *FLASK, "secret", "check").returncode == 0
    kept = select(AuditEvent.action).where(AuditEvent.action == Action.SECRET_ADOPT)
    assert db.session.scalars(kept).all() == [Action.SECRET_ADOPT]


def test_a_server_whose_database_is_away_or_empty_starts_all_the_same(
    app: Flask, tmp_path: Path
) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    assert run(app, RIGHT, *SERVER).returncode == 0
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"
    assert run(app, RIGHT, *SERVER).returncode == 0


def test_the_value_tells_nothing_of_the_key() -> None:
    assert len(check_value(RIGHT)) == 32
    assert check_value(RIGHT) == check_value(RIGHT) != check_value(WRONG)
    assert RIGHT.encode() not in check_value(RIGHT)
