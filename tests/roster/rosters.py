"""Roster files for the tests."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 23 November 2026, 10:00 in Shanghai.
TODAY = "2026-11-23"
PEOPLE = ("工号", "姓名", "处室编码")
SECTIONS = ("单位编码", "单位名称", "处室编码", "处室名称", "类型", "负责人工号", "启用日期")


def roster(
    people: Sequence[Sequence[Any]] = (),
    sections: Sequence[Sequence[Any]] = (),
    *,
    people_head: Sequence[str] = PEOPLE,
    sections_head: Sequence[str] = SECTIONS,
) -> bytes:
    """A workbook with the sheets that have rows."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, head, rows in (
        ("单位处室", sections_head, sections),
        ("人员", people_head, people),
    ):
        if rows:
            sheet = book.create_sheet(title)
            sheet.append(list(head))
            for row in rows:
                sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
