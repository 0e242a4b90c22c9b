"""Workbooks for the tests, as written by unusual programs."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

Change = Callable[[str, bytes], bytes]


def workbook(*rows: Sequence[Any], title: str = "人员", more: Sequence[str] = ()) -> bytes:
    """A workbook with one filled sheet, and perhaps empty ones."""
    return book({title: rows, **dict.fromkeys(more, ())})


def book(
    sheets: Mapping[str, Sequence[Sequence[Any]]], touch: Callable[[Any], object] = id
) -> bytes:
    """A workbook with these sheets; `touch` may change it before it is saved."""
    found = Workbook()
    found.remove(found.worksheets[0])
    for title, rows in sheets.items():
        sheet = found.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    touch(found)
    target = io.BytesIO()
    found.save(target)
    return target.getvalue()


def same(name: str, data: bytes) -> bytes:
    """Change nothing."""
    return data


def replaced(*pairs: tuple[str, str], part: str = "") -> Change:
    """Replace texts in all parts with a suffix."""

    def change(name: str, data: bytes) -> bytes:
        for old, new in pairs if name.endswith(part) else ():
            data = data.replace(old.encode(), new.encode())
        return data

    return change


def rebuilt(
    content: bytes,
    change: Change = same,
    *,
    rename: Callable[[str], str] = str,
    parts: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the workbook with parts changed and added, as by a hostile or broken program."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(rename(name), change(name, old.read(name)))
        for name, data in (parts or {}).items():
            new.writestr(name, data)
    return target.getvalue()
