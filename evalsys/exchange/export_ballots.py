"""Single ballots, for the personnel office only: 差评台账 and 评价明细, streamed.

A row must not tell who rated. So there is no reference, time, channel or kind of service; who was
rated is named only in a crowd (see `Crowd`); and the rows stand in the order of what they print,
since any other order, even that of hashes, would say more than the rows do.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select

from evalsys.core.extensions import db
from evalsys.exchange.export_request import ExportRequest
from evalsys.org.models import Section, Staff
from evalsys.org.queries import visible_to
from evalsys.periods.queries import base_codes
from evalsys.periods.rules import parse_period
from evalsys.policies.rules import DIMENSIONS
from evalsys.ratings.models import Channel, Exclusion, ExclusionReason, Rating
from evalsys.scores.disclosure import is_small, suppress
from evalsys.scores.rules import BAD, ballot_score

CHUNK = 10_000  # ballots that are read, and put in order, at a time
NOTHING = ""


class Ballot(NamedTuple):
    """A ballot as it is printed. Empty texts where there are too few of its kind to name it.

    Four levels, 0 for not known; `excluded` is the reason why it does not count, or empty. What
    the rater ticked never stands beside levels: see `export_reasons`.
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


Seat = tuple[int, int]  # section id, staff id


@dataclass(frozen=True)
class Crowd:
    """Which sections, members and rater groups have enough ballots to be named.

    Decided over whole organs, whatever the filter, so that two exports with different filters
    hide the same and their difference tells nothing. `seats` maps each section, in the order of
    the codes, to the ballots of its members.
    """

    seats: Mapping[int, Mapping[int, int]]
    sections: frozenset[int]
    members: frozenset[Seat]
    groups: frozenset[tuple[int, int, str]]
    hidden: frozenset[int]

    @property
    def ballots(self) -> int:
        """How many ballots will be listed."""
        ids = self.sections | self.hidden
        return sum(sum(self.seats[section_id].values()) for section_id in ids)


def read_crowd(request: ExportRequest) -> Crowd:
    """Count the ballots of every member and group in scope, and decide who may be named."""
    codes, period = base_codes(parse_period(request.result.period.code)), request.result.period
    rows = db.session.execute(
        select(
            Section.organ_id,
            Rating.section_id,
            Rating.staff_id,
            Rating.rater_group,
            func.count(),
        )
        .join(Section, Section.id == Rating.section_id)
        .where(
            Rating.base_period.in_(codes),
            Rating.channel != Channel.DEFAULT,
            visible_to(request.actor, period.starts_on, period.ends_on),
        )
        .group_by(
            Section.organ_id, Section.code, Rating.section_id, Rating.staff_id, Rating.rater_group
        )
        .order_by(Section.code)
    )
    organs: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    seats: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    groups: dict[Seat, dict[str, int]] = defaultdict(dict)
    for organ_id, section_id, staff_id, group, n in rows:
        organs[organ_id][section_id] += n
        seats[section_id][staff_id] += n
        groups[section_id, staff_id][group] = n
    return _decide(request, organs, seats, groups)


def _decide(
    request: ExportRequest,
    organs: Mapping[int, Mapping[int, int]],
    seats: Mapping[int, Mapping[int, int]],
    groups: Mapping[Seat, Mapping[str, int]],
) -> Crowd:
    least = request.rules.min_n_display
    wanted = set(db.session.scalars(request.section_ids()))
    named: set[int] = set()
    pooled: set[int] = set()
    for sections in organs.values():
        hidden = suppress(sections, least)
        named |= (sections.keys() - hidden) & wanted
        # Without their names they are listed only if the whole organ is, and are enough together.
        is_whole = not request.is_narrowed and wanted >= sections.keys()
        if is_whole and not is_small(sum(sections[each] for each in hidden), least):
            pooled |= hidden
    members = {
        (section_id, staff_id)
        for section_id in named
        for staff_id in seats[section_id].keys() - suppress(seats[section_id], least)
    }
    return Crowd(
        seats=seats,
        sections=frozenset(named),
        members=frozenset(members),
        groups=frozenset(
            (*seat, group)
            for seat in members
            for group in groups[seat].keys() - suppress(groups[seat], least)
        ),
        hidden=frozenset(pooled),
    )


