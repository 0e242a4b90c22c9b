"""The glossary holds no term twice, and no name that the code does not use."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parent.parent
LINE = re.compile(r"^\| (?P<zh>[^|]+) \| [^|]+ \| (?P<code>[^|]+) \|$", re.MULTILINE)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
NAMING = ("id", "name", "attr", "arg", "value")  # fields of the nodes that hold an identifier


def snake(name: str) -> str:
    """Return an identifier of any spelling as one of small letters, between underscores."""
    return f"_{CAMEL.sub('_', name).lower()}_"


def names_of(path: Path) -> Iterator[str]:
    """Yield what a module calls its things: identifiers, and texts that are values of enums."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        found = (getattr(node, field, None) for field in NAMING)
        yield from (name for name in found if isinstance(name, str) and name.isidentifier())


def entries() -> list[tuple[str, str]]:
    """Return each line of the glossary as its Chinese term and the cell of its code."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    lines = LINE.finditer(text)
    return [(line["zh"], line["code"]) for line in lines if "`" in line["code"]]


def test_every_name_of_the_glossary_is_used_by_the_code() -> None:
    modules = (ROOT / "evalsys").rglob("*.py")
    used = "\n".join({snake(name) for name in chain.from_iterable(map(names_of, modules))})
    codes = {code for _, cell in entries() for code in re.findall(r"`([^`]+)`", cell)}
    assert len(codes) > 80
    assert sorted(code for code in codes if snake(code) not in used) == []


def test_no_term_stands_in_the_glossary_twice() -> None:
    times = Counter(term for term, _ in entries())
    assert [term for term in times if times[term] > 1] == []
