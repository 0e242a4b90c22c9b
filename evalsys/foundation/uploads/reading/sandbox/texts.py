"""Shared strings of a workbook, and Excel's escapes of control characters."""

import re
from collections.abc import Mapping

from .markup import parse
from .package import Package, Refused

ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
LONGEST = 32_767  # UTF-16 code units
LONGEST_RAW = 7 * LONGEST  # An escape takes seven characters.


class TextPieces:
    """Collects the pieces of one string."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0

    def add(self, piece: str) -> bool:
        """Add a piece; return False if the text exceeds the limit of a cell."""
        self.pieces.append(piece)
        self.size += len(piece)
        return self.size <= LONGEST_RAW

    def take(self) -> str | None:
        """Return the text and reset; None if it exceeds the limit of a cell."""
        text = decoded("".join(self.pieces))
        self.pieces, self.size = [], 0
        return text if 2 * len(text) <= LONGEST or units(text) <= LONGEST else None


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def decoded(text: str) -> str:
    """Decode escapes: _x000D_ is a carriage return, _x005F_ an underscore."""
    if "_x" not in text:
        return text
    plain = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_texts(package: Package, part: str) -> list[str]:
    """Read the shared strings. Raises Refused for one that exceeds the limit of a cell."""
    texts: list[str] = []
    text = TextPieces()
    inside: list[str] = []

    def start(name: str, given: Mapping[str, str]) -> None:
        inside.append(name)

    def end(name: str) -> None:
        inside.pop()
        if name == "si":
            whole = text.take()
            if whole is None:
                raise Refused("long", cell="")
            texts.append(whole)

    def add(piece: str) -> None:
        if inside[-1] == "t" and "rPh" not in inside and not text.add(piece):
            raise Refused("long", cell="")

    with package.open(part) as stream:
        parse(stream, start, end, add)
    return texts
