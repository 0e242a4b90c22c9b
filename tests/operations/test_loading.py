"""Production processes import no large library before it is needed."""

import tomllib
from typing import Any

import pytest
from flask import Flask

from tests import production
from tests.databases import KIND
from tests.servers import ROOT

SERVER = """
import json, sys
from wsgi import app

client = app.test_client()
answers = {page: client.get(page).status_code for page in ("/", "/r", "/login", "/healthz")}
print(json.dumps([answers, [*sys.modules]]))
"""
COMMAND = """
import json, sys
from wsgi import app

done = app.test_cli_runner().invoke(args=["accounts", "list"])
print(json.dumps([{"accounts list": done.exit_code}, [*sys.modules]]))
"""
BROUGHT_ALONG = {"lxml", "numpy", "PIL"}  # by those of the list
NEEDED = {"evalsys.features"}  # by every process that serves


def large() -> set[str]:
    """Return the modules that ruff bans at the top level of a file, from pyproject.toml."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    return {*rules["flake8-tidy-imports"]["banned-module-level-imports"]} | BROUGHT_ALONG


def test_a_rule_is_loaded_without_the_rooms_above(app: Flask) -> None:
    """Keeps the tests of rules fast."""
    rule = "import json, sys, evalsys.scores.rules.formulas; print(json.dumps([*sys.modules]))"
    modules = set(production.run(app, rule))
    above = ("exports", "personnel", "operations", "demo", "roster", "results", "features")
    assert [one for one in modules if one.startswith(tuple(f"evalsys.{it}" for it in above))] == []


@pytest.mark.parametrize("process", [SERVER, COMMAND], ids=["server", "command"])
def test_a_process_loads_no_large_library_to_start(app: Flask, process: str) -> None:
    answers: dict[str, int]
    modules: list[Any]
    answers, modules = production.run(app, process)
    assert set(answers.values()) <= {0, 200, 302}, answers
    of_the_database = (
        {"psycopg", "sqlalchemy.dialects.postgresql"} if KIND == "postgresql" else set()
    )
    assert large() & set(modules) == NEEDED | of_the_database


def test_the_list_names_modules_that_are_there() -> None:
    """A module that was moved would be loaded early again, and no test would see it."""
    ours = {name for name in large() if name.startswith("evalsys.")}
    assert ours
    assert [name for name in ours if not (ROOT / f"{name.replace('.', '/')}.py").is_file()] == []
