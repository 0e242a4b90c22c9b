"""The ranking of chiefs and the list of sections: filtered, sorted and paginated in SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Integer, Select, and_, case, exists, or_, select, type_coerce
from sqlalchemy.sql.elements import SQLCoreOperations

from evalsys.core.pages import paginate
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Organ, Section, SectionKind, Staff
from evalsys.organisation.org.queries import is_called
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import Proposal, ProposalKind
from evalsys.results.reports.queries import select_sections
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import is_exact, printed
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.formulas import SizeBand

PAGE = 50
LONGEST_SEARCH = 40
# The kinds in their usual order, then the sections compared with all.
GROUP = case(
    *((SectionScore.group_label == kind.value, place) for place, kind in enumerate(SectionKind)),
    else_=len(SectionKind),
)
POINT = 100  # hundredths, as scores are stored


def _as_printed(column: Any) -> ColumnElement[int | None]:
    """Return the hundredths of a score rounded as printed."""
    exact = type_coerce(column, Integer)
    nearest = exact + POINT // 2
    return case(
        (SectionScore.extent == Extent.NONE, None),
        (SectionScore.extent == Extent.WHOLE, nearest - nearest % POINT),
        else_=exact,
    )


# The order must not reveal what is not printed.
ORDERS: dict[str, tuple[SQLCoreOperations[Any], ...]] = {
    "rank": (GROUP, SectionScore.rank),
    "section": (Section.code,),
    "total": (_as_printed(SectionScore.total),),
    "rate": (case((SectionScore.is_comparable, _as_printed(SectionScore.rate))),),
    "theta": (_as_printed(SectionScore.theta),),
    "ballots": (SectionScore.ballots,),  # Only where printed: see `select_ranked`.
    "coverage": (SectionScore.coverage,),
}


@dataclass(frozen=True)
class RankingFilter:
    """The filter of a ranking in query arguments; invalid ones are ignored."""

    kind: SectionKind | None = None
    band: SizeBand | None = None
    proposal: ProposalKind | None = None
    organ: str = ""
    search: str = ""
    sort: str = "rank"

    @classmethod
    def read(cls, args: Mapping[str, str], sort: str = "rank") -> "RankingFilter":
        """Return the filter in query arguments."""
        wanted = args.get("sort", sort)
        band = args.get("band", "")
        return cls(
            kind=_member(SectionKind, args.get("kind")),
            band=_member(SizeBand, int(band)) if band.isascii() and band.isdigit() else None,
            proposal=_member(ProposalKind, args.get("proposal")),
            organ=args.get("organ", ""),
            search=args.get("search", "").strip()[:LONGEST_SEARCH],
            sort=wanted if wanted.removeprefix("-") in ORDERS else sort,
        )


def _member(enum: type[Any], value: object) -> Any:
    """Return the member of an enum with a value, or None."""
    return next((member for member in enum if member.value == value), None)


def list_ranked(actor: Actor, result: Result, wanted: RankingFilter) -> Pagination:
    """Return a page of frozen sections; those not comparable come last."""
    page = paginate(select_ranked(actor, result, wanted), PAGE)
    page.items = [printed(row) for row in page.items]
    return page


def select_ranked(actor: Actor, result: Result, wanted: RankingFilter) -> Select[SectionScore]:
    """Return the query for the frozen sections of a filter, in its order."""
    query = _filtered(select_sections(actor, result), wanted)
    name = wanted.sort.removeprefix("-")
    columns = ORDERS[name]
    if name == "ballots":
        least = PolicyRules.from_json(result.policy.rules).min_n_display
        is_printed = and_(SectionScore.ballots >= least, is_exact(SectionScore))
        columns = (case((is_printed, SectionScore.ballots), else_=0),)
    is_descending = wanted.sort.startswith("-")
    order = [(column.desc() if is_descending else column.asc()).nulls_last() for column in columns]
    is_compared = and_(SectionScore.is_comparable, SectionScore.extent != Extent.NONE)
    return query.order_by(is_compared.desc(), *order, Section.code)


def _filtered(query: Select[SectionScore], wanted: RankingFilter) -> Select[SectionScore]:
    if wanted.kind:
        query = query.where(SectionScore.kind == wanted.kind)
    if wanted.band:
        query = query.where(SectionScore.size_band == wanted.band)
    if wanted.organ:
        query = query.join(Section.organ).where(Organ.code == wanted.organ)
    if wanted.proposal:
        proposed = exists().where(
            Proposal.result_id == SectionScore.result_id,
            Proposal.section_id == SectionScore.section_id,
            Proposal.kind == wanted.proposal,
        )
        query = query.where(proposed)
    if wanted.search:
        text = wanted.search
        chiefs = select(Staff.id).where(is_called(text))
        named = Section.name.contains(text, autoescape=True)
        query = query.where(or_(named, Section.code == text, SectionScore.chief_id.in_(chiefs)))
    return query
