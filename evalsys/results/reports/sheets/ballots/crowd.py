"""k-anonymity of listed ballots: which are listed singly, and with which names.

Decided by base period, the finest time of a rating, so that the sheet of a half-year lists what
those of its quarters list, and their difference reveals nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, func, select

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.ratings.ballots.models import EXCLUDES, Channel, Exclusion, Rating
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.scores.rules.disclosure import is_small, suppress

Seat = tuple[int, int]  # section id, staff id
Cell = tuple[int, int, str]  # section id, staff id, base period


@dataclass(frozen=True)
class Crowd:
    """The ballots to list: `named` cells with names, `pooled` ones without.

    Decided over whole organs whatever the filter, so that exports with different filters hide the
    same. `listed` maps each listed cell, in the order of section codes, to its ballots.
    """

    listed: Mapping[Cell, int]
    named: frozenset[Cell]
    groups: frozenset[tuple[int, int, str, str]]

    @cached_property
    def members(self) -> frozenset[Seat]:
        """The named members."""
        return frozenset((section_id, staff_id) for section_id, staff_id, _ in self.named)

    @cached_property
    def sections(self) -> dict[int, dict[int, int]]:
        """Section id -> staff id -> ballots, of the named cells in order."""
        by_section: dict[int, dict[int, int]] = {}
        for section_id, staff_id, code in self.listed:
            if (section_id, staff_id, code) in self.named:
                seats = by_section.setdefault(section_id, defaultdict(int))
                seats[staff_id] += self.listed[section_id, staff_id, code]
        return by_section

    @cached_property
    def pooled(self) -> dict[int, set[int]]:
        """Section id -> members listed without a name."""
        by_section: dict[int, set[int]] = defaultdict(set)
        for section_id, staff_id, _ in self.listed.keys() - self.named:
            by_section[section_id].add(staff_id)
        return by_section

    @property
    def ballots(self) -> int:
        """The number of ballots listed."""
        return sum(self.listed.values())


def listable(request: ExportRequest) -> list[ColumnElement[bool]]:
    """Return the predicates on `Rating` that it is of the period, and not of silence."""
    codes = base_codes(parse_period(request.result.period.code))
    return [Rating.base_period.in_(codes), Rating.channel != Channel.DEFAULT]


def read_crowd(request: ExportRequest, *, is_complete: bool = False) -> Crowd:
    """Count the ballots of every member and group in scope, and decide who is named.

    Only ballots that count make a crowd; excluded ones are listed with them. A complete list, of
    good ballots too, names nobody who has a thin group: with a weight of its own, that group's
    ballots would follow from the score and the levels of all ballots.
    """
    period = request.result.period
    key = (Rating.section_id, Rating.staff_id, Rating.base_period, Rating.rater_group)
    rows = db.session.execute(
        select(Section.organ_id, *key, func.count(), func.count(Exclusion.ballot_id))
        .join(Section, Section.id == Rating.section_id)
        .outerjoin(Exclusion, EXCLUDES)
        .where(*listable(request), visible_to(request.actor, period.starts_on, period.ends_on))
        .group_by(Section.organ_id, Section.code, *key)
        .order_by(Section.code)
    )
    organs: dict[int, int] = {}
    groups: dict[Cell, dict[str, int]] = defaultdict(dict)
    counted: dict[Cell, int] = defaultdict(int)
    thin: set[Cell] = set()
    for organ_id, section_id, staff_id, code, group, n, excluded in rows:
        cell = section_id, staff_id, code
        organs[section_id] = organ_id
        groups[cell][group] = n
        counted[cell] += n - excluded
        if is_complete and is_small(n - excluded, request.rules.min_n_display):
            thin.add(cell)
    return _decide(request, organs, groups, counted, thin)


def _decide(
    request: ExportRequest,
    organs: Mapping[int, int],
    groups: Mapping[Cell, Mapping[str, int]],
    counted: Mapping[Cell, int],
    thin: Collection[Cell],
) -> Crowd:
    """Name the large cells without a thin group; pool the others.

    A pool must hide what each of its cells adds to it.
    """
    least = request.rules.min_n_display
    wanted = set(db.session.scalars(request.section_ids()))
    ballots = {cell: sum(counts.values()) for cell, counts in groups.items()}
    large = {cell for cell in ballots if not is_small(counted[cell], least) and cell not in thin}
    pools: dict[tuple[int, str], set[Cell]] = defaultdict(set)
    for cell in ballots.keys() - large:
        pools[organs[cell[0]], cell[2]].add(cell)
    # Listed without names only if the whole organ is exported and they are enough together.
    narrowed = {organs[section_id] for section_id in organs if section_id not in wanted}
    pooled = {
        cell
        for (organ_id, _), cells in pools.items()
        if not request.is_narrowed and organ_id not in narrowed
        if _hides_each([counted[cell] for cell in cells], least)
        for cell in cells
    }
    named = {cell for cell in large if cell[0] in wanted}
    return Crowd(
        listed={cell: n for cell, n in ballots.items() if cell in named or cell in pooled},
        named=frozenset(named),
        groups=frozenset(
            (*cell, group)
            for cell in named
            for group in groups[cell].keys() - suppress(groups[cell], least)
        ),
    )


def _hides_each(sizes: Sequence[int], least: int) -> bool:
    """Return whether a pool is large enough, and what its largest cell leaves of it too."""
    rest = sum(sizes) - max(sizes)
    return not is_small(sum(sizes), least) and (is_small(max(sizes), least) or rest >= least)
