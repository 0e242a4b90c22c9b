"""Parse uploaded .xlsx and CSV files: by content, within limits, workbooks in a child process.

`open_table` reads a whole file, `stream_lines` yields line by line. Every rejection is a BadFile
with the problem and its remedy. No transaction may be open meanwhile.
"""

import codecs
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from flask import has_app_context

from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.foundation.uploads.cells import ExcelError, Uncomputed
from evalsys.foundation.uploads.errors import NO_TABLE, REFUSALS, BadFile, TooSlow
from evalsys.foundation.uploads.reading import delimited
from evalsys.foundation.uploads.reading.limits import MIB, SMALL, ReadLimits
from evalsys.foundation.uploads.tables import Area, RawLine, RawSheet, Table, Value

MOST_EMPTY = 100_000  # rows
END_READ_EVERY = 1_000  # lines
CHILD = Path(__file__).with_name("child.py")
# Environment variables passed to the child: no settings, which contain secrets.
SURROUNDINGS = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
SIGNATURES = (
    (b"%PDF", ".pdf"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG", ".png"),
    (b"GIF8", ".gif"),
    (b"Rar!", ".rar"),
    (b"7z\xbc\xaf", ".7z"),
    (b"MZ\x90", ".exe"),
    (b"\x1f\x8b", ".gz"),
    (b"{\\rtf", ".rtf"),
    (b"<", ".html"),
)
ZIP, OLD_OFFICE = b"PK", b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
RARE = 20  # A text may hold one NUL in so many bytes: its cell says so. Others are no text.


def open_table(name: str, content: bytes | Path, limits: ReadLimits = SMALL) -> Table:
    """Return all sheets of a file. Raises BadFile."""
    table: Table = {}
    for sheet, line in stream_lines(name, content, limits):
        if sheet.title not in table:
            table[sheet.title] = sheet
        elif table[sheet.title] is not sheet:
            raise BadFile(file=name)  # Excel allows a name once.
        if line is not None:
            sheet.lines.append(line)
    return table


def stream_lines(
    name: str, source: bytes | Path, limits: ReadLimits
) -> Iterator[tuple[RawSheet, RawLine | None]]:
    """Yield each sheet with None, then with each of its lines.

    Merged areas and hidden columns are known at the end of a sheet. Raises BadFile.
    """
    _end_read()
    with _source(source) as file:
        for number, line in enumerate(_lines(name, file, limits), start=1):
            if number % END_READ_EVERY == 0:
                _end_read()
            yield line


def _end_read() -> None:
    """End the read transaction, so that parsing a slow file blocks nobody.

    Raises RuntimeError inside a unit of work, which would block all writers.
    """
    if not has_app_context() or not db.session.registry.has():
        return
    if db.session.info.get("unit"):
        raise RuntimeError("a stranger's file is read inside a unit of work")
    db.session.rollback()


def check_size(name: str, size: int, limits: ReadLimits = SMALL) -> None:
    """Raise BadFile if a file exceeds the limit of its size."""
    if size > limits.size:
        raise BadFile(
            N_(
                "%(file)s has %(size)s MB; at most %(limit)s MB are read. Remove pictures and "
                "unused sheets, or send it in parts."
            ),
            file=name,
            size=round(size / MIB, 1),
            limit=round(limits.size / MIB, 1),
        )


@contextmanager
def _source(source: bytes | Path) -> Iterator[IO[bytes]]:
    """Open bytes or a path as a real file, whose descriptor the child reads."""
    with source.open("rb") if isinstance(source, Path) else tempfile.TemporaryFile() as file:
        if isinstance(source, bytes):
            file.write(source)
            file.seek(0)
        yield file


def _lines(
    name: str, file: IO[bytes], limits: ReadLimits
) -> Iterator[tuple[RawSheet, RawLine | None]]:
    check_size(name, os.fstat(file.fileno()).st_size, limits)
    head = file.read(4096).removeprefix(codecs.BOM_UTF8)
    file.seek(0)
    if not head.strip():
        raise BadFile(N_("%(file)s is empty. Fill in the template and send it again."), file=name)
    if head.startswith(OLD_OFFICE):
        raise (
            BadFile(
                N_(
                    "%(file)s is protected by a password. In Excel choose “File”, “Info”, “Encrypt "
                    "with password”, clear the password, save, and send it again."
                ),
                file=name,
            )
            if ENCRYPTED in file.read()
            else BadFile(REFUSALS["kind"], file=name, kind=".xls")
        )
    for signature, kind in SIGNATURES:
        if head.lstrip().startswith(signature):
            raise BadFile(REFUSALS["kind"], file=name, kind=kind)
    if head.startswith(ZIP):
        yield from _workbook_lines(name, file, limits)
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadFile(REFUSALS["kind"], file=name, kind="UTF-16")
    elif head.count(0) * RARE > len(head):
        raise BadFile(NO_TABLE, file=name)
    elif name.lower().endswith((".xlsx", ".xls")):
        raise BadFile(file=name)
    else:
        yield from _csv_lines(name, file.read(), limits)


def _csv_lines(
    name: str, data: bytes, limits: ReadLimits
) -> Iterator[tuple[RawSheet, RawLine | None]]:
    sheet, empty, last = RawSheet(""), 0, 0
    try:
        text = delimited.decode(data)
        yield sheet, None
        for count, (number, values) in enumerate(delimited.rows(text), start=1):
            empty, last = empty + number - last - 1, number
            if empty > MOST_EMPTY:
                raise BadFile(
                    REFUSALS["empty"], file=name, sheet="CSV", row=number, limit=MOST_EMPTY
                )
            if count > limits.rows:
                raise BadFile(REFUSALS["rows"], file=name, sheet="CSV", limit=limits.rows)
            if len(values) > limits.columns:
                raise BadFile(
                    REFUSALS["columns"], file=name, sheet="CSV", row=number, limit=limits.columns
                )
            yield sheet, RawLine(number, values)
    except delimited.BadLine as error:
        raise BadFile(error.message, file=name, row=error.line) from error


def _workbook_lines(
    name: str, file: IO[bytes], limits: ReadLimits
) -> Iterator[tuple[RawSheet, RawLine | None]]:
    """Run the child and convert its output. Raises BadFile."""
    kept = {key: os.environ[key] for key in SURROUNDINGS if key in os.environ}
    with subprocess.Popen(  # noqa: S603  # Our own interpreter and our own script.
        [sys.executable, "-I", "-X", "utf8", str(CHILD), json.dumps(asdict(limits))],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=kept,
    ) as child:
        assert child.stdout is not None
        try:
            is_whole = yield from _from_child(name, _bounded(child.stdout, limits))
            if not is_whole:  # The child was killed before its final line.
                if child.wait() == -signal.SIGXCPU:
                    raise TooSlow(file=name)
                raise BadFile(REFUSALS["heavy"], file=name)
        finally:
            child.kill()  # The consumer may stop early.


def _bounded(stream: IO[bytes], limits: ReadLimits) -> Iterator[bytes]:
    """Yield the lines of the child up to the limit of its output."""
    left = limits.answer + MIB
    while line := stream.readline(left):
        left -= len(line)
        if left <= 0:
            return
        yield line


def _from_child(
    name: str, answers: Iterable[bytes]
) -> Generator[tuple[RawSheet, RawLine | None], None, bool]:
    """Yield the lines in the output of the child; return whether its final line came."""
    sheet = RawSheet("")
    for answer in answers:
        data = json.loads(answer)
        if isinstance(data, list):
            number, is_hidden, *values = data
            yield sheet, RawLine(number, [_value(value) for value in values], bool(is_hidden))
        elif "problem" in data:
            raise _refusal(name, data)
        elif "sheet" in data:
            sheet = RawSheet(data["sheet"], data["hidden"])
            yield sheet, None
        elif "merged" in data:
            sheet.merged = [Area(*corners) for corners in data["merged"]]
            sheet.hidden_columns = frozenset(data["hidden_columns"])
        elif "end" in data:
            return True
    return False


def _value(data: Any) -> Value:
    if not isinstance(data, dict):
        return data  # type: ignore[no-any-return]  # A JSON scalar.
    if "formula" in data:
        return Uncomputed(data["formula"])
    return ExcelError(data["error"]) if "error" in data else datetime.fromisoformat(data["at"])


def _refusal(name: str, data: Mapping[str, Any]) -> BadFile:
    """Return the error for a problem of the child."""
    blank = {"sheet": "", "row": "", "kind": "", "cell": "", "limit": ""}
    params = {**blank, **{key: value for key, value in data.items() if key != "problem"}}
    if data["problem"] == "bomb":
        params["limit"] //= MIB
    return BadFile(REFUSALS.get(data["problem"]), file=name, **params)


def quoted(names: Iterable[str]) -> str:
    """Quote and join names for a message."""
    return "、".join(f"“{name}”" for name in names)
