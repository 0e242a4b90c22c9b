"""The geometry of the charts. Pure: figures in, coordinates out; templates draw the SVG.

Coordinates are rounded to tenths of a unit. A year without a figure interrupts a line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import groupby

from evalsys.reform.benchmarks.rules.queue import HIGHEST, LOWEST, Placed

WIDTH, HEIGHT = 400, 260
LEFT, RIGHT, TOP, BOTTOM = 62, 380, 14, 222
STEPS = 4  # parts of the scale, about
CELL, EDGE_X, EDGE_Y = 62, 62, 14  # of the grid of the queue


@dataclass(frozen=True)
class ChartMark:
    """A figure in the chart."""

    x: float
    y: float


@dataclass(frozen=True)
class CityLine:
    """The figures of a city: `parts` are the points of each line without interruption."""

    name: str
    parts: tuple[str, ...]
    marks: tuple[ChartMark, ...]


@dataclass(frozen=True)
class LineChart:
    """A chart over the years: a scale of (y, figure), (x, year), a line for each city, targets."""

    scale: tuple[tuple[float, Decimal], ...]
    years: tuple[tuple[float, int], ...]
    lines: tuple[CityLine, ...]
    targets: tuple[ChartMark, ...]


def draw_lines(
    cities: Sequence[tuple[str, Mapping[int, Decimal]]], targets: Mapping[int, Decimal]
) -> LineChart | None:
    """Return the chart of the figures of cities over the years; None without any figure."""
    values = [value for _name, series in cities for value in series.values()]
    if not values:
        return None
    known = {year for _name, series in cities for year in series} | set(targets)
    years = range(min(known), max(known) + 1)
    scale = scale_of([*values, *targets.values()])

    def at(year: int, value: Decimal) -> ChartMark:
        share = (year - years[0]) / (len(years) - 1) if len(years) > 1 else 0.5
        part = float((value - scale[0]) / (scale[-1] - scale[0]))
        return ChartMark(round(LEFT + share * (RIGHT - LEFT), 1), _height(part))

    lines = []
    for name, series in cities:
        runs = groupby(years, key=lambda year, series=series: year in series)  # type: ignore[misc]
        parts = [[at(year, series[year]) for year in run] for is_known, run in runs if is_known]
        points = (" ".join(f"{mark.x},{mark.y}" for mark in part) for part in parts)
        lines.append(CityLine(name, tuple(points), tuple(mark for part in parts for mark in part)))
    return LineChart(
        tuple((at(years[0], mark).y, mark) for mark in scale),
        tuple((at(year, scale[0]).x, year) for year in years),
        tuple(lines),
        tuple(at(year, value) for year, value in sorted(targets.items())),
    )


def _height(part: float) -> float:
    return round(BOTTOM - part * (BOTTOM - TOP), 1)


def scale_of(values: Sequence[Decimal]) -> list[Decimal]:
    """Return round figures in equal steps that enclose some figures; at least two."""
    low, high = min(values), max(values)
    room = (high - low) or abs(high) or Decimal(1)
    power = Decimal(1).scaleb((room / STEPS).adjusted())
    step = next(power * n for n in (1, 2, 5, 10) if power * n * STEPS >= room)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    if first == last:
        first, last = first - 1, last + 1
    return [step * n for n in range(int(first), int(last) + 1)]


@dataclass(frozen=True)
class Spot:
    """A place of the queue in the grid, with the entries that are judged alike."""

    x: float
    y: float
    place: int
    names: tuple[str, ...]


def draw_queue(queue: Sequence[Placed]) -> list[Spot]:
    """Return where the places of a queue lie: easier to the right, more urgent above."""
    spots = []
    for place, entries in groupby(queue, key=lambda one: one.place):
        alike = [one.judged for one in entries]
        x = EDGE_X + (alike[0].ease - LOWEST + 0.5) * CELL
        y = EDGE_Y + (HIGHEST - alike[0].urgency + 0.5) * CELL
        spots.append(Spot(x, y, place, tuple(one.name for one in alike)))
    return spots
