"""No engine, template, catalogue, archive or exporter names a kind of case: kinds bring it all.

What is shared may say what a case is, never which ones there are. So it is held by pattern: the
kinds, the features that bring them and their words are those that the application registered.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from evalsys import features
from evalsys.cases.engine.kinds import kinds_of
from evalsys.core.permissions import Role
from tests.test_house import ROOT, name_of, tree_of

HOUSE = ROOT / "evalsys"
SHARED = (
    *("core", "cases", "exports", "demo/cases", "personnel/archive", "personnel/sheets"),
    *("demo/ballots.py", "demo/city.py", "demo/service.py", "demo/stories.py"),
    *("results/reports/today_page.py", "results/reports/todo.py"),
    *("results/reports/templates/reports/today.html", "templates"),
)
# What has the same word and is no case -> why.
OTHERS = {
    ("evalsys/core/permissions.py", "comment:review"): "comments are reviewed before they are read",
    ("evalsys/core/permissions.py", "coordination:lead"): "the work of the head of an organ",
    ("evalsys/core/permissions.py", "coordination:view"): "its pages are one feature",
    ("evalsys/core/permissions.py", "referral:decide"): "the work of the discipline organ",
    ("evalsys/core/permissions.py", "matter:answer"): "an owner answers, whatever the office asks",
    ("evalsys/core/permissions.py", "matter:handle"): "the work of an office, as case:handle is",
    (
        "evalsys/demo/cases/entries.py",
        "{section}{name}：{matter}等情形，帮带或提醒后仍有发生，得分未见回升。",
    ): "the matter of a case about a person",
}


def files() -> list[Path]:
    """Every file that kinds share: modules and templates."""
    found = (path for one in SHARED for path in [HOUSE / one, *(HOUSE / one).rglob("*")])
    return sorted({path for path in found if path.suffix in {".py", ".html"}})


def texts(path: Path) -> Iterator[str]:
    """Each text of a module that is no docstring, or each line of a template without comments."""
    if path.suffix == ".html":
        source = path.read_text(encoding="utf-8")
        yield from re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL).split("\n")
        return
    tree = tree_of(path)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def bringers(app: Flask) -> set[str]:
    """The features that bring kinds: the packages in which these are made."""
    return {
        one.__name__.rpartition(".")[2]
        for one in features.FEATURES
        for path in Path(str(one.__file__)).parent.rglob("*.py")
        if one.__name__.startswith(("evalsys.personnel.", "evalsys.supervision."))
        if any(
            isinstance(node, ast.Call) and ast.unparse(node.func) == "Kind"
            for node in ast.walk(tree_of(path))
        )
    }


@pytest.fixture
def names(app: Flask) -> re.Pattern[str]:
    """What names a kind: its name or label in a text, or a page or template of its feature.

    A kind that is called as a role is known by its label alone.
    """
    kinds = kinds_of(app).values()
    words = {kind.name for kind in kinds if kind.name not in set(Role)}
    words |= {kind.label.lower() for kind in kinds}
    brought = "|".join(sorted(bringers(app)))
    words |= {f"{word[:-1]}ies" for word in words if word.endswith("y")}
    plain = "|".join(re.escape(word) for word in sorted(words))
    return re.compile(rf"(?i)\b(?:{plain})(?:e?s|ed)?\b|\b(?:{brought})[./]\w")


def test_the_pattern_knows_a_kind_by_its_name_label_page_and_template(
    names: re.Pattern[str],
) -> None:
    known = ("%(name)s proposed the return", "pool", "Bad reviews", "a chief's case")
    assert [one for one in (*known, "url_for('pool.board')") if not names.search(one)] == []
    assert names.search("chiefs/grounds.html")
    assert not names.search("chief"), "a role"
    assert not names.search("returning, previewed")


def test_nothing_that_kinds_share_names_one(names: re.Pattern[str]) -> None:
    found = {
        (name_of(path), text) for path in files() for text in texts(path) if names.search(text)
    }
    assert found == OTHERS.keys()


def test_no_template_names_a_page_or_template_of_a_feature_that_brings_a_kind(app: Flask) -> None:
    """Also those that kinds do not share: a head link or a panel leads there.

    The lights and the hotline are pages of matters, in folders beside them.
    """
    brought = "|".join(sorted(bringers(app)))
    foreign = re.compile(rf"\b(?:{brought})[./]\w")
    found = {
        (name_of(path), text)
        for path in HOUSE.rglob("*.html")
        if not re.search(
            rf"/(?:personnel|supervision)/(?:{brought}|lights|hotline)/", name_of(path)
        )
        for text in texts(path)
        if foreign.search(text)
    }
    assert found == set()


def test_nothing_that_kinds_share_imports_a_feature_that_brings_one(app: Flask) -> None:
    brought = bringers(app)
    assert len(brought) > 1
    found = {
        (name_of(path), node.module)
        for path in files()
        if path.suffix == ".py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        and re.match(
            rf"evalsys\.(?:personnel|supervision)\.(?:{'|'.join(brought)})\b", node.module or ""
        )
    }
    assert found == set()
