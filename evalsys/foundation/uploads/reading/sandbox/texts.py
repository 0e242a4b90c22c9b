"""Texts of a workbook: shared ones, and the escapes Excel writes for control characters."""

import re
from collections.abc import Mapping

from .markup import parse
from .package import Package, Refused

ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
LONGEST = 32_767  # UTF-16 units, as Excel counts
LONGEST_RAW = 7 * LONGEST  # An escape takes seven characters for one.


class Text:
    """Gathers the pieces of one text; what is read out aloud (rPh) is none of it."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0

    def add(self, piece: str) -> bool:
        """Add a piece; False if the text has become longer than any cell."""
        self.pieces.append(piece)
        self.size += len(piece)
        return self.size <= LONGEST_RAW

    def take(self) -> str | None:
        """Return the text and begin the next one; None if it is longer than any cell."""
        text = decoded("".join(self.pieces))
        self.pieces, self.size = [], 0
        return text if 2 * len(text) <= LONGEST or units(text) <= LONGEST else None


def units(text: str) -> int:
    """Return the length of a text as Excel counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def decoded(text: str) -> str:
    """Return a text without escapes: _x000D_ is a carriage return, _x005F_ an underscore."""
    if "_x" not in text:
        return text
    plain = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_texts(package: Package, part: str) -> list[str]:
    """Read the shared texts. Raises Refused for one that no cell can hold."""
    found: list[str] = []
    text = Text()
    inside: list[str] = []

    def start(name: str, given: Mapping[str, str]) -> None:
        inside.append(name)

    def end(name: str) -> None:
        inside.pop()
        if name == "si":
            whole = text.take()
            if whole is None:
                raise Refused("long", cell="")
            found.append(whole)

    def add(piece: str) -> None:
        if inside[-1] == "t" and "rPh" not in inside and not text.add(piece):
            raise Refused("long", cell="")

    with package.open(part) as stream:
        parse(stream, start, end, add)
    return found