def read_ballots(request: ExportRequest, crowd: Crowd, *, bad: bool = False) -> Iterator[Ballot]:
    """Yield the ballots in the order of what they print, a chunk in memory at a time.

    `bad` leaves only those with a level of 1 or 2.
    """
    query = _select(request, bad=bad)
    for section_id, seats in crowd.seats.items():
        if section_id not in crowd.sections:
            continue
        here = query.where(Rating.section_id == section_id)
        for staff_ids in _chunks(section_id, seats, crowd):
            yield from _read(here.where(Rating.staff_id.in_(staff_ids)), crowd)
    if crowd.hidden:
        yield from _read(query.where(Rating.section_id.in_(crowd.hidden)), crowd)


def _chunks(section_id: int, seats: Mapping[int, int], crowd: Crowd) -> Iterator[list[int]]:
    """Yield the members of a section, about a chunk of ballots at a time; who is hidden last."""
    named = [staff_id for staff_id in seats if (section_id, staff_id) in crowd.members]
    rows = db.session.execute(select(Staff.id, Staff.number).where(Staff.id.in_(named)))
    numbers = {row.id: row.number for row in rows}
    chunk, ballots = [], 0
    for staff_id in sorted(named, key=lambda staff_id: numbers[staff_id]):
        chunk.append(staff_id)
        ballots += seats[staff_id]
        if ballots >= CHUNK:
            yield chunk
            chunk, ballots = [], 0
    if chunk:
        yield chunk
    if rest := list(seats.keys() - set(named)):
        yield rest


def _select(request: ExportRequest, *, bad: bool) -> Select[Any]:
    codes = base_codes(parse_period(request.result.period.code))
    query = (
        select(
            Rating.section_id,
            Rating.staff_id,
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
        .outerjoin(Exclusion, Exclusion.ballot_id == Rating.ballot_id)
        .where(Rating.base_period.in_(codes), Rating.channel != Channel.DEFAULT)
    )
    return query.where(_is_bad()) if bad else query


def _is_bad() -> Any:
    return or_(*(getattr(Rating, name) <= BAD for name in DIMENSIONS))


def _read(query: Select[Any], crowd: Crowd) -> list[Ballot]:
    return sorted([_printed(row, crowd) for row in db.session.execute(query)])


def _printed(row: Sequence[Any], crowd: Crowd) -> Ballot:
    """Return a ballot as it may be printed. This runs for each of a million rows."""
    section_id, staff_id, code, section, number, name, group, *rest = row
    attitude, work_style, efficiency, competence, excluded = rest
    if section_id not in crowd.sections:
        code = section = NOTHING
    if (section_id, staff_id) not in crowd.members:
        number = name = NOTHING
    return Ballot(
        code,
        section,
        number,
        name,
        group.value if (section_id, staff_id, group) in crowd.groups else NOTHING,
        attitude or 0,
        work_style or 0,
        efficiency or 0,
        competence or 0,
        excluded.value if excluded else NOTHING,
    )


def count_bad(request: ExportRequest, crowd: Crowd) -> int:
    """Return how many rows the ledger of bad reviews will have."""
    codes = base_codes(parse_period(request.result.period.code))
    rows = db.session.execute(
        select(Rating.section_id, func.count())
        .where(Rating.base_period.in_(codes), Rating.channel != Channel.DEFAULT, _is_bad())
        .group_by(Rating.section_id)
    )
    listed = crowd.sections | crowd.hidden
    return sum(n for section_id, n in rows if section_id in listed)


def scorer(weights: Mapping[str, int]) -> Any:
    """Return what gives F1 of four levels; None if only dimensions without weight were answered."""

    @cache
    def score(levels: Sequence[int]) -> Decimal | None:
        given = {name: level or None for name, level in zip(DIMENSIONS, levels, strict=True)}
        counts = any(level and weights.get(name) for name, level in given.items())
        return ballot_score(given, weights) if counts else None

    return score


def exclusion_of(ballot: Ballot) -> ExclusionReason | None:
    """Return why a ballot does not count, or None if it does."""
    return ExclusionReason(ballot.excluded) if ballot.excluded else None
