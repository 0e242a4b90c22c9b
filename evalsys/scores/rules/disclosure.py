"""Disclosure control: which small cells may be printed. Pure; shared by page, sheet and command.

A count below the display minimum is printed as "<10", never its value, nor 0: "nobody rated him
badly" reveals every rater's vote. Hidden counts must not follow from printed ones either. Three
rules, each provable:

1. Scores and numbers of ballots are sums over `Blocks`: disjoint blocks of at least the minimum;
every printed number is a sum over whole blocks, and so are all sums and differences of such.

2. The distribution of ballots (levels, bad, satisfied, excluded) is printed once for any time: for
the period closed first (`Extent.FIGURES` for others).

3. Distributions over several people are printed in counts rounded to fives (`round_to_fives`), so
that subtracting the people's own ones reveals nothing.
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar

from evalsys.scores.rules.formulas import BEST, MIN_BALLOTS, MIN_N_DISPLAY, WORST, round_half_up

ABOUT: Final = 10  # ballots: the rounding of totals that change daily
FIVE: Final = 5
WHOLE_POINT: Final = Decimal(1)

K = TypeVar("K", bound=Hashable)
Cell = Hashable
Block = frozenset[Cell]


class Extent(StrEnum):
    """How much of a frozen row may be printed, decided when it is frozen.

    FULL: everything. FIGURES: score and number of ballots, not their distribution. WHOLE: the score
    in whole points, since its ballots differ from an earlier version. NONE: nothing, since a small
    cell would follow from figures of other periods.
    """

    FULL = "full"
    FIGURES = "figures"
    WHOLE = "whole"
    NONE = "none"


EXACT: Final = (Extent.FULL, Extent.FIGURES)


def is_small(n: int, min_n: int = MIN_N_DISPLAY) -> bool:
    """Return whether a cell of n ballots is too small to print."""
    return n < min_n


def display_n(n: int, min_n: int = MIN_N_DISPLAY) -> str:
    """Return a count as printed: the number, or "<10" below the minimum."""
    return f"<{min_n}" if is_small(n, min_n) else str(n)


def about(n: int) -> int:
    """Return a total rounded down to tens: exact totals of two days would reveal one ballot."""
    return n // ABOUT * ABOUT


def may_tell(hits: int, n: int, min_n: int = MIN_N_DISPLAY) -> bool:
    """Return whether `hits` of `n` may be printed: neither side is small."""
    return not is_small(hits, min_n) and not is_small(n - hits, min_n)


def may_publish_share(
    hits: int, n: int, *, min_ballots: int = MIN_BALLOTS, min_n: int = MIN_N_DISPLAY
) -> bool:
    """Return whether a share may be published: enough ballots, on either side too."""
    return n >= min_ballots and may_tell(hits, n, min_n)


class Coarse(Decimal):
    """A score printed in whole points, marked as such: ≈88."""

    @classmethod
    def of(cls, value: Decimal) -> "Coarse":
        """Round a score; the fraction is lost."""
        return cls(round_half_up(value, WHOLE_POINT))

    def __format__(self, spec: str = "", context: Any = None, /) -> str:
        """Write the whole points, however many places are asked for."""
        return f"≈{int(self)}"

    __str__ = __format__


def as_printed(value: Decimal, extent: Extent | None) -> Decimal:
    """Return a score as printed under an extent: unchanged, or in whole points."""
    return Coarse.of(value) if extent is Extent.WHOLE else value


@dataclass
class Blocks:
    """Disjoint blocks of ballots: all that follows from printed sums are sums of blocks.

    `sizes` maps each cell (the unit of a sum) to its ballots. `doubtful` are cells of printed sums
    over ballots that differ from the current ones, by exclusions or late ballots. Nothing further
    is printed of them.
    """

    sizes: Mapping[Cell, int]
    min_n: int = MIN_N_DISPLAY
    blocks: list[Block] = field(default_factory=list)
    doubtful: set[Cell] = field(default_factory=set)

    def add(self, cells: Collection[Cell]) -> bool:
        """Print the sum over some cells if every block stays large enough; return whether."""
        if not self.admits(cells):
            return False
        self.note(cells)
        return True

    def admits(self, cells: Collection[Cell]) -> bool:
        """Return whether the sum over some cells may be printed."""
        after = self._with(cells)
        if after is None:
            return False
        new = set(after).difference(self.blocks)
        return not new or (self.doubtful.isdisjoint(cells) and all(map(self._is_large, new)))

    def note(self, cells: Collection[Cell]) -> None:
        """Register a printed sum, permitted or not."""
        after = self._with(cells)
        if after is None:
            self.doubt(cells)
        else:
            self.blocks = after

    def doubt(self, cells: Collection[Cell]) -> None:
        """Register a sum printed over ballots that differ from the current ones."""
        wanted = frozenset(cells)
        inside = (block for block in self.blocks if block <= wanted)
        self.doubtful.update(wanted.difference(*inside))

    def _with(self, cells: Collection[Cell]) -> list[Block] | None:
        """Return the blocks after a further sum; None if it crosses the border of a block."""
        wanted = frozenset(cell for cell in cells if self.sizes.get(cell, 0))
        rest, after = wanted, []
        for block in self.blocks:
            if block.isdisjoint(wanted):
                after.append(block)
            elif block <= wanted:
                after.append(block)
                rest -= block
            elif wanted < block:
                after += [wanted, block - wanted]
                rest = frozenset()
            else:
                return None
        return [*after, rest] if rest else after

    def _is_large(self, block: Block) -> bool:
        """Return whether a block has enough ballots and does not fix the size of each cell.

        Cells printed as "<10" have at most 9 each: 18 in two are 9 and 9.
        """
        sizes = [self.sizes[cell] for cell in block]
        total = sum(sizes)
        if is_small(total, self.min_n):
            return False
        is_tight = self.min_n > 1 and total % (self.min_n - 1) == 0
        return not (is_tight and all(is_small(size, self.min_n) for size in sizes))


def suppress(cells: Mapping[K, int], min_n: int = MIN_N_DISPLAY) -> frozenset[K]:
    """Return the cells to hide where the total of all cells is printed too.

    First every small cell; then, while the hidden sum would reveal one, the smallest cell still
    shown (the first of equals). If that never suffices, all are hidden. Raises ValueError if a
    count is negative.
    """
    if any(n < 0 for n in cells.values()):
        raise ValueError("a count cannot be negative")
    small = {key for key, n in cells.items() if is_small(n, min_n)}
    if not small or min_n <= 1:
        return frozenset()
    hidden = set(small)
    rest = sum(cells[key] for key in small)
    siblings = sorted((key for key in cells if key not in small), key=lambda key: cells[key])
    for key in siblings:
        if not _gives_away(rest, len(small), len(hidden) - len(small), min_n):
            break
        hidden.add(key)
        rest += cells[key]
    return frozenset(hidden)


def _gives_away(rest: int, small: int, others: int, min_n: int) -> bool:
    """Return whether the sum of the hidden cells reveals one of them.

    The reader knows that each small cell is below `min_n` and each other one is not.
    """
    if others:
        return rest <= others * min_n  # nothing left over for the small cells: all are 0
    alone = small == 1
    all_full = rest == small * (min_n - 1)
    return alone or all_full or is_small(rest, min_n)


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The ballots of the levels `bottom` to `top`; "and below" if it starts at level 1."""

    top: int
    bottom: int
    count: int


