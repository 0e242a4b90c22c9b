"""Single ballots, for the personnel office only: 差评台账 and 评价明细, streamed.

A row must not identify its rater: no reference, time, channel or service type; the person rated is
named only in a crowd (`crowd`); rows are sorted by their content, since any other order, even of
hashes, would carry information.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import EXCLUDES, Exclusion, ExclusionReason, Rating
from evalsys.results.reports.sheets.ballots.crowd import Crowd, listable
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.scores.rules.formulas import BAD, ballot_score

CHUNK = 2_000  # ballots loaded and sorted at a time
NOTHING = ""


class BallotRow(NamedTuple):
    """A ballot as printed; "" where too few share a name.

    Levels are 0 for "don't know"; `excluded` is the reason of the exclusion, or "". Reasons ticked
    are never shown with levels: see `sheets.reasons`.
    """

    section_code: str
    section: str
    number: str
    name: str
    group: str
    attitude: int
    work_style: int
    efficiency: int
    competence: int
    excluded: str

    @property
    def levels(self) -> tuple[int, int, int, int]:
        """The four levels."""
        return self.attitude, self.work_style, self.efficiency, self.competence


def read_ballots(request: ExportRequest, crowd: Crowd, *, bad: bool = False) -> Iterator[BallotRow]:
    """Yield the ballots sorted by content, a chunk in memory at a time.

    `bad` selects those with a level of 1 or 2. Those without names come last.
    """
    query = _select(request, bad=bad)
    for section_id, seats in crowd.sections.items():
        here = query.where(Rating.section_id == section_id)
        for staff_ids in _chunks(seats):
            rows = db.session.execute(here.where(Rating.staff_id.in_(staff_ids)))
            yield from sorted(_printed(row, crowd) for row in rows if row[:3] in crowd.named)
    yield from sorted(
        _printed(row, crowd)
        for section_id, staff_ids in crowd.pooled.items()
        for row in db.session.execute(
            query.where(Rating.section_id == section_id, Rating.staff_id.in_(staff_ids))
        )
        if row[:3] in crowd.listed and row[:3] not in crowd.named
    )


def _chunks(seats: Mapping[int, int]) -> Iterator[list[int]]:
    """Yield the named members of a section, about a chunk of ballots at a time."""
    rows = db.session.execute(select(Staff.id, Staff.number).where(Staff.id.in_(seats)))
    numbers = {row.id: row.number for row in rows}
    chunk, ballots = [], 0
    for staff_id in sorted(seats, key=lambda staff_id: numbers[staff_id]):
        chunk.append(staff_id)
        ballots += seats[staff_id]
        if ballots >= CHUNK:
            yield chunk
            chunk, ballots = [], 0
    if chunk:
        yield chunk


def _select(request: ExportRequest, *, bad: bool) -> Select[Any]:
    query = (
        select(
            Rating.section_id,
            Rating.staff_id,
            Rating.base_period,
            Section.code,
            Section.name,
            Staff.number,
            Staff.name,
            Rating.rater_group,
            *(getattr(Rating, name) for name in DIMENSIONS),
            Exclusion.reason,
        )
        .join(Section, Section.id == Rating.section_id)
        .join(Staff, Staff.id == Rating.staff_id)
        .outerjoin(Exclusion, EXCLUDES)
        .where(*listable(request))
    )
    return query.where(_is_bad()) if bad else query


def _is_bad() -> Any:
    return or_(*(getattr(Rating, name) <= BAD for name in DIMENSIONS))


def _printed(row: Sequence[Any], crowd: Crowd) -> BallotRow:
    """Return a ballot as printed. Runs for each of a million rows."""
    section_id, staff_id, base, code, section, number, name, group, *rest = row
    attitude, work_style, efficiency, competence, excluded = rest
    if (section_id, staff_id, base) not in crowd.named:
        code = section = number = name = NOTHING
    return BallotRow(
        code,
        section,
        number,
        name,
        group.value if (section_id, staff_id, base, group) in crowd.groups else NOTHING,
        attitude or 0,
        work_style or 0,
        efficiency or 0,
        competence or 0,
        excluded.value if excluded else NOTHING,
    )


def count_bad(request: ExportRequest, crowd: Crowd) -> int:
    """Return the number of rows of the register of bad reviews."""
    key = (Rating.section_id, Rating.staff_id, Rating.base_period)
    rows = db.session.execute(
        select(*key, func.count()).where(*listable(request), _is_bad()).group_by(*key)
    )
    return sum(row[3] for row in rows if row[:3] in crowd.listed)


def scorer(weights: Mapping[str, int]) -> Any:
    """Return a cached F1 of four levels; None if only dimensions without weight were answered."""

    @cache
    def score(levels: Sequence[int]) -> Decimal | None:
        given = {name: level or None for name, level in zip(DIMENSIONS, levels, strict=True)}
        counts = any(level and weights.get(name) for name, level in given.items())
        return ballot_score(given, weights) if counts else None

    return score


def exclusion_of(ballot: BallotRow) -> ExclusionReason | None:
    """Return the reason of a ballot's exclusion, or None."""
    return ExclusionReason(ballot.excluded) if ballot.excluded else None
