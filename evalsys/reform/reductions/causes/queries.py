"""Queries of the way from a bad review to a shorter process."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.queries import seen_by
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.organisation.periods.queries import base_codes, sealed_among
from evalsys.organisation.periods.rules import PeriodSpan
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.rules.categories import Attribution
from evalsys.ratings.ballots.models import EXCLUDES, Exclusion, Rating
from evalsys.reform.reductions.causes.models import ReviewCause
from evalsys.reform.reductions.causes.rules import MarkCell, MatterMark, mark_of, quarters_around
from evalsys.reform.reductions.models import MatterVersion, ServiceMatter
from evalsys.reform.reductions.queries import counting
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import MatterSource


def select_candidates(actor: Actor, on: date) -> Select[Matter]:
    """Return the query for the matters out of reviews due to the process, the newest first."""
    owner = contains_eager(Matter.subject).joinedload(Subject.owner)
    return (
        select(Matter)
        .join(Matter.subject)
        .join(Review, Review.case_id == Subject.origin_id)
        .where(
            Matter.source == MatterSource.REVIEW,
            Review.attribution == Attribution.PROCESS,
            seen_by(actor, on),
        )
        .options(owner.joinedload(Party.section), owner.joinedload(Party.organ))
        .order_by(Subject.opened_at.desc(), Subject.id.desc())
    )


@dataclass(frozen=True)
class CauseLine:
    """A candidate: the service matter named for it, the version that answers it, and its marks."""

    candidate: Matter
    matter: ServiceMatter | None = None
    measure: MatterVersion | None = None
    before: MatterMark | None = None
    after: MatterMark | None = None


def read_causes(candidates: Sequence[Matter]) -> list[CauseLine]:
    """Return the lines of some candidates, in a constant number of statements."""
    named = _named(one.subject_id for one in candidates)
    versions = _versions({matter.id for matter in named.values()})
    lines = []
    for one in candidates:
        matter = named.get(one.subject_id)
        later = [
            version
            for version in counting(versions.get(matter.id, ()) if matter else ())
            if version.starts_on >= local_day(one.subject.opened_at)
        ]
        lines.append(CauseLine(one, matter, later[0] if later else None))
    return _with_marks(lines)


def _named(subject_ids: Iterable[int]) -> dict[int, ServiceMatter]:
    """Return subject id -> the service matter that was named for it last."""
    other = aliased(ReviewCause)
    last = select(func.max(other.id)).where(other.subject_id == ReviewCause.subject_id)
    rows = db.session.execute(
        select(ReviewCause.subject_id, ServiceMatter)
        .join(ServiceMatter, ServiceMatter.id == ReviewCause.service_matter_id)
        .where(
            ReviewCause.subject_id.in_(list(subject_ids)),
            ReviewCause.id == last.scalar_subquery(),
        )
    )
    return {row.subject_id: row.ServiceMatter for row in rows}


def _versions(matter_ids: Collection[int]) -> dict[int, list[MatterVersion]]:
    query = select(MatterVersion).where(MatterVersion.service_matter_id.in_(matter_ids))
    found: dict[int, list[MatterVersion]] = defaultdict(list)
    query = query.options(joinedload(MatterVersion.matter)).order_by(MatterVersion.number)
    for version in db.session.scalars(query):
        found[version.service_matter_id].append(version)
    return found


def _with_marks(lines: Sequence[CauseLine]) -> list[CauseLine]:
    """Add the marks of the quarters around the measures."""
    spans = {
        line.measure.starts_on: quarters_around(line.measure.starts_on)
        for line in lines
        if line.measure is not None
    }
    sections = {line.measure.section_id for line in lines if line.measure is not None}
    codes = {span: base_codes(span) for pair in spans.values() for span in pair}
    every = {code for some in codes.values() for code in some}
    sealed = sealed_among(every) if every else frozenset()
    cells = _cells(sections, sealed) if sealed else {}

    def mark(measure: MatterVersion, span: PeriodSpan) -> MatterMark:
        if not sealed.issuperset(codes[span]):
            return MatterMark(span.code, None, is_closed=False)
        found = _sum(cells, measure.section_id, codes[span])
        return MatterMark(span.code, mark_of(found, measure.matter.name))

    done = []
    for line in lines:
        if line.measure is None:
            done.append(line)
            continue
        before, after = spans[line.measure.starts_on]
        marks = mark(line.measure, before), mark(line.measure, after)
        done.append(CauseLine(line.candidate, line.matter, line.measure, *marks))
    return done


Cells = Mapping[tuple[int, str], Mapping[str | None, MarkCell]]


def _cells(sections: Collection[int], codes: Collection[str]) -> Cells:
    """Return (section, base period) -> the ballots of each service type that count."""
    levels = [getattr(Rating, name) for name in DIMENSIONS]
    total: Any = sum((func.coalesce(level, 0) for level in levels[1:]), func.coalesce(levels[0], 0))
    answered: Any = sum(
        (case((level.is_not(None), 1), else_=0) for level in levels[1:]),
        case((levels[0].is_not(None), 1), else_=0),
    )
    rows = db.session.execute(
        select(
            Rating.section_id,
            Rating.base_period,
            Rating.service_type,
            func.count(),
            func.sum(total),
            func.sum(answered),
        )
        .outerjoin(Exclusion, EXCLUDES)
        .where(
            Rating.base_period.in_(codes),
            Rating.section_id.in_(sections),
            Exclusion.ballot_id.is_(None),
        )
        .group_by(Rating.section_id, Rating.base_period, Rating.service_type)
    )
    found: dict[tuple[int, str], dict[str | None, MarkCell]] = defaultdict(dict)
    for section, period, kind, *numbers in rows:
        found[section, period][kind] = MarkCell(*map(int, numbers))
    return found


def _sum(cells: Cells, section: int, codes: Sequence[str]) -> dict[str | None, MarkCell]:
    """Add up the base periods of a quarter."""
    found: dict[str | None, MarkCell] = {}
    for code in codes:
        for kind, cell in cells.get((section, code), {}).items():
            known = found.get(kind, MarkCell(0, 0, 0))
            found[kind] = MarkCell(
                known.ballots + cell.ballots,
                known.levels + cell.levels,
                known.answers + cell.answers,
            )
    return found
