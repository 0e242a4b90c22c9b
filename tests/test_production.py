"""What a feature has is there, and works, in an application that was started as in production."""

import ast
import functools
import re
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.cases.engine.models import Notice, Subject
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI
from evalsys.foundation.jobs.handlers import schedule
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.foundation.jobs.worker import keep_schedule
from evalsys.ratings.ballots.models import Exclusion, Intake, Rating
from evalsys.scores.models import MemberScore
from tests import production
from tests.factories import make_period
from tests.foundation.jobs.conftest import until
from tests.personnel.feedback.reviews import COUNTED, LOW, Hall, review_of
from tests.test_house import ROOT, name_of, sources, tree_of

PRODUCT = sources("evalsys")
# Started as a program, not imported.
PROGRAMS = {
    *("wsgi", "evalsys.operations.start", "evalsys.operations.catalogues"),
    *(
        "evalsys.foundation.uploads.reading.child",
        "evalsys.foundation.uploads.reading.sandbox.book",
    ),
}
NIGHT = datetime(2026, 11, 24, 23, tzinfo=SHANGHAI)


@functools.cache
def known_inventory() -> Any:
    """Started once, on the database of the first test that asks; no database changes what it is."""
    return production.inventory(current_app)


@pytest.fixture
def inventory(app: Flask) -> Any:
    return known_inventory()


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def decorated(*names: str) -> Iterator[str]:
    """Every function of the product with one of some decorators, by its full name."""
    for path in PRODUCT:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef):
                used = {ast.unparse(one).partition("(")[0] for one in node.decorator_list}
                if any(one in names or one.endswith(".command") for one in used):
                    yield f"{module_of(path)}.{node.name}"


def constant(path: Path, words: str) -> str:
    """The value of a constant, as a module names it: KIND, or rules.KIND of its feature."""
    module, _, name = words.rpartition(".")
    source = path
    for node in tree_of(path).body:
        for one in node.names if module and isinstance(node, ast.ImportFrom) else ():
            if isinstance(node, ast.ImportFrom) and (one.asname or one.name) == module:
                source = ROOT / f"{str(node.module).replace('.', '/')}/{one.name}.py"
    for node in tree_of(source).body:
        for one in node.names if isinstance(node, ast.ImportFrom) else ():
            if isinstance(node, ast.ImportFrom) and (one.asname or one.name) == name:
                return constant(ROOT / f"{str(node.module).replace('.', '/')}.py", one.name)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return str(ast.literal_eval(node.value))
    raise LookupError(words)


def named(call: str, place: int = 0) -> set[str]:
    """The first argument, or another one, of every call of a class of the product."""
    return {
        str(first.value) if isinstance(first, ast.Constant) else constant(path, ast.unparse(first))
        for path in PRODUCT
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == call
        for first in node.args[place : place + 1]
    }


def test_nothing_of_the_tests_is_needed_and_every_feature_is_complete(inventory: Any) -> None:
    assert inventory["tests"] == []
    commands = set(decorated("click.command"))
    views = set(decorated("public", "requires")) - commands
    assert views - set(inventory["views"]) == set()
    assert commands - views - set(inventory["commands"]) == set()
    assert inventory["jobs"].keys() == named("JobKind")
    assert inventory["kinds"].keys() == named("Kind")
    assert {endpoint for _menu, endpoint in inventory["menus"]} == named("MenuEntry", 1)
    assert inventory["hooks"] == {
        "before_counting": ["evalsys.personnel.feedback.setting_aside.set_decided_aside"],
        "after_low_ballots": ["evalsys.personnel.feedback.service.open_reviews"],
        "asked_contacts": ["evalsys.personnel.feedback.contacts.asked_for"],
    }
    assert {name: at for name, at in inventory["jobs"].items() if at} == {
        "ratings.count": "02:30:00",
        "jobs.tidy": "03:30:00",
        "chiefs.lapse": "03:50:00",
        "cases.tidy": "03:40:00",
        "feedback.tidy": "03:40:00",
        "hotline.tidy": "03:40:00",
        "pool.remind_mentors": "08:50:00",
        "matters.escalate": "08:40:00",
        "cases.remind": "09:00:00",
    }


def test_what_the_suite_starts_is_what_production_starts(app: Flask, inventory: Any) -> None:
    """So a test that goes through the application of the suite says something of production."""
    views = {f"{one.__module__}.{one.__qualname__}" for one in app.view_functions.values()}
    assert views == set(inventory["views"])
    assert sorted(app.jinja_env.filters) == inventory["templates"]["filters"]
    assert sorted(app.jinja_env.globals) == inventory["templates"]["globals"]
    assert schedule().keys() == {name for name, at in inventory["jobs"].items() if at}


def test_every_letter_belongs_to_a_step_that_production_knows(inventory: Any) -> None:
    moves = {kind: set(names) for kind, names in inventory["kinds"].items()}
    assert [key for key in inventory["papers"] if key[1] not in moves[key[0]]] == []


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a module imports, at its top or later."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            near = module_of(path.parent) + "." if node.level else ""
            yield near + node.module
            yield from (f"{near}{node.module}.{alias.name}" for alias in node.names)


def test_no_module_of_the_product_is_imported_by_nothing_of_the_product() -> None:
    paths = {module_of(path): path for path in [*PRODUCT, ROOT / "wsgi.py"]}
    reached, ahead = set[str](), [*PROGRAMS]
    while ahead:
        name = ahead.pop()
        if name in paths and name not in reached:
            reached.add(name)
            ahead += [*imports_of(paths[name]), name.rpartition(".")[0]]
    assert paths.keys() - reached == set()


