"""The sheet 差评工单: the cases of bad reviews of a period, not joined to ballots.

It has neither reasons nor levels, and names are hidden as in the ballot sheets, so that its rows
cannot be matched to those of 差评台账.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.parties import is_owned_by
from evalsys.cases.engine.queries import seen_by
from evalsys.core.errors import N_, NP_, Message
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NO, NONE, YES
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.sheets import place_columns
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.queries import KIND, with_parties
from evalsys.personnel.feedback.rules.categories import ASIDES, ATTRIBUTIONS, CATEGORIES, RESULTS
from evalsys.personnel.sheets.words import stage_words
from evalsys.results.reports.sheets.ballots.crowd import Crowd, read_crowd
from evalsys.results.reports.sheets.ballots.sheets import PRIVACY
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import HIDDEN

CASES = NP_("sheet", "Cases of bad reviews")


class ReviewRow(NamedTuple):
    """A row of the sheet: the case, and whether section and person may be named."""

    review: Review
    has_person: bool

    @property
    def section(self) -> Section | None:
        """The section, if it may be named."""
        return self.review.case.section if self.has_person else None


def cases_sheet(request: ExportRequest) -> Sheet[ReviewRow]:
    """Return the sheet 差评工单: the cases of members whose ballots are listed."""
    crowd = read_crowd(request)
    return Sheet(CASES, _columns(), _lines(request, crowd), _count(request, crowd), frozen=1)


def count_cases(request: ExportRequest) -> int:
    """Return the number of rows of 差评工单."""
    return _count(request, read_crowd(request))


def _count(request: ExportRequest, crowd: Crowd) -> int:
    key = (Subject.section_id.label("s"), Subject.staff_id.label("p"), _period().label("c"))
    query = select(*key).select_from(Review).join(Review.case).where(*_of_period(request))
    cells = query.subquery().c
    rows = db.session.execute(select(*cells, func.count()).group_by(*cells))
    return sum(row[3] for row in rows if row[:3] in crowd.named or not request.is_narrowed)


def _lines(request: ExportRequest, crowd: Crowd) -> Iterator[ReviewRow]:
    query = (
        select(Review)
        .join(Review.case)
        .where(*_of_period(request))
        .options(*with_parties())
        .order_by(Subject.year, Subject.serial)
    )
    for review in db.session.scalars(query):
        case = review.case
        cell = (case.section_id, case.staff_id, str(case.grounds["period"]))
        if cell in crowd.named or not request.is_narrowed:
            yield ReviewRow(review, cell in crowd.named)


def _period() -> ColumnElement[str]:
    code: ColumnElement[str] = Subject.grounds["period"].as_string()
    return code


def _of_period(request: ExportRequest) -> list[ColumnElement[bool]]:
    codes = base_codes(parse_period(request.result.period.code))
    return [
        Subject.kind == KIND,
        _period().in_(codes),
        is_owned_by(request.section_ids()),
        seen_by(request.actor, local_day(request.at)),
    ]


def _columns() -> tuple[Column[ReviewRow], ...]:
    return (
        Column(
            NP_("review", "Case number"),
            lambda row: row.review.case.number,
            CellKind.CODE,
            N_("random within a batch of ballots"),
        ),
        Column(
            N_("Section"),
            lambda row: row.section.name if row.section else HIDDEN,
            meaning=PRIVACY,
        ),
        Column(
            N_("Staff number"),
            lambda row: row.review.case.staff.number if row.has_person else HIDDEN,
            CellKind.CODE,
            PRIVACY,
        ),
        Column(
            N_("Name"),
            lambda row: row.review.case.staff.name if row.has_person else HIDDEN,
            meaning=PRIVACY,
        ),
        *_findings(),
        *_calls(),
        *place_columns(lambda row: row.section),
    )


def _findings() -> Iterator[Column[ReviewRow]]:
    yield Column(
        N_("Stage"),
        lambda row: stage_words(row.review.case),
        meaning=N_("where the case stands"),
    )
    yield Column(
        N_("Category"),
        lambda row: _named(CATEGORIES, row.review.category),
        meaning=N_("what it turned out to be"),
    )
    yield Column(
        N_("Due to"),
        lambda row: _named(ATTRIBUTIONS, row.review.attribution),
        meaning=N_("only what is due to the person counts"),
    )
    yield Column(
        N_("Why it does not count"),
        lambda row: _named(ASIDES, row.review.aside),
        meaning=N_("decided by two people"),
    )
    yield Column(
        NP_("sheet", "Rectified on"),
        lambda row: row.review.rectified_on or NONE,
        meaning=N_("when it was rectified or explained"),
    )


def _calls() -> Iterator[Column[ReviewRow]]:
    yield Column(
        NP_("sheet", "Contact left"),
        lambda row: YES if row.review.has_contact else NO,
        meaning=N_("the call-back rate is that of these"),
    )
    yield Column(
        NP_("sheet", "First called on"),
        lambda row: row.review.contacted_on or NONE,
        meaning=N_("where a contact was left"),
    )
    yield Column(
        NP_("sheet", "Called back on"),
        lambda row: row.review.called_back_on or NONE,
        meaning=N_("after it was rectified"),
    )
    yield Column(
        NP_("sheet", "Follow-up rating"),
        lambda row: _named(RESULTS, row.review.result),
        meaning=N_("beside the first rating, never instead"),
    )


def _named(words: Mapping[str, str], key: str | None) -> Value:
    return Message(words[key]) if key else NONE
