"""The house guards itself: vocabulary, sizes, layout, dependencies. See docs/architecture.md."""

import ast
import builtins
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes
from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

import evalsys.features  # noqa: F401  # It loads every table, action and word.
from evalsys.core.extensions import metadata
from evalsys.core.pages import ROLES
from evalsys.core.permissions import ROLE_ACTIONS, Action, Role
from evalsys.foundation.accounts.labels import ACTIONS

ROOT = Path(__file__).parent.parent
CODE = ("evalsys", "migrations", "tests")

MOST_LINES, MOST_LINES_OF_TESTS = 300, 500
LONGEST_FUNCTION, LONGEST_JOURNEY = 40, 80  # A journey through the browser is told in one go.
# path, or path:function -> why it may be longer.
LONGER = {
    "migrations/versions/0001_first_tables.py": "written by Alembic, never edited again",
    "migrations/versions/0001_first_tables.py:upgrade": "written by Alembic",
    "migrations/versions/0001_first_tables.py:downgrade": "written by Alembic",
    "migrations/versions/0006_cases.py": "written by Alembic, never edited again",
    "migrations/versions/0006_cases.py:upgrade": "written by Alembic",
    "migrations/versions/0006_cases.py:downgrade": "written by Alembic",
    "migrations/versions/0008_pool.py:upgrade": "written by Alembic",
}

# Who else could? An operator at the terminal, and a lock that nobody asks for.
ONLY_THE_SYSTEM = {
    *(Action.ACCOUNT_LOCK, Action.CONTACT_DELETE),
    *(Action.DATABASE_RESTORE, Action.DEMO_LOAD),
    Action.SECRET_ADOPT,
}

CUSTOMERS = {"evalsys", "migrations", "instance", "config.py", "wsgi.py", "tests"}
CUSTOMERS_LIST = "requirements.txt"
BESIDE = {
    *("docs", "pyproject.toml", "Makefile", "Procfile", "babel.cfg", "CHANGELOG.md", "LICENSE"),
    *("CONTRIBUTING.md", "README.md", "README.zh.md", "requirements.in", "requirements-dev.in"),
    "requirements-dev.txt",
}
NOT_OURS = {"build", "__pycache__"}  # Made by tools; see .gitignore.

# Not imported by us -> where it is named instead.
PROGRAMS = {
    "coverage": "pyproject.toml",
    "djlint": "Makefile",
    "granian": "Procfile",
    "honcho": "evalsys/operations/start.py",
    "import-linter": "Makefile",
    "mypy": "Makefile",
    "pre-commit": "Makefile",
    "pytest-xdist": "Makefile",
    "ruff": "Makefile",
}
LOADED_BY_OTHERS = {
    "defusedxml": "openpyxl reads with it if it is there",
    "lxml": "openpyxl writes with it if it is there",
    "psycopg": "SQLAlchemy loads it for postgresql+psycopg",
}

