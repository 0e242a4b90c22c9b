"""Whether anything small follows from what is printed: by an adversary who knows algebra.

The adversary gets every exact figure of a section in any order of closings, with corrections
between, as sums over ballots; knows which counts are below the minimum; and may add, subtract and
multiply as they like.
"""

from collections.abc import Callable, Collection
from dataclasses import MISSING, fields
from fractions import Fraction
from itertools import combinations
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]  # It has no stubs.

from evalsys.organisation.periods.rules import base_periods, parse_period
from evalsys.scores.printed_sums import SPREAD, CurrentCounts, PrintedRow, PrintedSums
from evalsys.scores.rows import FreshMember, FreshSection
from evalsys.scores.rules.disclosure import EXACT, Blocks, Extent
from evalsys.scores.seats import LEVEL_NAMES

LEAST = 10
CODES = ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2026-H1", "2026-H2", "2026")
QUARTERS = CODES[:4]
# Staff id, quarter, before which step the ballots were set aside, rater group.
Piece = tuple[int, str, int, int]
NEVER, MANY, FEW = 99, 0, 1
LEAST_OF_FEW = 3  # Fewer ballots of the second group do not weigh in.
TINY = 1e-6


T = TypeVar("T", FreshMember, FreshSection)


def fresh(kind: type[T], **values: Any) -> T:
    """A row of which only some values matter."""
    needed = {field.name: None for field in fields(kind) if field.default is MISSING}
    return kind(**{**needed, **values})


class Scene:
    """A section over a year: ballots come, periods are closed in some order, some corrected."""

    def __init__(self, ballots: dict[Piece, int]) -> None:
        self.ballots = ballots
        self.past: list[PrintedRow] = []
        self.sums: list[tuple[set[Piece], int]] = []
        self.small: list[set[Piece]] = []
        self.step = 0
        self.told: list[str] = []

    def __repr__(self) -> str:
        return f"{self.ballots} {self.told}"

    def pieces(self, staff_id: int, codes: frozenset[str]) -> set[Piece]:
        return {
            piece
            for piece in self.ballots
            if piece[0] == staff_id and piece[1] in codes and piece[2] > self.step
        }

    def weighed(self, staff_id: int, codes: frozenset[str]) -> set[Piece]:
        """Return the pieces that a score rests on: a group weighs in from some ballots on."""
        held = self.pieces(staff_id, codes)
        few = {piece for piece in held if piece[3] == FEW}
        return held if self.count(few) >= LEAST_OF_FEW else held - few

    def count(self, pieces: set[Piece]) -> int:
        return sum(self.ballots[piece] for piece in pieces)

    def close(self, code: str) -> None:
        """Freeze a period, and print what the rule lets through."""
        self.step += 1
        codes = frozenset(base_periods(parse_period(code), "quarter"))
        people = sorted({piece[0] for piece in self.ballots})
        seats = {one: self.counted(one) for one in people}
        held = {one: self.weighed(one, codes) for one in people}
        members = [self.member(one, self.count(held[one])) for one in people]
        section = self.section(members)
        period: Any = SimpleNamespace(id=CODES.index(code))
        PrintedSums(seats, self.past, LEAST).mark(period, codes, section, members)
        marks = [row.extent.value if row.score is not None else "few" for row in members]
        self.told.append(f"{code}: {section.extent.value} {marks}")
        for row in members:
            if row.score is None:
                self.small.append(held[row.staff_id])
            elif row.extent in EXACT:
                self.sums.append((held[row.staff_id], row.ballots))
        scored = {p for row in members if row.score is not None for p in held[row.staff_id]}
        if section.scored and section.extent in EXACT:
            self.sums.append((scored, section.ballots))
        scored_rows = [row for row in members if row.score is not None]
        for one in (*scored_rows, section):
            self.past.append(self.as_past(one, period.id, codes))

    def counted(self, staff_id: int) -> CurrentCounts:
        seat = CurrentCounts()
        for code in QUARTERS:
            n = self.count(self.pieces(staff_id, frozenset({code})))
            seat.ballots[code], seat.levels[code] = n, (n, *(0,) * (len(LEVEL_NAMES) - 1))
        return seat

    def member(self, staff_id: int, n: int) -> FreshMember:
        row = fresh(
            FreshMember, section_id=1, staff_id=staff_id, ballots=n, bad=0, satisfied=n, excluded=0
        )
        row.score = row.contribution = Fraction(80) if n >= LEAST else None  # type: ignore[assignment]
        row.extent = Extent.FULL
        for name in LEVEL_NAMES:
            setattr(row, name, n if name == LEVEL_NAMES[0] else 0)
        return row

    def section(self, members: list[FreshMember]) -> FreshSection:
        scored = [row for row in members if row.score is not None]
        row = fresh(FreshSection, section_id=1, scored=len(scored), bad=0, excluded=0)
        row.ballots = row.satisfied = sum(one.ballots for one in scored)
        for name in LEVEL_NAMES:
            setattr(row, name, sum(getattr(one, name) for one in scored))
        return row

    def as_past(self, row: Any, period_id: int, codes: frozenset[str]) -> PrintedRow:
        staff_id = getattr(row, "staff_id", None)
        spread = tuple(getattr(row, name) for name in SPREAD)
        is_in_sum = staff_id is not None
        facts = (period_id, codes, 1, staff_id, row.ballots, is_in_sum, row.extent, spread)
        score = row.score if isinstance(row, FreshMember) else row.total
        return PrintedRow(self.step, *facts, score)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    few = st.one_of(st.integers(0, 12), st.integers(0, 40))
    ballots: dict[Piece, int] = {}
    has_two = draw(st.booleans())  # rater groups
    for staff_id in range(1, draw(st.integers(1, 4)) + 1):
        for code in QUARTERS:
            ballots[staff_id, code, NEVER, MANY] = draw(few)
            if has_two:
                ballots[staff_id, code, NEVER, FEW] = draw(st.integers(0, 6))
            if draw(st.booleans()):
                step = draw(st.integers(2, 8))
                ballots[staff_id, code, step, MANY] = draw(st.integers(1, 12))
    scene = Scene(ballots)
    for code in draw(st.lists(st.sampled_from(CODES), min_size=2, max_size=9)):
        scene.close(code)
    return scene


