"""差评工单 as a sheet: the cases of bad reviews of a period, beside the ballots, not joined.

Neither what the rater ticked nor a level stands here, and names are left out where those of ballots
are: a line of this sheet and a line of 差评台账 shall not be laid side by side.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import CaseFile
from evalsys.cases.engine.queries import seen_by
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import Column, Kind, Sheet, Value, Words
from evalsys.foundation.spreadsheets.words import NO, NONE, YES
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.sheets import place_columns
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.queries import KIND
from evalsys.personnel.feedback.rules.categories import ASIDES, ATTRIBUTIONS, CATEGORIES, RESULTS
from evalsys.personnel.sheets.words import page_words, stage_words
from evalsys.results.reports.sheets.ballots.crowd import Crowd, read_crowd
from evalsys.results.reports.sheets.ballots.sheets import PRIVACY
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import HIDDEN

CASES = Words("差评工单", "Cases of bad reviews")


class CaseLine(NamedTuple):
    """A line of the sheet: the case, and whether section and person may be named."""

    review: Review
    has_person: bool

    @property
    def section(self) -> Section | None:
        """The section, if it may be named."""
        return self.review.case.section if self.has_person else None


def cases_sheet(request: ExportRequest) -> Sheet[CaseLine]:
    """Return the sheet 差评工单: the cases of those whose ballots are listed."""
    crowd = read_crowd(request)
    return Sheet(CASES, _columns(), _lines(request, crowd), _count(request, crowd), frozen=1)


def count_cases(request: ExportRequest) -> int:
    """Return the rows of 差评工单."""
    return _count(request, read_crowd(request))


def _count(request: ExportRequest, crowd: Crowd) -> int:
    key = (CaseFile.section_id, CaseFile.staff_id, _period())
    query = select(*key, func.count()).select_from(Review).join(Review.case).group_by(*key)
    rows = db.session.execute(query.where(*_of_period(request)))
    return sum(row[3] for row in rows if row[:3] in crowd.named or not request.is_narrowed)


def _lines(request: ExportRequest, crowd: Crowd) -> Iterator[CaseLine]:
    query = (
        select(Review)
        .join(Review.case)
        .where(*_of_period(request))
        .options(
            joinedload(Review.case).joinedload(CaseFile.section).joinedload(Section.organ),
            joinedload(Review.case).joinedload(CaseFile.staff),
        )
        .order_by(CaseFile.year, CaseFile.serial)
    )
    for review in db.session.scalars(query):
        case = review.case
        cell = (case.section_id, case.staff_id, str(case.grounds["period"]))
        if cell in crowd.named or not request.is_narrowed:
            yield CaseLine(review, cell in crowd.named)


def _period() -> ColumnElement[str]:
    code: ColumnElement[str] = CaseFile.grounds["period"].as_string()
    return code


def _of_period(request: ExportRequest) -> list[ColumnElement[bool]]:
    codes = base_codes(parse_period(request.result.period.code))
    return [
        CaseFile.kind == KIND,
        _period().in_(codes),
        CaseFile.section_id.in_(request.section_ids()),
        seen_by(request.actor, local_day(request.at)),
    ]


def _columns() -> tuple[Column[CaseLine], ...]:
    return (
        Column(
            Words("工单号", "Case number"),
            lambda row: row.review.case.number,
            Kind.CODE,
            Words("同批工单随机编号，与评价先后无关", "random within a batch of ballots"),
        ),
        Column(
            Words("{科室}", "Section"),
            lambda row: row.section.name if row.section else HIDDEN,
            meaning=PRIVACY,
        ),
        Column(
            Words("工号", "Staff number"),
            lambda row: row.review.case.staff.number if row.has_person else HIDDEN,
            Kind.CODE,
            PRIVACY,
        ),
        Column(
            Words("姓名", "Name"),
            lambda row: row.review.case.staff.name if row.has_person else HIDDEN,
            meaning=PRIVACY,
        ),
        *_findings(),
        *_calls(),
        *place_columns(lambda row: row.section),
    )


def _findings() -> Iterator[Column[CaseLine]]:
    yield Column(
        Words("阶段", "Stage"),
        lambda row: stage_words(row.review.case),
        meaning=Words("办理到哪一步", "where the case stands"),
    )
    yield Column(
        Words("类别", "Category"),
        lambda row: _named(CATEGORIES, row.review.category),
        meaning=Words("研判结论", "what it turned out to be"),
    )
    yield Column(
        Words("归因", "Due to"),
        lambda row: _named(ATTRIBUTIONS, row.review.attribution),
        meaning=Words("只有个人原因计入得分", "only what is due to the person counts"),
    )
    yield Column(
        Words("不计入得分原因", "Why it does not count"),
        lambda row: _named(ASIDES, row.review.aside),
        meaning=Words("由两人决定", "decided by two people"),
    )
    yield Column(
        Words("整改日期", "Rectified on"),
        lambda row: row.review.rectified_on or NONE,
        meaning=Words("整改或解释说明的日期", "when it was rectified or explained"),
    )


def _calls() -> Iterator[Column[CaseLine]]:
    yield Column(
        Words("是否留有联系方式", "Contact left"),
        lambda row: YES if row.review.has_contact else NO,
        meaning=Words("回访率只按留有联系方式的计算", "the call-back rate is that of these"),
    )
    yield Column(
        Words("首次联系日期", "First called on"),
        lambda row: row.review.contacted_on or NONE,
        meaning=Words("留有联系方式的", "where a contact was left"),
    )
    yield Column(
        Words("回访日期", "Called back on"),
        lambda row: row.review.called_back_on or NONE,
        meaning=Words("整改后的回访", "after it was rectified"),
    )
    yield Column(
        Words("回访结果", "Follow-up rating"),
        lambda row: _named(RESULTS, row.review.result),
        meaning=Words("追评，与首次评价并列，不替代", "beside the first rating, never instead"),
    )


def _named(words: Mapping[str, str], key: str | None) -> Value:
    return page_words(words[key]) if key else NONE
