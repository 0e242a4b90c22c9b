"""The catalogue of workbooks: their sheets, and who may export them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalsys.core.city import say
from evalsys.core.errors import N_, NP_, Text
from evalsys.core.permissions import Role
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.frames import book_name, internal_frame
from evalsys.foundation.spreadsheets.model import Frame, Sheet
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.organisation.periods.sheets import period_words
from evalsys.results.reports.sheets import counts
from evalsys.results.reports.sheets.ballots.sheets import bad_reviews_sheet, ratings_sheet
from evalsys.results.reports.sheets.charts import ranking_chart, trend_sheet
from evalsys.results.reports.sheets.distribution import distribution_chart, distribution_sheet
from evalsys.results.reports.sheets.facts import result_facts
from evalsys.results.reports.sheets.members import members_sheet
from evalsys.results.reports.sheets.ranking import ranking_sheet
from evalsys.results.reports.sheets.reasons import reasons_sheet
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.reviews import cases_sheet, count_cases

Sheets = list[Sheet[Any]]
OF_PERIOD = NP_("a workbook and its period", "%(period)s, %(title)s")
SINGLE_BALLOTS = frozenset({Role.HR, Role.SYSTEM})  # Roles that may export single ballots.
FILE_PREFIX = NP_("sheet", "sections")


@dataclass(frozen=True)
class Book:
    """A workbook: functions return its sheets, its approximate rows and the people it names.

    `is_single` means that it lists single ballots.
    """

    title: Text
    sheets: Callable[[ExportRequest], Sheets]
    rows: Callable[[ExportRequest], int]
    people: Callable[[ExportRequest], set[int]]
    is_single: bool = False


def _report(request: ExportRequest) -> Sheets:
    """Return all sheets but 评价明细; bad reviews only for roles that may see single ballots."""
    may_see_ballots = request.actor.role in SINGLE_BALLOTS
    return [
        ranking_sheet(request),
        *ranking_chart(request),
        members_sheet(request),
        distribution_sheet(request),
        *distribution_chart(request),
        *([bad_reviews_sheet(request)] if may_see_ballots else []),
        *trend_sheet(request),
    ]


def _report_rows(request: ExportRequest) -> int:
    ballots = counts.count_bad_reviews(request) if request.actor.role in SINGLE_BALLOTS else 0
    return counts.count_members(request) + counts.count_shares(request) + ballots


BOOKS: dict[str, Book] = {
    "ranking": Book(
        N_("Ranking of chiefs"),
        lambda request: [ranking_sheet(request), *ranking_chart(request)],
        counts.count_sections,
        counts.chiefs_named,
    ),
    "members": Book(
        NP_("sheet", "Members"),
        lambda request: [members_sheet(request)],
        counts.count_members,
        counts.members_named,
    ),
    "distribution": Book(
        NP_("sheet", "Distribution"),
        lambda request: [distribution_sheet(request), *distribution_chart(request)],
        counts.count_shares,
        counts.chiefs_named,
    ),
    "report": Book(NP_("sheet", "All reports"), _report, _report_rows, counts.members_named),
    "bad-reviews": Book(
        N_("Bad reviews"),
        lambda request: [
            bad_reviews_sheet(request),
            reasons_sheet(request),
            cases_sheet(request),
        ],
        lambda request: counts.count_bad_reviews(request) + count_cases(request),
        counts.rated_named,
        is_single=True,
    ),
    "ratings": Book(
        NP_("sheet", "Ratings"),
        lambda request: [ratings_sheet(request)],
        counts.count_ratings,
        counts.rated_named,
        is_single=True,
    ),
}


def file_name(request: ExportRequest) -> str:
    """Return the file name: prefix, title, period, place, day."""
    lang, book = request.lang, BOOKS[request.name]
    parts = (say(FILE_PREFIX, lang), say(book.title, lang), request.result.period.code)
    return book_name(*parts, request.place, at=request.at)


def write_book(request: ExportRequest, path: Path, progress: Progress, persons: int) -> int:
    """Write a workbook atomically and return the number of its rows.

    `persons` is the number of people it names. Raises DomainError or Cancelled.
    """
    sheets = BOOKS[request.name].sheets(request)
    facts = result_facts(request, sheets, persons)
    return write_file(path, sheets, _frame(request), facts, progress)


def _frame(request: ExportRequest) -> Frame:
    result, title = request.result, BOOKS[request.name].title
    return internal_frame(
        OF_PERIOD.filled(period=period_words(result.period.code), title=title),
        request.place,
        request.actor.name,
        at=request.at,
        lang=request.lang,
        mark=f" · v{result.version} {result.digest[:16]}",
    )
