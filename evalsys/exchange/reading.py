"""Read .xlsx and CSV files of strangers: by content, within limits, in a process of its own.

`open_table` reads a small file whole; `read_rows` streams the rows under a heading. Every refusal
is a BadFile that says what is wrong and what to do.
"""

import codecs
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from evalsys.exchange import reading_csv
from evalsys.exchange.bad_files import (
    BadFile,
    CellTooLong,
    CharacterCut,
    EmptyFile,
    FileEncrypted,
    FileTooLarge,
    ForbiddenMarkup,
    NoHeading,
    NoSuchSheet,
    TooHeavy,
    TooManyColumns,
    TooManyRows,
    UnpacksTooLarge,
    WrongKind,
)
from evalsys.exchange.cells import ExcelError
from evalsys.exchange.headings import LOOK_AT, Layout, find_layout

Value = str | int | float | bool | datetime | None
MIB = 1 << 20
CHILD = Path(__file__).with_name("reading_child.py")
# What the child may know of our surroundings: never our settings, which hold secrets.
SURROUNDINGS = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
SIGNATURES = (
    (b"%PDF", ".pdf"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG", ".png"),
    (b"GIF8", ".gif"),
    (b"Rar!", ".rar"),
    (b"7z\xbc\xaf", ".7z"),
    (b"\x1f\x8b", ".gz"),
    (b"{\\rtf", ".rtf"),
    (b"<", ".html"),
)
REFUSALS: dict[str, type[BadFile]] = {
    "kind": WrongKind,
    "bomb": UnpacksTooLarge,
    "doctype": ForbiddenMarkup,
    "rows": TooManyRows,
    "columns": TooManyColumns,
    "heavy": TooHeavy,
}
ZIP, OLD_OFFICE = b"PK", b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Limits:
    """What a file may cost. `seconds` are of processor time; sizes are bytes."""

    size: int = 5 * MIB
    unzipped: int = 50 * MIB
    parts: int = 500
    rows: int = 20_000
    columns: int = 100
    memory: int = 1024 * MIB
    seconds: int = 20


@dataclass(frozen=True)
class Line:
    """A row that holds something, with its number as Excel shows it."""

    number: int
    values: Sequence[Value]


@dataclass(frozen=True)
class Row:
    """A row under a heading: column -> value; blank cells are left out."""

    number: int
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Wanted:
    """What `read_rows` looks for. `columns` maps each key to its accepted headings."""

    columns: Mapping[str, Sequence[str]]
    required: Sequence[str] = ()
    sheet: str | None = None


Table = dict[str, list[Line]]  # Sheet -> its lines. The one sheet of a CSV file has no name.


def open_table(name: str, content: bytes, limits: Limits = Limits()) -> Table:
    """Return all sheets of a small file. Raises BadFile."""
    table: Table = {}
    with _source(content) as file:
        for sheet, line in _lines(name, file, limits, None):
            lines = table.setdefault(sheet, [])
            if line is not None:
                lines.append(line)
    return table


def read_rows(
    name: str, source: bytes | Path, wanted: Wanted, limits: Limits = Limits()
) -> Iterator[Row]:
    """Give the rows under the wanted headings, streamed. Raises BadFile.

    A workbook is read from `wanted.sheet`, or from its first sheet that has the headings.
    """
    layout: Layout | None = None
    looked = 0
    with _source(source) as file:
        for _, line in _lines(name, file, limits, wanted.sheet):
            if line is None:
                if layout is not None:
                    return  # The next sheet begins.
                looked = 0
            elif layout is not None:
                values = layout.pick(line.values)
                if values:
                    yield Row(line.number, values)
            elif looked < LOOK_AT:
                looked += 1
                layout = find_layout(line.values, wanted.columns, wanted.required)
    if layout is None:
        words = [wanted.columns[key][0] for key in wanted.required or wanted.columns]
        raise NoHeading(file=name, sheet=wanted.sheet or "", expected=quoted(words))


def check_size(name: str, size: int, limits: Limits = Limits()) -> None:
    """Raise FileTooLarge if a file has more bytes than are read."""
    if size > limits.size:
        raise FileTooLarge(file=name, size=round(size / MIB, 1), limit=round(limits.size / MIB, 1))


@contextmanager
def _source(source: bytes | Path) -> Iterator[IO[bytes]]:
    """Open the bytes or the file as a real file: the child reads from its descriptor."""
    with source.open("rb") if isinstance(source, Path) else tempfile.TemporaryFile() as file:
        if isinstance(source, bytes):
            file.write(source)
            file.seek(0)
        yield file


def _lines(
    name: str, file: IO[bytes], limits: Limits, sheet: str | None
) -> Iterator[tuple[str, Line | None]]:
    """Give each sheet's name with None, then with each of its lines."""
    check_size(name, os.fstat(file.fileno()).st_size, limits)
    head = file.read(4096).removeprefix(codecs.BOM_UTF8)
    file.seek(0)
    if not head.strip():
        raise EmptyFile(file=name)
    if head.startswith(OLD_OFFICE):
        raise (
            FileEncrypted(file=name)
            if ENCRYPTED in file.read()
            else WrongKind(file=name, kind=".xls")
        )
    for signature, kind in SIGNATURES:
        if head.lstrip().startswith(signature):
            raise WrongKind(file=name, kind=kind)
    if head.startswith(ZIP):
        yield from _workbook_lines(name, file, limits, sheet)
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise WrongKind(file=name, kind="UTF-16")
    elif b"\0" in head:
        raise WrongKind(file=name, kind="?")
    elif name.lower().endswith((".xlsx", ".xls")):
        raise BadFile(file=name)
    else:
        yield from _csv_lines(name, file.read(), limits)


def _csv_lines(name: str, data: bytes, limits: Limits) -> Iterator[tuple[str, Line | None]]:
    try:
        text = reading_csv.decode(data)
    except reading_csv.CutInHalf as error:
        raise CharacterCut(file=name, row=error.line) from error
    yield "", None
    try:
        for found, (number, values) in enumerate(reading_csv.rows(text), start=1):
            if found > limits.rows:
                raise TooManyRows(file=name, sheet="CSV", limit=limits.rows)
            if len(values) > limits.columns:
                raise TooManyColumns(file=name, sheet="CSV", row=number, limit=limits.columns)
            yield "", Line(number, values)
    except reading_csv.CellTooLong as error:
        raise CellTooLong(file=name, row=error.line) from error


def _workbook_lines(
    name: str, file: IO[bytes], limits: Limits, sheet: str | None
) -> Iterator[tuple[str, Line | None]]:
    """Let the child read, and turn its lines into ours. Raises BadFile."""
    order = json.dumps({**asdict(limits), "sheet": sheet})
    kept = {key: os.environ[key] for key in SURROUNDINGS if key in os.environ}
    with subprocess.Popen(  # noqa: S603  # Our own interpreter and our own script.
        [sys.executable, "-I", "-X", "utf8", str(CHILD), order],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=kept,
    ) as child:
        try:
            yield from _from_child(name, child.stdout or (), limits, sheet)
        finally:
            child.kill()  # Whoever asked may stop before the end.


def _from_child(
    name: str, answers: Iterable[bytes], limits: Limits, sheet: str | None
) -> Iterator[tuple[str, Line | None]]:
    title = ""
    for answer in answers:
        said = json.loads(answer)
        if isinstance(said, list):
            yield title, Line(said[0], [_value(value) for value in said[1:]])
        elif "problem" in said:
            raise _refusal(name, limits, said)
        elif "sheets" in said:
            if sheet is not None and sheet not in said["sheets"]:
                raise NoSuchSheet(file=name, found=quoted(said["sheets"]), expected=quoted([sheet]))
        elif "sheet" in said:
            title = said["sheet"]
            yield title, None
        else:
            return
    raise TooHeavy(file=name)  # The child was killed before its last line.


def _value(said: Any) -> Value:
    if not isinstance(said, dict):
        return said  # type: ignore[no-any-return]  # JSON's own text, number, truth or nothing.
    return ExcelError(said["error"]) if "error" in said else datetime.fromisoformat(said["at"])


def _refusal(name: str, limits: Limits, said: Mapping[str, Any]) -> BadFile:
    """Return the error for the child's word."""
    kind = REFUSALS.get(said["problem"], BadFile)
    limit = {
        UnpacksTooLarge: limits.unzipped // MIB,
        TooManyRows: limits.rows,
        TooManyColumns: limits.columns,
    }
    return kind(file=name, limit=limit.get(kind), **{"sheet": "", "row": "", "kind": "", **said})


def quoted(names: Iterable[str]) -> str:
    """Join names for a message."""
    return "、".join(f"“{name}”" for name in names)
