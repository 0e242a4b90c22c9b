"""What was printed of one section, and what else may be, seat by seat. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from evalsys.organisation.periods.models import Period
from evalsys.scores.rows import FreshMember, FreshSection
from evalsys.scores.rules.disclosure import EXACT, Blocks, Cell, Extent
from evalsys.scores.seats import LEVEL_NAMES

SPREAD = ("bad", "satisfied", "excluded", *LEVEL_NAMES)  # may be printed once for any time
Counters = tuple[int, ...]


class PrintedRow(NamedTuple):
    """A printed row: its result, base periods and figures."""

    result_id: int
    period_id: int
    codes: frozenset[str]
    section_id: int
    staff_id: int | None
    ballots: int
    is_in_sum: bool
    extent: Extent
    spread: Counters
    score: Decimal | None
    tells_groups: bool = False  # with the means of several rater groups

    @property
    def levels(self) -> Counters:
        """The twenty level counters."""
        return self.spread[-len(LEVEL_NAMES) :]

    def is_same(self, period: Period, row: FreshSection | FreshMember) -> bool:
        """Return whether a row of the same period prints exactly what this one did."""
        score = row.score if isinstance(row, FreshMember) else row.total
        return (
            self.extent in EXACT
            and self.period_id == period.id
            and (self.ballots, self.score) == (row.ballots, score)
            and self.spread == _spread(row)
        )


@dataclass
class CurrentCounts:
    """The current counts of a member: ballots, levels and rater groups by base period."""

    ballots: dict[str, int] = field(default_factory=dict)
    levels: dict[str, Counters] = field(default_factory=dict)
    groups: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, code: str, group: str, ballots: int, levels: Counters) -> None:
        """Add the counts of a rater group in a base period."""
        self.ballots[code] = self.ballots.get(code, 0) + ballots
        before = self.levels.get(code, (0,) * len(levels))
        self.levels[code] = tuple(map(sum, zip(before, levels, strict=True)))
        self.groups.setdefault(code, {})[group] = ballots

    def levels_in(self, codes: Iterable[str]) -> Counters:
        """Return the level counters summed over some base periods."""
        rows = [self.levels[code] for code in codes if code in self.levels]
        return tuple(map(sum, zip(*rows, strict=True))) or (0,) * len(LEVEL_NAMES)

    def has_small_group(self, codes: Iterable[str], min_n: int) -> bool:
        """Return whether some rater group gave ballots in some base periods, but too few."""
        sums: Counter[str] = Counter()
        for code in codes:
            sums.update(self.groups.get(code, {}))
        return any(0 < n < min_n for n in sums.values())


class PrintedSums:
    """The blocks of one section: as printed (`strict`), and ignoring corrections (`lenient`).

    Cells printed over ballots that differ from the current ones are doubtful in `strict`.
    """

    def __init__(
        self, seats: Mapping[int, CurrentCounts], past: Sequence[PrintedRow], min_n: int
    ) -> None:
        self.past, self.seats, self.min_n = past, seats, min_n
        sizes: dict[Cell, int] = {
            (staff_id, code): n
            for staff_id, seat in seats.items()
            for code, n in seat.ballots.items()
        }
        self.strict = Blocks(sizes, min_n)
        self.lenient = Blocks(sizes, min_n)
        by_result: dict[int, list[PrintedRow]] = defaultdict(list)
        for row in past:
            by_result[row.result_id].append(row)
        for _, rows in sorted(by_result.items()):
            self._replay(rows, seats)

    def _replay(self, rows: Sequence[PrintedRow], seats: Mapping[int, CurrentCounts]) -> None:
        """Register what a result printed: its seats first, then the section."""
        total: set[Cell] = set()
        is_changed = False
        for row in (row for row in rows if row.staff_id is not None and row.ballots):
            cells = _cells(row.staff_id, row.codes)
            levels = seats.get(row.staff_id or 0, CurrentCounts()).levels_in(row.codes)
            if row.extent in EXACT:
                self._take(cells, is_changed=levels != row.levels)
            if row.is_in_sum:
                total |= cells
                is_changed = is_changed or levels != row.levels
        if any(row.staff_id is None and row.extent in EXACT for row in rows):
            self._take(total, is_changed=is_changed)

    def _take(self, cells: set[Cell], *, is_changed: bool) -> None:
        if is_changed:
            self.strict.doubt(cells)
        else:
            self.strict.note(cells)
        self.lenient.note(cells)

    def mark(
        self,
        period: Period,
        codes: frozenset[str],
        section: FreshSection,
        members: Sequence[FreshMember],
    ) -> None:
        """Decide the extent of each seat, then that of the section."""
        total: set[Cell] = set()
        is_other = False
        for row in members:
            cells = _cells(row.staff_id, codes) if row.ballots else set()
            other = bool(cells) and self._is_other(row, codes)
            before = self._before(row.staff_id, codes)
            if row.score is not None:
                row.extent = self._extent(cells, before, period, row, is_other=other)
                if row.extent in EXACT and self._tells_a_group(row, codes, before):
                    row.extent = Extent.WHOLE
            if row.contribution is not None:
                total |= cells
                is_other = is_other or other
        before = self._before(None, codes)
        section.extent = self._extent(total, before, period, section, is_other=is_other)
        if section.extent is Extent.WHOLE:
            section.extent = _as_its_seats([m for m in members if m.contribution is not None])

    def _tells_a_group(
        self, row: FreshMember, codes: frozenset[str], before: Sequence[PrintedRow]
    ) -> bool:
        """Return whether a weighted mean would tell the ballots of a small rater group.

        With the means of the groups of another time, and the scores of both, those of the time
        between follow: two equations for two groups. Several such times leave over what none of
        them has; they do not overlap, and each of their groups is large or empty.
        """
        if "," not in (row.weighed or ""):
            return False
        seat = self.seats.get(row.staff_id, CurrentCounts())
        told = [past.codes for past in before if past.tells_groups and past.codes != codes]
        if not told:
            return False
        parts = [codes, codes.difference(*told), *(codes ^ other for other in told)]
        return any(seat.has_small_group(part, self.min_n) for part in parts)

    def _is_other(self, row: FreshMember, codes: frozenset[str]) -> bool:
        """Return whether a row counts other ballots than its cells: not every group weighs in."""
        levels = self.seats.get(row.staff_id, CurrentCounts()).levels_in(codes)
        return levels != tuple(getattr(row, name) or 0 for name in LEVEL_NAMES)

    def _extent(
        self,
        cells: Collection[Cell],
        before: Sequence[PrintedRow],
        period: Period,
        row: Any,
        *,
        is_other: bool,
    ) -> Extent:
        if is_other:
            self.strict.doubt(cells)
            again = next((past for past in before if past.is_same(period, row)), None)
            if again is not None:
                return again.extent
            return Extent.WHOLE if before else Extent.FULL
        if not self.strict.add(cells):
            return Extent.WHOLE if self.lenient.admits(cells) else Extent.NONE
        self.lenient.note(cells)
        is_repeated = all(
            past.period_id == period.id and past.spread == _spread(row)
            for past in before
            if past.extent is Extent.FULL
        )
        return Extent.FULL if is_repeated else Extent.FIGURES

    def _before(self, staff_id: int | None, codes: frozenset[str]) -> list[PrintedRow]:
        return [row for row in self.past if row.staff_id == staff_id and row.codes & codes]


def _as_its_seats(seats: Sequence[FreshMember]) -> Extent:
    """Return the extent of a sum over seats: that of its least printed seat.

    The ballots may differ from before, but the sum reveals nothing that its seats do not.
    """
    extents = {row.extent for row in seats}
    if extents <= {Extent.FULL}:
        return Extent.FULL
    return Extent.FIGURES if extents <= set(EXACT) else Extent.WHOLE


def _cells(staff_id: int | None, codes: Iterable[str]) -> set[Cell]:
    return {(staff_id, code) for code in codes}


def _spread(row: Any) -> Counters:
    return tuple(getattr(row, name) or 0 for name in SPREAD)
