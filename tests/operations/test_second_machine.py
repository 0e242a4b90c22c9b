"""A backup is restored on another machine by the exact commands of the manual."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, update
from werkzeug.datastructures import FileStorage

from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import User
from evalsys.operations.models import Installation
from tests import prepared
from tests.applications import another_database
from tests.cases.papers.files import pdf
from tests.databases import programs
from tests.foundation.accounts.phones import give_password, make_known
from tests.personnel.feedback.reviews import LOW, Hall
from tests.servers import ROOT, Server, serve, settings_of
from tests.visitors import Visitor
from tests.world import Place, make_world

sqlite = pytest.mark.only("sqlite", "PostgreSQL has its own tools")
postgresql = pytest.mark.only("postgresql", "its own tools")
FILE = "/var/backups/evalsys/2026-11-24.sqlite3"
DUMP = "pg_dump -Fc evalsys > evalsys.dump"  # As in the manual.
OTHER = "another-Key-7RzW5bNc8LpYd4HsGfA6eU"


def documented(heading: str, nth: int = 0) -> list[str]:
    """Return the commands of a code block below a heading of the manual, without comments."""
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    part = manual.partition(f"\n{heading}\n")[2]
    lines = re.findall(r"```\n(.*?)```", part, re.DOTALL)[nth].splitlines()
    return [line.partition("    #")[0].strip() for line in lines]


def run(settings: dict[str, str], line: str, file: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command of the manual with the settings of a machine and the file of this test."""
    words = shlex.split(line.replace(FILE, str(file)))
    assert words[0] == "flask"
    environment = {**os.environ, **settings, "EVALSYS_BABEL_DEFAULT_LOCALE": "en"}
    command = [sys.executable, "-m", "flask", *words[1:]]
    return prepared.run(command, cwd=ROOT, env=environment)


def machine(folder: Path, secret: str) -> dict[str, str]:
    """Return the settings of a new, empty machine."""
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


@sqlite
def test_with_the_same_key_all_is_there_and_the_server_starts(
    app: Flask, backup: Path, tmp_path: Path
) -> None:
    settings = machine(tmp_path / "second", app.config["SECRET_KEY"])
    lines = documented("### On another machine")
    ended = {line.partition(" /")[0]: run(settings, line, backup) for line in lines}
    assert [done.stdout + done.stderr for done in ended.values() if done.returncode] == []
    assert "under another secret key" not in "".join(done.stderr for done in ended.values())
    with serve(settings, is_prepared=False) as server:
        assert server.url


@sqlite
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


