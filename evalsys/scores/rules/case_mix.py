"""Scores at the group's usual mix of cases: formula F12 of docs/formulas.md. Pure.

Source: case-mix adjustment of the CAHPS surveys, by differences within members only, so that a weak
member is no reason to call the member's cases hard. Double precision; published in tenths.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from evalsys.scores.rules.disclosure import is_small
from evalsys.scores.rules.formulas import round_half_up
from evalsys.scores.rules.spread import TENTH, Moments

LEAST_OF_CELL: Final = 100  # ballots of the group; a cell with fewer is merged into OTHER
TINY: Final = 1e-9

Cell = tuple[str, str]  # service type and channel
OTHER: Final[Cell] = ("other", "other")
Matrix = list[list[float]]


class CellSum(NamedTuple):
    """The ballots of a cell, and the sum of their F1 in hundredths."""

    n: int
    total: int


class MemberCases(NamedTuple):
    """The ballots of one member, all together and by cell."""

    moments: Moments
    cells: Mapping[Cell, CellSum]


class CellEffect(NamedTuple):
    """A cell of the group: its share of the ballots, its effect in points, shrunk, and its error.

    `variance` is that of the shrunk effect; an effect that nothing tells is 0 and has none.
    """

    share: float
    effect: float
    variance: float


@dataclass(frozen=True, slots=True)
class MixedScore:
    """F12 as published, in tenths: the score at the usual mix, and its standard error."""

    score: Decimal
    se: Decimal


@dataclass(frozen=True)
class CaseMix:
    """The effects of the cells of a comparison group. `between` is vb, their true variance."""

    effects: Mapping[Cell, CellEffect]
    between: float

    def adjust(
        self, score: Decimal, own_se: Decimal, counts: Mapping[Cell, int], min_n: int
    ) -> MixedScore | None:
        """Return F12 of a member or section from its R or M, own error and ballots by cell.

        None if a cell has ballots but fewer than `min_n`: the distance would tell how many.
        """
        merged: Counter[Cell] = Counter()
        for cell, n in counts.items():
            merged[cell if cell in self.effects else OTHER] += n
        ballots = sum(merged.values())
        if not ballots or any(n > 0 and is_small(n, min_n) for n in counts.values()):
            return None
        shift, variance = 0.0, 0.0
        for cell, each in self.effects.items():
            distance = merged[cell] / ballots - each.share
            shift += distance * each.effect
            variance += distance**2 * each.variance
        return MixedScore(
            round_half_up(float(score) - shift, TENTH),
            round_half_up(math.sqrt(float(own_se) ** 2 + variance), TENTH),
        )


def case_mix(members: Iterable[MemberCases], *, least: int = LEAST_OF_CELL) -> CaseMix | None:
    """Return the effects of a group's cells, or None with fewer than two cells to compare.

    Effects are the least squares solution of F1 on the cells with a constant for each member,
    centred on the mean of the ballots; cells that no member links with others have effect 0.
    """
    known = _merged([member for member in members if member.moments.n], least)
    sizes = _sizes(known)
    ballots = sum(sizes.values())
    fits = [_fit(cells, known, sizes) for cells in _linked(known, sizes)]
    freedom = ballots - len(known) - sum(len(fit.effects) - 1 for fit in fits)
    raw = {cell: effect for fit in fits for cell, effect in fit.effects.items()}
    if len(raw) < 2 or freedom < 1:  # noqa: PLR2004
        return None
    left = _within(known) - sum(fit.explained for fit in fits)
    noise = max(left, 0.0) / freedom
    errors = {cell: noise * scale for fit in fits for cell, scale in fit.scales.items()}
    between = _between([(raw[cell], errors[cell]) for cell in raw])
    effects = {}
    for cell, n in sizes.items():
        error = errors.get(cell)
        kept = 0.0 if error is None or not between else between / (between + error)
        variance = 0.0 if error is None else kept * error
        effects[cell] = CellEffect(n / ballots, kept * raw.get(cell, 0.0), variance)
    return CaseMix(effects, between)


def _merged(members: Sequence[MemberCases], least: int) -> list[MemberCases]:
    """Merge the cells of fewer than `least` ballots of the group."""
    sizes = _sizes(members)
    found = []
    for moments, cells in members:
        sums: dict[Cell, CellSum] = {}
        for cell, (n, total) in cells.items():
            key = cell if sizes[cell] >= least else OTHER
            before = sums.get(key, CellSum(0, 0))
            sums[key] = CellSum(before.n + n, before.total + total)
        found.append(MemberCases(moments, sums))
    return found


def _sizes(members: Iterable[MemberCases]) -> Counter[Cell]:
    sizes: Counter[Cell] = Counter()
    for member in members:
        for cell, each in member.cells.items():
            sizes[cell] += each.n
    return sizes


def _linked(members: Iterable[MemberCases], sizes: Mapping[Cell, int]) -> list[list[Cell]]:
    """Return the sets of cells that members link, those of one cell left out."""
    group = {cell: {cell} for cell in sizes}
    for member in members:
        first, *others = member.cells or (None,)
        for other in others:
            if first is not None and group[first] is not group[other]:
                group[first] |= group[other]
                for cell in group[other]:
                    group[cell] = group[first]
    sets = {id(cells): cells for cells in group.values()}
    return [sorted(cells) for cells in sets.values() if len(cells) > 1]


@dataclass(frozen=True)
class _Fit:
    """Least squares over linked cells: effects, their variances by that of a ballot, fit."""

    effects: Mapping[Cell, float]
    scales: Mapping[Cell, float]
    explained: float


def _fit(cells: Sequence[Cell], members: Iterable[MemberCases], sizes: Mapping[Cell, int]) -> _Fit:
    place = {cell: at for at, cell in enumerate(cells)}
    size = [float(sizes[cell]) for cell in cells]
    total = sum(size)
    # The rank-one term makes the mean over the ballots 0; without it the matrix has no inverse.
    normal = [[a * b / total for b in size] for a in size]
    right = [0.0] * len(cells)
    for member in members:
        own = [(place[cell], each) for cell, each in member.cells.items() if cell in place]
        if len(own) > 1:
            _add(normal, right, own)
    inverse = _inverted(normal)
    effects = [sum(a * b for a, b in zip(row, right, strict=True)) for row in inverse]
    return _Fit(
        dict(zip(cells, effects, strict=True)),
        {cell: max(inverse[at][at] - 1 / total, 0.0) for cell, at in place.items()},
        sum(a * b for a, b in zip(effects, right, strict=True)),
    )


def _add(normal: Matrix, right: list[float], own: Sequence[tuple[int, CellSum]]) -> None:
    """Add the differences within one member to the normal equations."""
    n = sum(each.n for _, each in own)
    total = sum(each.total for _, each in own)
    for at, each in own:
        right[at] += (each.total - each.n * total / n) / 100
        normal[at][at] += each.n
        for other, them in own:
            normal[at][other] -= each.n * them.n / n


def _inverted(matrix: Matrix) -> Matrix:
    """Return the inverse of a symmetric positive definite matrix (Gauss and Jordan)."""
    size = len(matrix)
    rows = [[*row, *(float(at == place) for place in range(size))] for at, row in enumerate(matrix)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for at in range(size):
            factor = rows[at][column]
            if at != column and factor:
                rows[at] = [a - factor * b for a, b in zip(rows[at], rows[column], strict=True)]
    return [row[size:] for row in rows]


def _within(members: Iterable[MemberCases]) -> float:
    """Return the sum of squared distances of all ballots from the mean of their member."""
    return math.fsum((m.squares - m.total * m.total / m.n) / 100**2 for m, _ in members)


def _between(pairs: Sequence[tuple[float, float]]) -> float:
    """Return vb by the method of moments from (effect, error squared), at least 0."""
    weights = [1 / max(error, TINY) for _, error in pairs]
    total = sum(weights)
    mean = sum(w * effect for w, (effect, _) in zip(weights, pairs, strict=True)) / total
    q = sum(w * (effect - mean) ** 2 for w, (effect, _) in zip(weights, pairs, strict=True))
    scale = sum(w * (total - w) for w in weights) / total
    return max(0.0, (q - (len(pairs) - 1)) / scale)


def add_cells(groups: Iterable[Mapping[Cell, CellSum]]) -> dict[Cell, CellSum]:
    """Return the sum of cells of several rater groups or members."""
    sums: dict[Cell, CellSum] = defaultdict(lambda: CellSum(0, 0))
    for cells in groups:
        for cell, (n, total) in cells.items():
            sums[cell] = CellSum(sums[cell].n + n, sums[cell].total + total)
    return dict(sums)
