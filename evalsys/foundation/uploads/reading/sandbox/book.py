"""Convert a workbook to lines of JSON."""

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
    """A relationship of a part; `kind` is the last segment of its type URI."""

    kind: str
    part: str


@dataclass
class WorkbookPart:
    """The workbook part. Sheets are (title, relationship id, is hidden)."""

    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    since_1904: bool = False
    is_uncomputed: bool = False


class LineWriter:
    """Writes JSON lines to standard output, up to a limit of bytes."""

    def __init__(self, most: int) -> None:
        self.left = self.most = most

    def write(self, line: Any) -> None:
        """Write a line. Raises Refused beyond the limit."""
        words = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self.left -= len(words)
        if self.left < 0:
            raise Refused("bomb", limit=self.most)
        sys.stdout.buffer.write(words)


def write_book(file: BinaryIO, limits: dict[str, Any], out: LineWriter) -> None:
    """Write the sheets of a workbook with their rows. Raises Refused, or any error of parsing."""
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
    out.write({"sheets": [title for title, _, _ in sheets]})
    for title, name, hidden in sheets:
        out.write({"sheet": title, "hidden": hidden})
        reader = SheetReader(title, around, limits, out.write)
        with package.open(name) as stream:
            parse(stream, reader.start, reader.end, reader.text)
        out.write({"merged": reader.merged, "hidden_columns": reader.hidden_columns})


def _find_workbook(package: Package) -> str:
    """Return the name of the workbook part. Raises Refused if the file is no workbook."""
    for relation in _relations(package, "").values():
        if relation.kind == "officeDocument" and relation.part in package.parts:
            return relation.part
    if "xl/workbook.xml" not in package.parts:
        raise Refused("kind", kind=".zip")
    return "xl/workbook.xml"


def _relations(package: Package, part: str) -> dict[str, Relation]:
    folder, _, name = part.rpartition("/")
    rels = canonical(f"_rels/{name}.rels", folder)
    relations: dict[str, Relation] = {}

    def start(element: str, given: Mapping[str, str]) -> None:
        if element == "Relationship" and given.get("TargetMode") != "External":
            kind = given.get("Type", "").rpartition("/")[2]
            target = canonical(given.get("Target", ""), folder)
            relations[given.get("Id", "")] = Relation(kind, target)

    if rels in package.parts:
        with package.open(rels) as stream:
            parse(stream, start)
    return relations


def _read_book(package: Package, part: str) -> WorkbookPart:
    book = WorkbookPart()

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


def _surroundings(
    package: Package, relations: dict[str, Relation], book: WorkbookPart
) -> Surroundings:
    parts = {rel.kind: rel.part for rel in relations.values() if rel.part in package.parts}
    texts = read_texts(package, parts["sharedStrings"]) if "sharedStrings" in parts else []
    styles = _date_styles(package, parts["styles"]) if "styles" in parts else frozenset()
    return Surroundings(texts, styles, book.since_1904, book.is_uncomputed)


def _date_styles(package: Package, part: str) -> frozenset[int]:
    """Return the indexes of the cell styles with a date format."""
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
    return frozenset(place for place, number in enumerate(formats) if is_date(number, codes))
