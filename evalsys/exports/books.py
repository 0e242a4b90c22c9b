"""Workbooks of a closed period as files: name, cover, printed frame."""

from pathlib import Path

from evalsys.core.city import say
from evalsys.core.errors import NP_
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.frames import book_name, internal_frame
from evalsys.foundation.spreadsheets.model import Frame
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.organisation.periods.sheets import period_words
from evalsys.results.reports.sheets.facts import result_facts
from evalsys.results.reports.sheets.registry import all_books
from evalsys.results.reports.sheets.request import ExportRequest

OF_PERIOD = NP_("a workbook and its period", "%(period)s, %(title)s")
FILE_PREFIX = NP_("sheet", "sections")


def file_name(request: ExportRequest) -> str:
    """Return the file name: prefix, title, period, place, day."""
    lang, book = request.lang, all_books()[request.name]
    parts = (say(FILE_PREFIX, lang), say(book.title, lang), request.result.period.code)
    return book_name(*parts, request.place, at=request.at)


def write_book(request: ExportRequest, path: Path, progress: Progress, persons: int) -> int:
    """Write a workbook atomically and return the number of its rows.

    `persons` is the number of people it names. Raises DomainError or Cancelled.
    """
    sheets = all_books()[request.name].sheets(request)
    facts = result_facts(request, sheets, persons)
    return write_file(path, sheets, _frame(request), facts, progress)


def _frame(request: ExportRequest) -> Frame:
    result, title = request.result, all_books()[request.name].title
    return internal_frame(
        OF_PERIOD.filled(period=period_words(result.period.code), title=title),
        request.place,
        request.actor.name,
        at=request.at,
        lang=request.lang,
        mark=f" · v{result.version} {result.digest[:16]}",
    )
