"""How a city stands beside others. Pure.

Figures are Decimals of one indicator, so of one unit. A missing figure is no figure: it is left out
of every comparison, and never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

K = TypeVar("K")
Series = Mapping[tuple[int, int], Decimal]  # (city, year) -> figure


class Direction(StrEnum):
    """Which figures of an indicator are the better ones."""

    MORE = "more"
    LESS = "less"


def gap(direction: Direction, own: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return how far `own` is behind `other`; below 0 it is ahead. None without both figures."""
    if own is None or other is None:
        return None
    return other - own if direction is Direction.MORE else own - other


def gap_share(direction: Direction, own: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return the gap as a share of the other figure; None without both, or beside 0."""
    behind = gap(direction, own, other)
    return behind / abs(other) if behind is not None and other else None


def best_of(direction: Direction, figures: Mapping[K, Decimal]) -> tuple[K, Decimal] | None:
    """Return who has the best figure, the first of several; None without any."""
    sign = 1 if direction is Direction.MORE else -1
    return max(figures.items(), key=lambda each: sign * each[1]) if figures else None


def ranks(direction: Direction, figures: Mapping[K, Decimal]) -> dict[K, int]:
    """Return the rank of each, 1 for the best; equal figures share a rank, the next are skipped."""
    return {
        key: 1 + sum(_is_better(direction, other, value) for other in figures.values())
        for key, value in figures.items()
    }


def _is_better(direction: Direction, value: Decimal, other: Decimal) -> bool:
    return value > other if direction is Direction.MORE else value < other


@dataclass(frozen=True)
class YearTrend:
    """The change between two years; `is_better` is None where nothing changed."""

    since: int
    until: int
    change: Decimal
    is_better: bool | None


def trend(direction: Direction, years: Mapping[int, Decimal], until: int) -> YearTrend | None:
    """Return the change to a year from the latest one before it that has a figure."""
    earlier = [year for year in years if year < until]
    if until not in years or not earlier:
        return None
    since = max(earlier)
    change = years[until] - years[since]
    is_better = None if not change else _is_better(direction, years[until], years[since])
    return YearTrend(since, until, change, is_better)


@dataclass(frozen=True)
class Standing:
    """How the own city stands in a year. None: without the figures that it takes.

    `best` is the best of the other cities; `rank` is among the `cities` that have a figure.
    """

    year: int | None
    own: Decimal | None = None
    best: tuple[int, Decimal] | None = None
    reference: Decimal | None = None
    rank: int | None = None
    cities: int = 0
    trend: YearTrend | None = None
    target: Decimal | None = None

    def behind(self, direction: Direction, other: Decimal | None) -> Decimal | None:
        """Return how far the own city is behind another figure of the year."""
        return gap(direction, self.own, other)


def stand(  # noqa: PLR0913  # Each is one side of the comparison.
    direction: Direction,
    figures: Series,
    own: int | None,
    *,
    year: int | None = None,
    reference: int | None = None,
    targets: Mapping[int, Decimal] | None = None,
) -> Standing:
    """Compare the own city in a year; by default the latest one in which it has a figure.

    Only figures of that one year are compared.
    """
    if year is None:
        year = latest_year(figures, own)
    if year is None:
        return Standing(None)
    of_year = {city: value for (city, when), value in figures.items() if when == year}
    own_years = {when: value for (city, when), value in figures.items() if city == own}
    others = {city: value for city, value in of_year.items() if city != own}
    return Standing(
        year,
        own_years.get(year),
        best_of(direction, others),
        None if reference is None else of_year.get(reference),
        None if own is None else ranks(direction, of_year).get(own),
        len(of_year),
        trend(direction, own_years, year),
        (targets or {}).get(year),
    )


def latest_year(figures: Series, own: int | None) -> int | None:
    """Return the latest year with a figure of the own city, else of any; None without any."""
    return max(
        (year for city, year in figures if city == own),
        default=max((year for _city, year in figures), default=None),
    )
