"""The words of every letter, as they stand in `letters.txt`: an office knows them by heart.

A letter is a document: what it says changes when somebody means it, never by the way.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalsys.cases.engine.rules.machine import FieldKind
from evalsys.organisation.org.models import Employment
from tests.cases.letters.reading import words
from tests.papers import PAPERS
from tests.personnel.letters.sources import make_source
from tests.personnel.letters.test_catalogue import filled, line_of

GOLDEN = Path(__file__).with_name("letters.txt")


def entries_of(kind: str, move: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what may be filled in at a step: once for each choice, once for each footing."""
    fields = line_of(kind, move).fields
    entry = {field.name: filled(field) for field in fields}
    yield "", {move: entry}
    for field in fields:
        if field.kind is FieldKind.CHOICE:
            for choice in field.choices:
                yield f"{field.name} {choice}", {move: {**entry, field.name: choice}}


def letters() -> Iterator[str]:
    """Yield every letter, with each choice that its step leaves, and for each legal footing."""
    for (kind, move), papers in PAPERS.items():
        for number, paper in enumerate(papers, start=1):
            for choice, entries in entries_of(kind, move):
                made = paper.build(make_source(kind, move, entries))
                yield f"== {' '.join(f'{kind} {move} {number} {choice}'.split())}\n{words(made)}"
            entry = dict(entries_of(kind, move))[""]
            for footing in Employment:
                source = make_source(kind, move, entry, employment=footing.value)
                remedy = getattr(paper.build(source), "remedy", ())
                if remedy:
                    yield "\n".join([f"== {kind} {move} {number} {footing.value}", *remedy])


def test_letters_say_what_they_said() -> None:
    held = GOLDEN.read_text(encoding="utf-8")
    assert [line.rstrip() for one in letters() for line in one.splitlines()] == held.splitlines()
