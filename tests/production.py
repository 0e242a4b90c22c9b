"""The application as production starts it: other processes, from `wsgi`, without our tests."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from flask import Flask, has_app_context

from evalsys.core.extensions import db
from tests import prepared

ROOT = Path(__file__).parent.parent
INVENTORY = """
import json, sys
from wsgi import app
from evalsys.cases.engine.kinds import kinds_of
from evalsys.personnel.sheets.registers import registers_of
from evalsys.foundation.jobs.handlers import jobs_of
from evalsys.ratings.counting.hooks import hooks_of
from evalsys.results.reports.sheets.registry import books_of

def names(functions):
    return sorted(f"{one.__module__}.{one.__qualname__}" for one in functions)

def commands(group):
    for one in group.commands.values():
        yield from commands(one) if hasattr(one, "commands") else [one.callback]

hooks = hooks_of(app)
print(json.dumps({
    "modules": sorted(name for name in sys.modules if name.split(".")[0] == "evalsys"),
    "tests": sorted(name for name in sys.modules if name.split(".")[0] == "tests"),
    "views": names(app.view_functions.values()),
    "commands": names(commands(app.cli)),
    "jobs": {name: str(job.at) if job.at else None for name, job in jobs_of(app).items()},
    "kinds": {name: [m.name for m in kind.machine.moves] for name, kind in kinds_of(app).items()},
    "hooks": {name: names(registered) for name, registered in vars(hooks).items()},
    "menus": [[entry.menu, entry.endpoint] for entry in app.extensions["evalsys.menus"]],
    "tasks": names(each.tasks for each in app.extensions["evalsys.tasks"]),
    "papers": [[kind.name, move] for kind in kinds_of(app).values() for move in kind.papers],
    "books": sorted([*books_of(app), *registers_of(app)]),
    "templates": {
        "filters": sorted(app.jinja_env.filters), "globals": sorted(app.jinja_env.globals),
    },
}))
"""


def environment(app: Flask) -> dict[str, str]:
    """The settings of a process of production on the database and files of an application.

    They are all: of the settings of the tests it has only where the data are, and the key.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "PYTHONUTF8": "1",
        "EVALSYS_SECRET_KEY": app.config["SECRET_KEY"],
        "EVALSYS_SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"],
        "EVALSYS_DATA_DIR": app.config["DATA_DIR"],
    }


def run(app: Flask, code: str) -> Any:
    """Run code in a process of production that begins from nothing; return the JSON it prints."""
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=ROOT, env=environment(app), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def command(app: Flask, *arguments: str) -> str:
    """Run a command of the application as production does; return what it prints.

    Nothing that the test has read before is held any more: a counting would wait for it.
    """
    if has_app_context():
        db.session.rollback()
    line = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = prepared.run(line, cwd=ROOT, env=environment(app))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def start(app: Flask, *arguments: str) -> subprocess.Popen[str]:
    """Start a command that runs until it is stopped."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    return prepared.Popen(command, cwd=ROOT, env=environment(app), text=True)


def inventory(app: Flask) -> Any:
    """Return what an application of production can do, by name."""
    return run(app, INVENTORY)