def merge_small_levels(
    counts: Mapping[int, int], min_n: int = MIN_N_DISPLAY
) -> tuple[LevelRow, ...]:
    """Return the levels from 5 down to 1, small ones merged into the one above.

    A small top level joins the row below it. A small row remains only if all ballots together are
    below `min_n`, as the single row. Raises ValueError if a level is outside 1-5 or a count is
    negative.
    """
    if any(not WORST <= level <= BEST or n < 0 for level, n in counts.items()):
        raise ValueError(f"not a distribution of levels: {dict(counts)}")
    rows: list[LevelRow] = []
    bottom, count = WORST, 0
    for level in range(WORST, BEST + 1):
        count += counts.get(level, 0)
        if not is_small(count, min_n):
            rows.append(LevelRow(level, bottom, count))
            bottom, count = level + 1, 0
    if bottom <= BEST:
        below = rows.pop() if rows else LevelRow(BEST, WORST, 0)
        rows.append(LevelRow(BEST, below.bottom, below.count + count))
    return tuple(reversed(rows))


def round_to_fives(rows: tuple[LevelRow, ...]) -> tuple[LevelRow, ...]:
    """Return a distribution with counts rounded to fives.

    Each true count is within 2 of the printed one. Empty if the known sum of the counts would
    determine them.
    """
    rounded = tuple(
        LevelRow(row.top, row.bottom, (row.count + FIVE // 2) // FIVE * FIVE) for row in rows
    )
    total = sum(row.count for row in rows)
    off = abs(total - sum(row.count for row in rounded))
    return () if off >= FIVE // 2 * len(rows) else rounded
