"""What the documents name exists: commands with their options, targets, settings, files, links."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

from tests.test_house import ROOT, name_of

TODAY = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
DECISIONS = sorted(ROOT.glob("docs/adr/*.md"))  # True on their day: only their links must lead on.
ROOMS = ("docs", "migrations", "tests", *(one.name for one in ROOT.glob("evalsys/*/")))
PLACE = re.compile(rf"(?<![\w/.<-])(?:evalsys/)?(?:{'|'.join(ROOMS)})(?:/[\w.-]+)+")
IMAGINED = re.compile(r"praise|\.\.\.")  # The feature that the recipes build.


def code_in(path: Path) -> Iterator[str]:
    """Each line of code of a document, in blocks and inside sentences."""
    text = path.read_text(encoding="utf-8")
    blocks = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
    for block in blocks.findall(text):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", blocks.sub("", text))


def unknown(root: click.Group, info: ScriptInfo, words: list[str]) -> str:
    """The first word of a command that is none of its groups, commands and options; "" if none."""
    context = click.Context(root, obj=info)
    while isinstance(context.command, click.Group) and words:
        inner = context.command.get_command(context, words[0])
        if inner is None:
            return words[0]
        context = inner.make_context(words.pop(0), [], parent=context, resilient_parsing=True)
    options = [name for one in context.command.params for name in (*one.opts, *one.secondary_opts)]
    asked = (word.split("=")[0] for word in words if word.startswith("--"))
    return next((name for name in asked if name not in {"--help", *options}), "")


@pytest.mark.parametrize("path", TODAY, ids=name_of)
def test_every_command_that_a_document_names_exists_with_its_options(
    path: Path, app: Flask
) -> None:
    root, info = FlaskGroup(create_app=lambda: app), ScriptInfo(create_app=lambda: app)
    named = [
        found.split()
        for line in code_in(path)
        for found in re.findall(r"\bflask ([^#|&`'\"]+)", line)
    ]
    wrong = [(words, bad) for words in named if (bad := unknown(root, info, list(words)))]
    assert [one for one in wrong if not IMAGINED.search(" ".join(one[0]))] == []


@pytest.mark.parametrize("path", TODAY, ids=name_of)
def test_every_target_setting_and_file_that_a_document_names_exists(path: Path, app: Flask) -> None:
    lines = list(code_in(path))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {one for line in lines for one in re.findall(r"\bmake ([a-z][\w-]*)", line)}
    assert named <= set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    settings = {one for line in lines for one in re.findall(r"\bEVALSYS_([A-Z_]*[A-Z])\b", line)}
    assert settings <= app.config.keys() | {"TEST_DATABASE"}
    files = {one for line in lines for one in PLACE.findall(line) if not IMAGINED.search(one)}
    lost = {one for one in files if not (ROOT / one).exists()}
    assert {one for one in lost if not (ROOT / "evalsys" / one).exists()} == set()


@pytest.mark.parametrize("path", [*TODAY, *DECISIONS], ids=name_of)
def test_every_link_of_a_document_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    lost = [one for one in links if "://" not in one and not (path.parent / one).exists()]
    assert lost == []
