"""A backup brought back on another machine, word for word as the manual says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from evalsys.core.extensions import db
from evalsys.operations.models import Installation
from tests.feedback.reviews import LOW, Hall
from tests.servers import ROOT, serve, settings_of

pytestmark = pytest.mark.only("sqlite", "PostgreSQL has its own tools")
FILE = "/var/backups/evalsys/2026-11-24.sqlite3"
OTHER = "another-Key-7RzW5bNc8LpYd4HsGfA6eU"


def documented(heading: str, nth: int = 0) -> list[str]:
    """The commands of a code block below a heading of the manual, without their remarks."""
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    part = manual.partition(f"\n{heading}\n")[2]
    lines = re.findall(r"```\n(.*?)```", part, re.DOTALL)[nth].splitlines()
    return [line.partition("    #")[0].strip() for line in lines]


def run(settings: dict[str, str], line: str, file: Path) -> "subprocess.CompletedProcess[str]":
    """Run a line of the manual with the settings of a machine and the file of this test."""
    words = shlex.split(line.replace(FILE, str(file)))
    assert words[0] == "flask"
    environment = {**os.environ, **settings, "EVALSYS_BABEL_DEFAULT_LOCALE": "en"}
    command = [sys.executable, "-m", "flask", *words[1:]]
    return subprocess.run(
        command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )


def machine(folder: Path, secret: str) -> dict[str, str]:
    """The settings of a new, empty machine."""
    folder.mkdir(mode=0o700)
    return {
        "EVALSYS_SECRET_KEY": secret,
        "EVALSYS_SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'evalsys.sqlite3'}",
        "EVALSYS_DATA_DIR": str(folder),
    }


@pytest.fixture
def backup(app: Flask, tmp_path: Path) -> Path:
    """A backup of a machine on which a ballot waits; it never had its server started."""
    app.config["SECRET_KEY"] = "k3J9xQ2mVt7RzW5bNc8LpYd4HsGfA6eU"
    Hall().leave(LOW)
    with db.engine.begin() as connection:
        connection.execute(update(Installation).values(key_check=None))
    file = tmp_path / "2026-11-24.sqlite3"
    done = run(settings_of(app), documented("## Backup")[0], file)
    assert done.returncode == 0, done.stderr
    return file


def test_with_the_same_key_all_is_there_and_the_server_starts(
    app: Flask, backup: Path, tmp_path: Path
) -> None:
    settings = machine(tmp_path / "second", app.config["SECRET_KEY"])
    lines = documented("### On another machine")
    ended = {line.partition(" /")[0]: run(settings, line, backup) for line in lines}
    assert [done.stdout + done.stderr for done in ended.values() if done.returncode] == []
    assert "under another secret key" not in "".join(done.stderr for done in ended.values())
    with serve(settings) as server:
        assert server.url


def test_with_another_key_it_is_said_and_neither_key_nor_ballots_are_taken(
    backup: Path, tmp_path: Path
) -> None:
    settings = machine(tmp_path / "second", OTHER)
    restore, check, *_ = documented("### On another machine")
    done = run(settings, restore, backup)
    assert done.returncode == 0
    assert "sealed under another secret key" in done.stderr
    for _again in range(2):
        done = run(settings, check, backup)
        assert (done.returncode, "flask secret adopt" in done.stderr) == (1, True)
    assert "is not the key of this database" in run(settings, "flask doctor", backup).stdout
