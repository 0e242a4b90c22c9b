"""How frozen figures are displayed; no formulas of its own. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple, TypeVar

from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.results.reports.charts import Segment, stacked
from evalsys.scores.rules.disclosure import merge_small_levels, round_to_fives
from evalsys.scores.rules.formulas import BEST, WORST, Z95, round_half_up
from evalsys.scores.rules.group_sums import sums_told

# F2d of a heat cell: (points at least, step); the darker, the more help is needed.
HEAT_STEPS: Final = ((85, 1), (80, 2), (70, 3), (60, 4))
HEAT_DARKEST: Final = 5

T = TypeVar("T")

Histogram = Mapping[str, Mapping[int, int]]  # dimension -> level -> ballots


@dataclass(frozen=True)
class Groups:
    """Rater groups that weigh in, name -> weight; and those left out, name -> weight or members."""

    used: Mapping[str, int]
    left_out: Mapping[str, int]


def groups_of(weighed: str | None, weights: Mapping[str, int]) -> Groups:
    """Return the rater groups of a member's score (F2).

    `weighed` is None in older results, in which no group could be left out.
    """
    switched_on = {group: weight for group, weight in weights.items() if weight}
    if weighed is None:
        return Groups(switched_on, {})
    names = set(weighed.split(","))
    return Groups(
        {group: weight for group, weight in switched_on.items() if group in names},
        {group: weight for group, weight in switched_on.items() if group not in names},
    )


def groups_of_many(rows: Sequence[str | None], weights: Mapping[str, int]) -> Groups:
    """Return the rater groups of a section, and for how many members each was left out."""
    left_out = Counter(group for weighed in rows for group in groups_of(weighed, weights).left_out)
    switched_on = {group: weight for group, weight in weights.items() if weight}
    return Groups(switched_on, {group: left_out[group] for group in weights if left_out[group]})


class GroupMean(NamedTuple):
    """The mean of a rater group in a member's score (F2): m = points / n, weighted by `weight`."""

    group: str
    weight: int
    n: int
    points: Decimal

    @property
    def mean(self) -> Decimal:
        """The mean in hundredths, for display: F2 takes it exact."""
        return round_half_up(Fraction(self.points) / self.n)


def group_means(stored: str | None, weights: Mapping[str, int]) -> tuple[GroupMean, ...]:
    """Return the means of the rater groups as far as they may be told; () if they may not."""
    return tuple(
        GroupMean(each.group, weights[each.group], each.n, each.points)
        for each in sums_told(stored)
    )


def means_words(means: Sequence[GroupMean]) -> str:
    """Return F2 with its numbers, as one types it into a pocket calculator."""
    if len(means) == 1:
        return f"{means[0].points} ÷ {means[0].n}"
    parts = " + ".join(f"{each.weight} × {each.points} ÷ {each.n}" for each in means)
    return f"({parts}) ÷ {sum(each.weight for each in means)}"


@dataclass(frozen=True)
class Voice:
    """What a rater group has to say in a section, by the weights of the rules alone.

    It weighs in for `members` of those in the sum; `share` (0-1) is its weight over all of them, on
    average. `weight` of `weights` is what the rules give it where every group weighs in.
    """

    members: int
    share: float
    weight: int
    weights: int


def voice_of(group: str, rows: Sequence[str | None], weights: Mapping[str, int]) -> Voice:
    """Return the voice of a rater group in a section, from what each member's score rests on.

    The pages of the members say which groups weigh in: nothing of a ballot is told besides.
    """
    used = [groups_of(weighed, weights).used for weighed in rows]
    parts = [each[group] / sum(each.values()) for each in used if group in each]
    share = sum(parts) / len(rows) if rows else 0
    return Voice(len(parts), share, weights.get(group, 0), sum(weights.values()))


def heat(points: Decimal) -> int:
    """Return the step of a heat cell, 1 pale to 5 dark, by the printed figure."""
    printed = points.quantize(Decimal("0.1"))
    return next((step for line, step in HEAT_STEPS if printed >= line), HEAT_DARKEST)


