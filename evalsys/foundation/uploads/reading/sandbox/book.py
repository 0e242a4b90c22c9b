"""A workbook from the zip file to lines of JSON."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from .formats import is_date
from .markup import is_true, parse
from .package import Package, Refused, canonical
from .sheet import SheetReader, Surroundings
from .texts import decoded, read_texts


@dataclass
class Relation:
    """What a part refers to: the kind is the last word of its address."""

    kind: str
    part: str


@dataclass
class Book:
    """What the workbook's own part says. Sheets are (title, relation, is hidden)."""

    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    since_1904: bool = False
    is_uncomputed: bool = False


class Teller:
    """Writes lines, and no more bytes of them than were asked for."""

    def __init__(self, most: int) -> None:
        self.left = self.most = most

    def say(self, line: Any) -> None:
        """Write a line. Raises Refused beyond the limit."""
        words = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self.left -= len(words)
        if self.left < 0:
            raise Refused("bomb", limit=self.most)
        sys.stdout.buffer.write(words)


def tell_book(file: BinaryIO, limits: dict[str, Any], teller: Teller) -> None:
    """Say the sheets of a workbook with their rows. Raises Refused, or whatever breaks in it."""
    package = Package(file, limits)
    part = _find_workbook(package)
    relations = _relations(package, part)
    book = _read_book(package, part)
    around = _surroundings(package, relations, book)
    sheets = [
        (title, relations[key].part, hidden)
        for title, key, hidden in book.sheets
        if key in relations and relations[key].kind == "worksheet"
    ]
    teller.say({"sheets": [title for title, _, _ in sheets]})
    for title, name, hidden in sheets:
        teller.say({"sheet": title, "hidden": hidden})
        reader = SheetReader(title, around, limits, teller.say)
        with package.open(name) as stream:
            parse(stream, reader.start, reader.end, reader.text)
        teller.say({"merged": reader.merged, "hidden_columns": reader.hidden_columns})


def _find_workbook(package: Package) -> str:
    """Return the part that is the workbook. Raises Refused if the file is something else."""
    for relation in _relations(package, "").values():
        if relation.kind == "officeDocument" and relation.part in package.parts:
            return relation.part
    if "xl/workbook.xml" not in package.parts:
        raise Refused("kind", kind=".zip")
    return "xl/workbook.xml"


def _relations(package: Package, part: str) -> dict[str, Relation]:
    folder, _, name = part.rpartition("/")
    rels = canonical(f"_rels/{name}.rels", folder)
    found: dict[str, Relation] = {}

    def start(element: str, given: Mapping[str, str]) -> None:
        if element == "Relationship" and given.get("TargetMode") != "External":
            kind = given.get("Type", "").rpartition("/")[2]
            target = canonical(given.get("Target", ""), folder)
            found[given.get("Id", "")] = Relation(kind, target)

    if rels in package.parts:
        with package.open(rels) as stream:
            parse(stream, start)
    return found


def _read_book(package: Package, part: str) -> Book:
    book = Book()

    def start(name: str, given: Mapping[str, str]) -> None:
        if name == "sheet":
            title = decoded(given.get("name", ""))
            ids = [value for key, value in given.items() if key.endswith(":id")]
            book.sheets.append((title, "".join(ids), given.get("state", "") in HIDDEN))
        elif name == "workbookPr":
            book.since_1904 = is_true(given.get("date1904"))
        elif name == "calcPr":
            book.is_uncomputed = is_true(given.get("fullCalcOnLoad"))

    with package.open(part) as stream:
        parse(stream, start)
    return book


HIDDEN = frozenset({"hidden", "veryHidden"})


def _surroundings(package: Package, relations: dict[str, Relation], book: Book) -> Surroundings:
    parts = {one.kind: one.part for one in relations.values() if one.part in package.parts}
    texts = read_texts(package, parts["sharedStrings"]) if "sharedStrings" in parts else []
    styles = _date_styles(package, parts["styles"]) if "styles" in parts else frozenset()
    return Surroundings(texts, styles, book.since_1904, book.is_uncomputed)


def _date_styles(package: Package, part: str) -> frozenset[int]:
    """Return the numbers of the cell styles whose format shows a date."""
    codes: dict[int, str] = {}
    formats: list[int] = []
    inside: list[str] = []

    def start(name: str, given: Mapping[str, str]) -> None:
        inside.append(name)
        if name == "numFmt" and "numFmts" in inside:
            codes[int(given["numFmtId"])] = given.get("formatCode", "")
        elif name == "xf" and "cellXfs" in inside:
            formats.append(int(given.get("numFmtId", "0")))

    def end(name: str) -> None:
        inside.pop()

    with package.open(part) as stream:
        parse(stream, start, end)
    return frozenset(place for place, one in enumerate(formats) if is_date(one, codes))