Vector = list[Fraction]


def less(row: Vector, pivot: Vector, column: int) -> Vector:
    """Clear a column of a row."""
    factor = row[column]
    return [a - factor * b for a, b in zip(row, pivot, strict=True)] if factor else row


def reduced(rows: list[Vector]) -> list[Vector]:
    """Return the rows in echelon form: a base of everything that follows from them."""
    left, base = [row[:] for row in rows], list[Vector]()
    for column in range(len(rows[0]) if rows else 0):
        found = next((row for row in left if row[column]), None)
        if found is not None:
            left.remove(found)
            pivot = [value / found[column] for value in found]
            left = [less(row, pivot, column) for row in left]
            base = [*(less(row, pivot, column) for row in base), pivot]
    return base


def unseen(base: list[Vector], width: int) -> list[Vector]:
    """Return for each column what it changes of what no row tells: its coordinates in the kernel.

    A sum of columns is a combination of the rows just where theirs add up to nothing.
    """
    pivots = [next(place for place, value in enumerate(row) if value) for row in base]
    free = [column for column in range(width) if column not in pivots]
    told = {
        pivot: [-row[column] for column in free] for pivot, row in zip(pivots, base, strict=True)
    }
    return [
        told[column] if column in told else [Fraction(column == one) for one in free]
        for column in range(width)
    ]


@given(scenes())
def test_no_sum_over_fewer_than_ten_ballots_follows_from_what_is_printed(scene: Scene) -> None:
    pieces = [piece for piece, n in scene.ballots.items() if n]
    printed = dict.fromkeys(tuple(piece in sums for piece in pieces) for sums, _ in scene.sums)
    base = reduced([[Fraction(one) for one in row] for row in printed if any(row)])
    kernel = dict(zip(pieces, unseen(base, len(pieces)), strict=True))
    few = [piece for piece in pieces if scene.ballots[piece] < LEAST]
    for size in (1, 2, 3):
        for some in combinations(few, size):
            if sum(scene.ballots[piece] for piece in some) < LEAST:
                assert any(map(sum, zip(*(kernel[one] for one in some), strict=True))), some


def what_fits(scene: Scene) -> Callable[[Collection[int], int], Any] | None:
    """Return what finds counts that fit all that is printed, with some small or large; if any is.

    No count goes further than by one: those that fit are a convex set, so that what can differ at
    all can differ a little, and there is always an end.
    """
    pieces = list(scene.ballots)
    known = [(printed, n) for printed, n in scene.sums if n]
    if not known:
        return None
    equal = np.array([[float(piece in printed) for piece in pieces] for printed, _ in known])
    totals = [float(n) for _, n in known]
    below = [[float(piece in cells) for piece in pieces] for cells in scene.small] or None
    limits = [float(LEAST - 1)] * len(scene.small) or None
    around = [(max(n - 1, 0), n + 1) for n in scene.ballots.values()]

    def fitting(places: Collection[int], sign: int) -> Any:
        pushed = [float(sign * (place in places)) for place in range(len(pieces))]
        found = linprog(pushed, below, limits, equal, totals, around)
        assert found.success, found.message
        return found.x

    return fitting


@given(scenes())
def test_no_small_count_is_told_by_the_bounds_that_the_reader_knows(scene: Scene) -> None:
    fitting = what_fits(scene)
    if fitting is None:
        return
    counts = list(scene.ballots.values())
    told = {place for place, n in enumerate(counts) if 0 < n < LEAST}
    for sign in (1, -1):  # Most of them differ when all are small, or large.
        found = fitting(told, sign)
        told = {place for place in told if abs(found[place] - counts[place]) < TINY}
    for place in told:
        assert fitting([place], -1)[place] - fitting([place], 1)[place] > TINY, place


def test_blocks_are_cut_and_grown_but_never_small() -> None:
    blocks = Blocks({"a": 12, "b": 5, "c": 6, "d": 30, "z": 0})
    assert blocks.add({"a", "z"})
    assert not blocks.add({"a", "b"})  # b alone would follow.
    assert blocks.add({"a", "b", "c"})  # 11 in two cells.
    assert not blocks.add({"b", "d"})  # It cuts the block of b and c.
    assert blocks.add({"d"})
    assert {frozenset(block) for block in blocks.blocks} == {
        frozenset("a"),
        frozenset("bc"),
        frozenset("d"),
    }
    assert not Blocks({"a": 9, "b": 9}).add({"a", "b"})  # 18 are 9 and 9.