# Foreign keys without an index. What they point at is deleted by nothing but the undo of an import,
# and read from the other side by no page.
WITHOUT_INDEX = {
    "rating": {"section_id": "read by period first (ix_rating_recount)"},
    "tally": {
        "section_id": "read by period first (primary key)",
        "staff_id": "read by period first (primary key)",
    },
    "pressure_tally": {"section_id": "read by period first (primary key)"},
    "reason_tally": {"section_id": "read by period first (primary key)"},
    "comment": {
        "section_id": "read by period first (ix_comment_base_period_section_id)",
        "reviewed_by": "no account is ever deleted",
    },
    "exclusion": {"decided_by": "no account is ever deleted"},
    "left_as_is": {
        "asked_by": "no account is ever deleted",
        "agreed_by": "no account is ever deleted",
    },
    "policy": {
        "created_by": "no account is ever deleted",
        "adopted_by": "no account is ever deleted",
    },
    "period": {"policy_id": "no policy is ever deleted"},
    "result": {
        "policy_id": "no policy is ever deleted",
        "created_by": "no account is ever deleted",
    },
    "past_import": {
        "batch_id": "a row or two, and only meanwhile",
        "user_id": "a row or two, and only meanwhile",
    },
    "past_seat": {
        "section_id": "empty but while ratings are imported",
        "staff_id": "empty but while ratings are imported",
    },
    "roster_batch": {"user_id": "no account is ever deleted"},
    "proposal": {"section_id": "read by result first"},
    "publication": {"agreed_by": "no account is ever deleted"},
}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def templates() -> list[Path]:
    return sorted((ROOT / "evalsys").rglob("*.html"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a module, with the last name of what is called."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute | ast.Name):
                yield called.attr if isinstance(called, ast.Attribute) else called.id, node


def used_actions() -> set[Action]:
    """The actions that a view requires, an audit line or a step records, or a page asks about."""
    found = set()
    for path in sources("evalsys"):
        for name, call in calls(path):
            if name in {"requires", "record", "may", "Office"}:
                found |= {
                    Action[node.attr]
                    for part in call.args
                    for node in ast.walk(part)
                    if isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "Action"
                }
    return found


def test_every_action_is_used_by_a_view_or_leaves_an_audit_line() -> None:
    assert set(Action) - used_actions() == set()


def test_every_action_is_granted_to_somebody() -> None:
    people = (actions for role, actions in ROLE_ACTIONS.items() if role is not Role.SYSTEM)
    assert set(Action) - frozenset[Action]().union(*people) == ONLY_THE_SYSTEM


def test_every_action_and_every_role_has_its_words() -> None:
    assert ACTIONS.keys() == set(Action)
    assert ROLES.keys() == set(Role) == ROLE_ACTIONS.keys()


def test_the_actions_stand_in_alphabetical_order_and_are_named_alike() -> None:
    assert list(Action) == sorted(Action)
    for action in Action:
        assert action.value.replace(":", "_").replace("-", "_").upper() == action.name


def long_files() -> dict[str, int]:
    """Every file over the limit, with its lines."""
    found = {}
    for path in sources(*CODE):
        lines = path.read_text(encoding="utf-8").count("\n")
        most = MOST_LINES_OF_TESTS if "tests" in path.parts else MOST_LINES
        if lines > most:
            found[name_of(path)] = lines
    return found


def long_functions() -> dict[str, int]:
    """Every function over the limit, as path:function, with its lines."""
    found = {}
    for path in sources(*CODE):
        most = LONGEST_JOURNEY if "browser" in path.parts else LONGEST_FUNCTION
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > most:
                    found[f"{name_of(path)}:{node.name}"] = lines
    return found


def test_no_file_is_longer_than_one_can_read_in_one_go() -> None:
    assert long_files().keys() - LONGER.keys() == set()


def test_no_function_is_longer_than_one_screen() -> None:
    assert long_functions().keys() - LONGER.keys() == set()


def test_the_list_of_what_may_be_longer_is_as_short_as_it_can_be() -> None:
    assert LONGER.keys() - long_files().keys() - long_functions().keys() == set()


def test_no_two_classes_share_a_name() -> None:
    """Who reads an import then knows which of them it is."""
    trees = map(tree_of, sources("evalsys"))
    names = [node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    assert sorted(name for name, times in Counter(names).items() if times > 1) == []


def is_error(thing: object) -> bool:
    """Whether something is a class of errors."""
    return isinstance(thing, type) and issubclass(thing, BaseException)


def test_an_error_has_a_class_only_where_somebody_catches_it() -> None:
    """Else the shared class is raised with the message: `DomainError(N_("..."), name=...)`."""
    bases, caught = {}, {"DomainError", "Conflict"}  # Those that are shared.
    for path in sources("evalsys"):
        tree = tree_of(path)
        made = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        made |= {id(node.exc) for node in ast.walk(tree) if isinstance(node, ast.Raise)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {base.id for base in node.bases if isinstance(base, ast.Name)}
            elif isinstance(node, ast.Name | ast.Attribute) and id(node) not in made:
                caught.add(node.id if isinstance(node, ast.Name) else node.attr)
    errors = {"DomainError"} | {name for name, one in vars(builtins).items() if is_error(one)}
    while more := {name for name, over in bases.items() if over & errors} - errors:
        errors |= more
    assert errors & bases.keys() - caught == set()


def test_nothing_but_the_unit_of_work_commits() -> None:
    committing = {
        name_of(path)
        for path in sources("evalsys")
        for name, call in calls(path)
        if name == "commit" and isinstance(call.func, ast.Attribute)
    }
    assert committing == {"evalsys/core/audit.py"}


def test_every_key_is_derived_in_one_place() -> None:
    found = [
        path for path in sorted((ROOT / "evalsys").rglob("*.py")) if "HKDF" in path.read_text()
    ]
    assert found == [ROOT / "evalsys/core/sealing.py"]


def test_the_core_stays_small() -> None:
    core = {path.stem for path in (ROOT / "evalsys/core").glob("*.py")} - {"__init__"}
    assert core == {
        *("audit", "error_pages", "errors", "extensions"),
        *("forms", "guards", "pages", "permissions", "sealing"),
        *("terms", "city", "sendings", "reads", "clients"),
    }


def test_lines_of_csv_and_workbooks_are_written_in_one_place() -> None:
    """There, text that begins like a formula stays text; tests/exports/test_hostile_texts.py."""
    writers = {
        "csv.writer(": {"foundation/spreadsheets/formulas.py"},
        "csv.DictWriter(": set[str](),
    }
    writers["Workbook("] = {
        "foundation/spreadsheets/workbook.py",
        "roster/marking/annotated.py",
        "roster/marking/template.py",
    }
    writers["write_file("] = {
        "exports/books.py",
        "exports/registers/books.py",
        "exports/registers/archive.py",
        "foundation/spreadsheets/workbook.py",
        "exports/services/book.py",
        "reform/benchmarks/book.py",
        *("reform/reductions/book.py", "roster/people/sheets.py"),
        "supervision/hotline/imports/replies.py",
    }
    for words, allowed in writers.items():
        sources = (ROOT / "evalsys").rglob("*.py")
        found = {
            str(one.relative_to(ROOT / "evalsys")) for one in sources if words in one.read_text()
        }
        assert found == allowed, words


def test_the_top_level_is_the_one_that_the_customer_fixed() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - NOT_OURS
    assert found >= {*CUSTOMERS, CUSTOMERS_LIST}
    assert found - {*CUSTOMERS, CUSTOMERS_LIST} == BESIDE


REQUIREMENT = re.compile(r"(?P<name>[\w-]+)(?:\[[\w,]+\])?[^#]*(?P<why>#.*)?")


def requirements(name: str) -> dict[str, str]:
    """The direct dependencies of a list, each with its comment."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        match = REQUIREMENT.fullmatch(line)
        if match and not line.startswith(("#", "-")):
            found[match["name"].lower()] = match["why"] or ""
    return found


def imported_packages() -> set[str]:
    """The distributions of everything that our code imports, in lower case."""
    modules = set()
    for path in [*sources(*CODE), ROOT / "config.py", ROOT / "wsgi.py"]:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    owners = packages_distributions()
    return {owner.lower() for module in modules for owner in owners.get(module, [])}


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_says_why_it_is_here_and_is_used(name: str) -> None:
    wanted = requirements(name)
    assert wanted
    assert [one for one, why in wanted.items() if not why] == []
    unused = wanted.keys() - imported_packages() - LOADED_BY_OTHERS.keys()
    for one in sorted(unused):
        if one.startswith("types-"):
            assert one.removeprefix("types-") in requirements("requirements.in")
        else:
            assert one in PROGRAMS, f"nothing imports {one}"
            word = {"import-linter": "lint-imports", "pytest-xdist": "loadfile"}.get(one, one)
            assert word in (ROOT / PROGRAMS[one]).read_text(encoding="utf-8")


def test_everything_that_runs_in_production_is_a_direct_dependency() -> None:
    modules = set()
    for path in [*sources("evalsys", "migrations"), ROOT / "config.py", ROOT / "wsgi.py"]:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
    owners = packages_distributions()
    used = {owner.lower() for module in modules for owner in owners.get(module, [])}
    brought_by_flask = {"babel", "click", "itsdangerous", "jinja2", "markupsafe", "werkzeug"}
    assert used - requirements("requirements.in").keys() == brought_by_flask


def test_the_lists_are_locked_with_hashes() -> None:
    for name in ("requirements", "requirements-dev"):
        locked = (ROOT / f"{name}.txt").read_text(encoding="utf-8").lower()
        for wanted in requirements(f"{name}.in"):
            assert re.search(rf"^{wanted}(\[[\w,]+\])?==", locked, re.MULTILINE), wanted
        pins = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==", locked, re.MULTILINE)
        assert locked.count("--hash=sha256:") >= len(pins)


def test_every_filter_that_a_template_uses_exists(app: Flask) -> None:
    """Jinja itself notices it only when the page is drawn, and only in the branch that is."""
    environment = app.jinja_env
    missing = set()
    for path in templates():
        tree = environment.parse(path.read_text(encoding="utf-8"))
        used = {one.name for one in tree.find_all(nodes.Filter)}
        tests = {one.name for one in tree.find_all(nodes.Test)}
        missing |= {(name_of(path), name) for name in used - environment.filters.keys()}
        missing |= {(name_of(path), name) for name in tests - environment.tests.keys()}
    assert missing == set()


def test_the_pages_of_a_feature_lie_with_it_in_a_folder_of_its_name(app: Flask) -> None:
    """So no two are called alike, and one finds the page beside the view that draws it."""
    house, found = ROOT / "evalsys", set[str]()
    for path in templates():
        home, _, name = path.relative_to(house).as_posix().rpartition("templates/")
        folder = name.partition("/")[0]
        shared = not home and (folder in {"errors", "macros"} or "/" not in name)
        assert shared or home.rstrip("/").rpartition("/")[2] == folder, path
        assert name not in found, name
        found.add(name)
        assert app.jinja_env.get_template(name).filename == str(path)


def test_pages_load_nothing_from_another_host() -> None:
    foreign = {}
    for path in [*templates(), *sorted((ROOT / "evalsys/static").rglob("*"))]:
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            addresses = re.findall(r"""(?:https?:)?//[\w.-]+\.\w+[^\s"'<)]*""", text)
            others = [a for a in addresses if "//www.w3.org/" not in a]
            if others:
                foreign[name_of(path)] = others
    assert foreign == {}


def test_every_foreign_key_has_an_index_or_a_reason() -> None:
    missing: dict[str, set[str]] = {}
    for table in metadata.tables.values():
        for column in table.columns:
            if column.foreign_keys and not leads_an_index(table, column.name):
                missing.setdefault(table.name, set()).add(column.name)
    assert missing == {table: set(reasons) for table, reasons in WITHOUT_INDEX.items()}


def leads_an_index(table: Table, column: str) -> bool:
    """Whether an index, a unique constraint or the key begins with the column, or needs only
    the columns of the same foreign key before it."""
    unique = (PrimaryKeyConstraint, UniqueConstraint)
    keys = [list(index.columns) for index in table.indexes]
    keys += [list(one.columns) for one in table.constraints if isinstance(one, unique)]
    together: list[set[str]] = [
        {element.parent.name for element in constraint.elements}
        for constraint in table.foreign_key_constraints
        if column in {element.parent.name for element in constraint.elements}
    ]
    return any(
        {part.name for part in key[: len(columns)]} == columns
        for key in keys
        for columns in together
    )


def test_the_tools_check_everything() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert settings["mypy"]["strict"] is True
    assert settings["ruff"]["lint"]["select"] == ["ALL"]
    assert settings["pytest"]["ini_options"]["filterwarnings"] == ["error"]
    layers = settings["importlinter"]["contracts"][0]
    assert layers["containers"] == ["evalsys"]
    assert layers["exhaustive"] is True  # A room without a place stops the check.


def test_a_field_for_a_file_takes_nothing_else() -> None:
    """The plain field of WTForms also takes a text, which has neither a name nor bytes."""
    plain = {
        name_of(path)
        for path in sources("evalsys")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == "wtforms"
        for alias in node.names
        if "FileField" in alias.name
    }
    assert plain == set()


# Names frozen scores and prints no figure of them as it is stored -> why.
PRINTS_NO_SCORE = {
    "evalsys/results/reports/sheets/adjusted.py": "writes the printed rows that it is given",
    "evalsys/demo/cases/casting.py": "finds who is low in a city that is made up",
    "evalsys/personnel/chiefs/places.py": "counts the chiefs who could be compared",
    "evalsys/results/closing/late.py": "counts what was set aside by decision",
    "evalsys/results/reports/sheets/counts.py": "counts rows and people",
    "evalsys/exports/approval/queries.py": "names the sections of an export",
    "evalsys/results/reports/sheets/request.py": "selects the sections of an export",
    "evalsys/results/reports/views.py": "leads to pages",
    "evalsys/results/reports/words.py": "writes figures that it is given",
}


def test_nobody_prints_a_frozen_score_around_the_rule_of_small_numbers() -> None:
    """Who names a frozen row takes it from `scores.publication`: as printed, or as a condition."""
    found = set()
    for path in sorted((ROOT / "evalsys").rglob("*.py")):
        name, text = path.relative_to(ROOT).as_posix(), path.read_text()
        if name.startswith("evalsys/scores/") or not re.search(r"\b(Section|Member)Score\b", text):
            continue
        if not re.search(r"from evalsys\.scores\.publication import", text):
            found.add(name)
    assert found == set(PRINTS_NO_SCORE)


def test_no_page_reads_a_counter_of_levels() -> None:
    """Counters reach a page as bars that the rule has drawn."""
    for path in templates():
        assert not re.search(
            r"\b(attitude|work_style|efficiency|competence)_[1-5]\b|\.satisfied\b", path.read_text()
        ), path


def test_every_decision_record_has_a_number_of_its_own() -> None:
    records = sorted(path.name for path in (ROOT / "docs/adr").glob("*.md"))
    assert [name[:4] for name in records] == [f"{n:04}" for n in range(1, len(records) + 1)]
    for name in records:
        title = (ROOT / "docs/adr" / name).read_text(encoding="utf-8").splitlines()[0]
        assert re.match(r"# \d+", title), name
        assert int(title[2:].partition(".")[0]) == int(name[:4]), name
