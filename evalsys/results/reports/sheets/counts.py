"""The size of a workbook before it is written: its rows, and the people it names."""

from typing import Any

from sqlalchemy import Select, func, select

from evalsys.core.extensions import db
from evalsys.results.reports.queries import select_members
from evalsys.results.reports.sheets.ballots.crowd import read_crowd
from evalsys.results.reports.sheets.ballots.rows import count_bad
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.scores.models import MemberScore, SectionScore

DIMENSIONS = 4


def count_sections(request: ExportRequest) -> int:
    """Return the number of rows of 科长排名."""
    return request.sections


def count_shares(request: ExportRequest) -> int:
    """Return the maximum number of rows of 评价分布."""
    return request.sections * DIMENSIONS


def count_members(request: ExportRequest) -> int:
    """Return the number of rows of 人员明细: members who changed sections have two."""
    return _count(_members(request).with_only_columns(MemberScore.id))


def count_bad_reviews(request: ExportRequest) -> int:
    """Return the number of rows of 差评台账."""
    return count_bad(request, read_crowd(request))


def count_ratings(request: ExportRequest) -> int:
    """Return the number of rows of 评价明细."""
    return read_crowd(request, is_complete=True).ballots


def chiefs_named(request: ExportRequest) -> set[int]:
    """Return the ids of the people named in the ranking."""
    query = request.select_sections().where(SectionScore.chief_id.is_not(None)).order_by(None)
    return set(db.session.scalars(query.with_only_columns(SectionScore.chief_id).distinct()))


def members_named(request: ExportRequest) -> set[int]:
    """Return the ids of the people named in 人员明细."""
    return set(
        db.session.scalars(_members(request).with_only_columns(MemberScore.staff_id).distinct())
    )


def badly_rated_named(request: ExportRequest) -> set[int]:
    """Return the ids of the people named by 差评台账."""
    return {staff_id for _, staff_id in read_crowd(request).members}


def rated_named(request: ExportRequest) -> set[int]:
    """Return the ids of the people named by 评价明细."""
    return {staff_id for _, staff_id in read_crowd(request, is_complete=True).members}


def _members(request: ExportRequest) -> Select[Any]:
    query = select_members(request.actor, request.result)
    return query.where(MemberScore.section_id.in_(request.section_ids())).order_by(None)


def _count(query: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
