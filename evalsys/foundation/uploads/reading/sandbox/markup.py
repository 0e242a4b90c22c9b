"""Parse XML as events with local names of elements, ignoring prefix and namespace.

So Strict Open XML and unusual prefixes are read like any other. Attributes keep their prefix, which
of those read here only a relationship id has.
"""

from collections.abc import Callable, Mapping
from typing import IO, NoReturn
from xml.parsers import expat

from .package import Refused

Start = Callable[[str, Mapping[str, str]], None]


def parse(
    part: IO[bytes],
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call the handlers for a part. Raises Refused for a DOCTYPE, ExpatError if malformed."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse

    def local_start(name: str, given: Mapping[str, str]) -> None:
        start(name.rpartition(":")[2] if ":" in name else name, given)

    parser.StartElementHandler = local_start
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    parser.ParseFile(part)


def is_true(value: str | None) -> bool:
    """Return whether a boolean attribute is set."""
    return value in {"1", "true", "on"}


def _refuse(*_declaration: object) -> NoReturn:
    raise Refused("doctype")
