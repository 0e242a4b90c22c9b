"""XML as a stream of events, by local names: prefix, namespace and dialect do not matter.

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
    parser.StartElementHandler = lambda name, found: start(
        name.rpartition(":")[2], {key.rpartition(":")[2]: value for key, value in found.items()}
    )
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
