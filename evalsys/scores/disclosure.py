"""Small cells: which counts may be printed. Pure; one rule for page, export and interface.

A count below the display minimum prints "<10" and never its value, nor 0: "nobody rated him
badly" says of every rater how he voted. What is hidden must not be the difference of two
printed numbers either.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from evalsys.scores.rules import BEST, MIN_BALLOTS, MIN_N_DISPLAY, WORST

K = TypeVar("K", bound=Hashable)


def is_small(n: int, min_n: int = MIN_N_DISPLAY) -> bool:
    """Tell whether a cell of n ballots is too small to be printed."""
    return n < min_n


def display_n(n: int, min_n: int = MIN_N_DISPLAY) -> str:
    """Return a count as it is printed: the number, or "<10" below the minimum."""
    return f"<{min_n}" if is_small(n, min_n) else str(n)


def suppress(cells: Mapping[K, int], min_n: int = MIN_N_DISPLAY) -> frozenset[K]:
    """Name the cells to hide where the total of all cells is printed too.

    First every small cell; then, while the rest of the total would give a hidden cell away, the
    smallest cell still shown (the first of equals). If that does not help in the end, everything
    is hidden. Raises ValueError if a count is negative.
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
    """Tell whether the sum of the hidden cells betrays one of them.

    The reader knows that each of the small cells is below `min_n` and each of the others is not.
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
    """Return the level distribution from 5 down to 1, small levels merged into the one above.

    A small top level has none above and joins the row below it. Only if all ballots together are
    below `min_n` does a small row remain, one single row. Raises ValueError if a level is outside
    1-5 or a count is negative.
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


def may_publish_share(
    hits: int, n: int, *, min_ballots: int = MIN_BALLOTS, min_n: int = MIN_N_DISPLAY
) -> bool:
    """Tell whether a share may stand on a public page: enough ballots, on either side too."""
    return n >= min_ballots and not is_small(hits, min_n) and not is_small(n - hits, min_n)