@sqlite
def test_a_folder_that_is_not_there_is_named(app: Flask, backup: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    done = run(settings_of(app), documented("## Backup")[0], absent / "2026-11-24.sqlite3")
    assert (done.returncode, f"There is no folder {absent}" in done.stderr) == (2, True)
    settings = machine(absent, app.config["SECRET_KEY"])
    absent.rmdir()
    done = run(settings, documented("### On another machine")[0], backup)
    assert (done.returncode, f"There is no folder {absent}" in done.stderr) == (1, True)


@dataclass(frozen=True)
class Seen:
    """What a user saw on the first machine, and their credentials."""

    user: User
    recovery: str
    figures: list[str]
    file: str


def figures(visitor: Visitor) -> list[str]:
    """The rows of the ranking, word by word."""
    page = visitor.get("/ranking")
    assert page.status_code == 200
    rows = re.findall(r"<tr.*?</tr>", page.text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def use(app: Flask, server: Server) -> Seen:
    """Sign in for the first time, read the ranking and add a file to a case."""
    with app.test_request_context():
        world = make_world()
    user = make_known()
    visitor = Visitor(server.url)
    kept = visitor.sign_in(user)
    assert kept is not None, "the second factor is demanded"
    file = FileStorage(BytesIO(pdf()), filename="台账.pdf")
    data = {"kind": "work_result", "title": "台账", "body": "见附件", "files": file}
    case = f"/cases/{world.cases[Place.OWN].id}"
    assert visitor.post(f"{case}/evidence", data).status_code == 303
    link = re.search(r"/attachments/\d+", visitor.get(case).text)
    assert link is not None
    return Seen(user, kept[1][0], figures(visitor), link[0])


def find_again(server: Server, seen: Seen) -> None:
    """Sign in on the other machine, with password and recovery code: all is as it was."""
    visitor = Visitor(server.url)
    visitor.get("/login")
    assert give_password(visitor, seen.user) == "/second-factor"
    visitor.get("/second-factor")
    assert visitor.post("/second-factor", {"code": seen.recovery}).status_code == 303
    assert figures(visitor) == seen.figures
    assert any(re.search(r"\d+\.\d\d", row) for row in seen.figures)
    answer = visitor.get(seen.file)
    assert (answer.status_code, answer.data) == (200, pdf())


@pytest.fixture
def first(app: Flask) -> dict[str, str]:
    """The settings of the first machine."""
    app.config["SECRET_KEY"] = "k3J9xQ2mVt7RzW5bNc8LpYd4HsGfA6eU"
    app.config["SECOND_FACTOR"] = "required"
    return settings_of(app)


@sqlite
def test_who_signs_in_there_finds_the_same_figures_and_files(
    app: Flask, first: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "2026-11-24.sqlite3"
    with serve(first) as server:
        seen = use(app, server)
        done = run(first, documented("## Backup")[0], file)
        assert done.returncode == 0, done.stderr
    settings = machine(tmp_path / "second", app.config["SECRET_KEY"])
    for line in documented("### On another machine"):
        done = run(settings, line, file)
        assert done.returncode == 0, done.stdout + done.stderr
    with serve(settings | {"EVALSYS_SECOND_FACTOR": "required"}) as server:
        find_again(server, seen)


def tools(app: Flask) -> dict[str, str]:
    """Return the environment for PostgreSQL's tools to find the cluster of the tests."""
    at = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    return {
        **os.environ,
        "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(at.host),
        "PGPORT": str(at.port),
        "PGUSER": str(at.username),
    }


def shell(app: Flask, folder: Path, line: str) -> None:
    """Run a line with PostgreSQL's tools."""
    subprocess.run(["sh", "-c", line], cwd=folder, env=tools(app), check=True)


def bring_dump(app: Flask, folder: Path, name: str) -> list[str]:
    """Restore `evalsys.dump` over a database by the lines of the manual; return those of ours."""
    at = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    lines = documented("### A dump of PostgreSQL")
    theirs = [line for line in lines if not line.startswith("flask ")]
    shell(app, folder, f"dropdb --if-exists {name}_before")
    for line in theirs:
        owned = line.replace("-O evalsys", f"-O {at.username} -T template0")
        shell(app, folder, re.sub(r"\bevalsys(?!\.dump)", name, owned))
    return lines[len(theirs) :]


@postgresql
def test_a_dump_of_postgresql_comes_back_by_the_lines_of_the_manual(
    app: Flask, migrated: str, first: dict[str, str], tmp_path: Path
) -> None:
    second = tmp_path / "second"
    settings = machine(second, app.config["SECRET_KEY"])
    settings["EVALSYS_SQLALCHEMY_DATABASE_URI"] = another_database(migrated, tmp_path, "second")
    assert f"`{DUMP}`" in (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    with serve(first) as server:
        seen = use(app, server)
        shell(app, tmp_path, DUMP)
    shutil.copytree(Path(app.config["DATA_DIR"]) / "attachments", second / "attachments")
    after = bring_dump(app, tmp_path, "second")
    assert after == ["flask db upgrade", "flask secret check", "flask doctor"]
    for line in after:
        done = run(settings, line, tmp_path)
        assert done.returncode == 0 or line == "flask doctor", done.stdout + done.stderr
    assert "PROBLEM" not in done.stdout, done.stdout
    with serve(settings | {"EVALSYS_SECOND_FACTOR": "required"}) as server:
        find_again(server, seen)


@postgresql
def test_a_dump_of_an_earlier_version_replaces_what_a_later_one_made(
    app: Flask, migrated: str, tmp_path: Path
) -> None:
    settings = machine(tmp_path / "second", OTHER)
    uri = another_database(migrated, tmp_path, "earlier", template="template0")
    settings["EVALSYS_SQLALCHEMY_DATABASE_URI"] = uri
    assert run(settings, "flask db upgrade 0033", tmp_path).returncode == 0
    shell(app, tmp_path, DUMP.replace("-Fc evalsys", "-Fc earlier"))
    settings["EVALSYS_SQLALCHEMY_DATABASE_URI"] = another_database(migrated, tmp_path, "second")
    for line in bring_dump(app, tmp_path, "second"):
        done = run(settings, line, tmp_path)
        assert done.returncode == 0 or line == "flask doctor", done.stdout + done.stderr
    assert "✓ The tables are those of this version" in done.stdout