@dataclass(frozen=True, slots=True)
class Bar:
    """The levels of a dimension; no segments if there are too few ballots to split."""

    dimension: str
    segments: tuple[Segment, ...]


def histogram_of(row: object) -> Histogram:
    """Return the level counters of a row as dimension -> level -> ballots."""
    return {
        name: {level: getattr(row, f"{name}_{level}") for level in range(WORST, BEST + 1)}
        for name in DIMENSIONS
    }


def add_up(histograms: Sequence[Histogram]) -> Histogram:
    """Return the sum of histograms."""
    return {
        name: {
            level: sum(histogram[name][level] for histogram in histograms)
            for level in range(WORST, BEST + 1)
        }
        for name in DIMENSIONS
    }


def distribution(histogram: Histogram, min_n: int, *, of_many: bool = False) -> tuple[Bar, ...]:
    """Return the four bars, small levels merged into the level above.

    A bar with a single segment says nothing, so it gets none. Bars `of_many` people, or rater
    groups of different weights, are drawn from counts rounded to fives, so that subtracting single
    people's reveals nothing.
    """
    bars = []
    for name in DIMENSIONS:
        rows = merge_small_levels(histogram[name], min_n)
        if of_many:
            rows = round_to_fives(rows)
        parts = [(row.top, row.bottom, row.count) for row in rows]
        bars.append(Bar(name, stacked(parts) if len(parts) > 1 else ()))
    return tuple(bars)


class Merging(StrEnum):
    """What a shade in a distribution stands for: one level, it and all below, or varying."""

    EXACT = "exact"
    AND_BELOW = "and_below"
    MIXED = "mixed"


def distribution_key(bars: Sequence[Bar]) -> tuple[tuple[int, Merging], ...]:
    """Return the shades in the bars, the best first, with what each stands for."""
    spans_of: dict[int, set[tuple[int, int]]] = {}
    for bar in bars:
        for part in bar.segments:
            spans_of.setdefault(part.shade, set()).add((part.top, part.bottom))
    shades = sorted(spans_of, reverse=True)
    return tuple((shade, _merging(shade, spans_of[shade])) for shade in shades)


def _merging(shade: int, spans: set[tuple[int, int]]) -> Merging:
    if spans == {(shade, shade)}:
        return Merging.EXACT
    return Merging.AND_BELOW if spans == {(shade, WORST)} else Merging.MIXED


@dataclass(frozen=True, slots=True)
class ScoreInterval:
    """A score with its 95 % interval: adjusted (F7), or unadjusted without a group."""

    value: Decimal
    lo: Decimal
    hi: Decimal
    is_adjusted: bool


def shown(
    theta: Decimal | None,
    lo: Decimal | None,
    hi: Decimal | None,
    estimate: Decimal | None,
    variance: float | None,
) -> ScoreInterval | None:
    """Return the printable figure: never a score without its interval.

    F7 if there is one; else the estimate with the interval of its own variance; else None.
    """
    if theta is not None and lo is not None and hi is not None:
        return ScoreInterval(theta, lo, hi, is_adjusted=True)
    if estimate is None or variance is None:
        return None
    half = round_half_up(Z95 * variance**0.5)
    return ScoreInterval(estimate, estimate - half, estimate + half, is_adjusted=False)


def members_missing(scored: int, unscored: Sequence[int], min_coverage: int) -> int:
    """Return how many more members need a score for a section to reach the coverage.

    `scored` are the total days of scored members, `unscored` the days of each other one.
    """
    total = scored + sum(unscored)
    missing = 0
    for days in sorted(unscored, reverse=True):
        if 100 * scored >= min_coverage * total:
            break
        scored += days
        missing += 1
    return missing


def batch_of(comments: Sequence[T], size: int) -> Sequence[T]:
    """Return the comments in whole batches, so that a single one never appears."""
    return comments[: len(comments) - len(comments) % size]


def agrees(printed: Decimal, recounted: Decimal | float) -> str:
    """Return the sign between a figure recomputed from printed ones and the printed one: = or ≈.

    F4 uses exact shares, and until formula version 3 F7 was rounded only at its end: the last
    hundredth may differ.
    """
    return "=" if round_half_up(float(recounted)) == printed else "≈"
