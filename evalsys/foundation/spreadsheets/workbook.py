"""Write sheets with a cover to a file, atomically."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import current_app

from evalsys.core.city import say
from evalsys.core.errors import N_, DomainError
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.facts import Facts
from evalsys.foundation.spreadsheets.model import MOST_ROWS, Frame, Sheet


def write_file(
    path: Path, sheets: Sequence[Sheet[Any]], frame: Frame, facts: Facts | None, progress: Progress
) -> int:
    """Write a cover and sheets to a file, atomically; return the number of rows.

    Without `facts` there is no cover: for another system, which reads the first sheet.
    Raises DomainError or Cancelled.
    """
    from openpyxl import Workbook

    from evalsys.foundation.spreadsheets.cover import COVER, write_cover
    from evalsys.foundation.spreadsheets.writer import discard, new_sheet, write_sheet

    _check_fits(sheets)
    progress.begin(sum(sheet.count for sheet in sheets), N_("Writing the workbook"))
    written = 0
    book = Workbook(write_only=True)
    book.properties.creator = str(current_app.config["ORGANISATION"])
    book.properties.title = frame.title
    part = path.with_name(f".{path.name}.part")
    try:
        if facts is not None:
            write_cover(new_sheet(book, say(COVER, frame.lang)), facts, sheets, frame)
        for sheet in sheets:
            title = say(sheet.title, frame.lang)
            written += write_sheet(new_sheet(book, title), sheet, frame, progress)
    except BaseException:
        discard(book)
        raise
    try:
        book.save(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


def _check_fits(sheets: Sequence[Sheet[Any]]) -> None:
    """Raise DomainError if a sheet has more rows than Excel takes."""
    most = max(sheet.count for sheet in sheets)
    if most > MOST_ROWS:
        raise DomainError(
            N_("%(rows)s rows do not fit into a sheet (%(most)s at most). Narrow the filter."),
            rows=most,
            most=MOST_ROWS,
            status=422,
        )