# The blueprint on which workbooks come in and go out, whichever room reads or writes them.
IN_AND_OUT = "evalsys.foundation.spreadsheets.blueprint"
# Statements at the top of a module that do something -> why that is no registration.
AT_IMPORT = {
    "evalsys/core/database/__init__.py": "a hook of a library",
    "evalsys/core/database/postgresql.py": "hooks of a library",
    "evalsys/core/database/sqlite.py": "hooks of a library, and of the process",
}
# The first names of decorators that register nothing, or into what stands in the same feature.
PLAIN = {
    *("drawn_once", "once"),
    "overload",
    *("bp", "blueprint", "cached_property", "click", "contextmanager", "dataclass", "functools"),
    *("cache", "classmethod", "group", "limiter", "property", "public", "refusals", "requires"),
    *("pass_context", "staticmethod", "validates", "with_appcontext", "wraps"),
}


def test_nothing_registers_itself_when_it_is_imported() -> None:
    """An empty container at the top of a module waits to be filled, a bare call fills one."""
    found = set[str]()
    for path in PRODUCT:
        for node in tree_of(path).body:
            value = getattr(node, "value", None)
            if isinstance(node, ast.Assign | ast.AnnAssign) and value is not None:
                words = ast.unparse(value)
                if words in {"[]", "{}", "set()", "dict()", "list()"} or words.startswith(
                    ("defaultdict(", "collections.defaultdict(", "register(")
                ):
                    found.add(name_of(path))
            if isinstance(node, ast.Expr) and isinstance(value, ast.Call):
                found.add(name_of(path))
        for inner in ast.walk(tree_of(path)):
            if isinstance(inner, ast.FunctionDef | ast.ClassDef):
                used = {re.split(r"\W", ast.unparse(one))[0] for one in inner.decorator_list}
                if {one for one in used - PLAIN if not one.endswith(("_group", "_option"))}:
                    found.add(name_of(path))
    assert found == AT_IMPORT.keys()


def test_pages_and_commands_hang_on_what_their_own_feature_made() -> None:
    foreign = [
        f"{name_of(path)}: {node.module}"
        for path in PRODUCT
        if path.name != "__init__.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if (alias.name in {"bp", "blueprint"} or alias.name == "group")
        and node.module.split(".")[1] != module_of(path).split(".")[1]
        and node.module != IN_AND_OUT
    ]
    assert foreign == []


def step(client: FlaskClient, case: Subject, move: str, **entry: str) -> None:
    answer = client.post(f"/cases/{case.id}/step/{move}", data=entry)
    assert answer.status_code == 303, answer.text


def test_a_review_that_two_people_exclude_leaves_the_score(app: Flask, sign_in: Any) -> None:
    """From the ballots to the frozen score, with nothing but pages and commands."""
    hall = Hall()
    make_period("2026-Q3")
    low = {"attitude": 1, "efficiency": 1, "reasons": 5, "base_period": "2026-Q3"}
    hall.leave(low)
    production.command(app, "ratings", "count", "--now", COUNTED.isoformat())
    db.session.rollback()
    case = db.session.scalars(select(Subject).filter_by(kind="review")).one()
    finding = {"category": "justified_simple", "attribution": "process", "finding": "系统停机"}
    step(sign_in(hall.chief_user), case, "classify_aside", **finding)
    step(sign_in(hall.hr_user), case, "set_aside", reasons="属实")
    assert review_of(case).sealed_ballot is not None
    production.command(app, "ratings", "count", "--now", COUNTED.isoformat())
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Exclusion)) == 1
    assert review_of(case).sealed_ballot is None
    production.command(app, "closing", "run", "2026-Q3", "--yes")
    db.session.rollback()
    score = db.session.scalars(select(MemberScore).filter_by(staff_id=hall.member.id)).one()
    assert (score.ballots, score.excluded) == (20, 1)


def test_a_worker_of_production_does_what_every_night_has_to_be_done(app: Flask) -> None:
    hall = Hall()
    hall.leave(LOW)
    app.config["JOBS_IMMEDIATE"] = False
    keep_schedule(NIGHT)
    with production.start(app, "jobs", "work", "--no-schedule") as worker:
        try:
            done = select(func.count()).where(Job.state == JobState.DONE)
            until(lambda: db.session.scalar(done) == len(schedule()), seconds=60)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(timeout=30)
    assert db.session.scalar(select(func.count()).where(Subject.kind == "review")) == 1


def test_two_workers_of_production_that_both_keep_the_schedule_do_each_thing_once(
    app: Flask,
) -> None:
    hall = Hall()
    hall.leave(LOW)
    waiting = db.session.scalar(select(func.count()).select_from(Intake))
    app.config["JOBS_IMMEDIATE"] = False
    for _scheduler in "ab":
        keep_schedule(NIGHT)
    workers = [production.start(app, "jobs", "work", "--no-schedule") for _ in "ab"]
    try:
        done = select(func.count()).where(Job.state == JobState.DONE)
        until(lambda: db.session.scalar(done) == len(schedule()), seconds=60)
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        for worker in workers:
            worker.wait(timeout=30)
    assert db.session.scalar(select(func.count()).select_from(Job)) == len(schedule())
    assert db.session.scalar(select(func.count()).select_from(Rating)) == waiting
    assert db.session.scalar(select(func.count()).where(Subject.kind == "review")) == 1
    told = db.session.execute(select(Notice.user_id, Notice.subject_id, Notice.topic)).all()
    assert len(told) == len(set(told))
