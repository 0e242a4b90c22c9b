"""Read a workbook from standard input; write its rows as JSON lines to standard output.

Run as a script of its own, by `reading.py`, and never imported by the application: a hostile file
then costs at most the memory and the processor time that this process may use.

The lines are `{"sheets": [name, ...]}`, `{"sheet": name}`, `[row number, value, ...]` and at last
`{"end": true}`; or `{"problem": word, ...}` when the file is refused. Without the last line the
process was killed.
"""

import contextlib
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, NoReturn

CHUNK = 1 << 16
DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
OVERLAP = max(map(len, DOCTYPES)) - 1


def main() -> None:
    """Obey the limits in the first argument, then read."""
    limits = json.loads(sys.argv[1])
    with contextlib.suppress(ValueError, OSError):  # Some systems refuse to lower it: macOS.
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"]))
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it for nothing.
    try:
        _check_parts(sys.stdin.buffer, limits)
        _write_rows(sys.stdin.buffer, limits)
    except MemoryError:
        _refuse("heavy")
    except Exception:  # noqa: BLE001  # A broken file may break the reader anywhere.
        _refuse("damaged")
    _say({"end": True})


def _say(line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")


def _refuse(problem: str, **params: object) -> NoReturn:
    _say({"problem": problem, **params})
    sys.stdout.flush()
    raise SystemExit(0)


def _check_parts(file: BinaryIO, limits: dict[str, Any]) -> None:
    """Unpack every part once, counting the real bytes: the sizes in the index may lie."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" not in names:
            _refuse("kind", kind=_kind_of(names))
        if "xl/vbaProject.bin" in names:
            _refuse("kind", kind=".xlsm")
        if len(names) > limits["parts"] or len(names) != len(set(names)):
            _refuse("damaged")
        total = 0
        for name in names:
            tail = b""
            with archive.open(name) as part:
                while chunk := part.read(CHUNK):
                    total += len(chunk)
                    if total > limits["unzipped"]:
                        _refuse("bomb")
                    window = tail + chunk
                    if name.endswith((".xml", ".rels")) and any(d in window for d in DOCTYPES):
                        _refuse("doctype")
                    tail = window[-OVERLAP:]


def _kind_of(names: list[str]) -> str:
    """Name the kind of a zip file that is no workbook."""
    marks = {
        "word/document.xml": ".docx",
        "ppt/presentation.xml": ".pptx",
        "content.xml": ".ods",
        "xl/workbook.bin": ".xlsb",
    }
    return next((kind for mark, kind in marks.items() if mark in names), ".zip")


def _write_rows(file: BinaryIO, limits: dict[str, Any]) -> None:
    """Write the sheets that were asked for, all of them without a name."""
    from openpyxl import load_workbook  # noqa: PLC0415  # Only after the limits are set.

    file.seek(0)
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    sheets = book.worksheets
    _say({"sheets": [sheet.title for sheet in sheets]})
    for sheet in sheets:
        if limits["sheet"] in (None, sheet.title):
            sheet.reset_dimensions()  # The size that the file states may be a lie.
            _say({"sheet": sheet.title})
            for line in _lines(sheet, limits):
                _say(line)


def _lines(sheet: Any, limits: dict[str, Any]) -> Iterator[list[Any]]:
    """Give the rows that hold something, with their number in Excel."""
    found = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        values = [_plain(cell) for cell in row]
        while values and values[-1] is None:
            values.pop()
        if not values:
            continue
        found += 1
        if found > limits["rows"]:
            _refuse("rows", sheet=sheet.title)
        if len(values) > limits["columns"]:
            _refuse("columns", sheet=sheet.title, row=number)
        yield [number, *values]


def _plain(cell: Any) -> Any:
    """Return the value of a cell as JSON can say it; None if there is nothing to be seen."""
    value = cell.value
    if cell.data_type == "e":
        return {"error": str(value)}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"at": datetime(value.year, value.month, value.day).isoformat()}  # noqa: DTZ001
    if isinstance(value, str):
        return value if value.strip() else None
    return value if value is None or isinstance(value, bool | int | float) else str(value)


if __name__ == "__main__":
    main()
