"""XML as a stream of events, by local names: prefix, namespace and dialect do not matter.

Attributes keep their names: those that are read here have no prefix, but for a relation's id.

So a workbook in Strict Open XML, or with prefixes that nobody expects, is read like any other.
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
    """Tell of each element of a part. Raises Refused for a document type, ExpatError if broken."""
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
    """Tell what a flag says."""
    return value in {"1", "true", "on"}


def _refuse(*found: object) -> NoReturn:
    raise Refused("doctype")
