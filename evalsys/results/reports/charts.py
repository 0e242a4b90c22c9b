"""The geometry of the charts. Pure: figures in, coordinates out; templates draw the SVG.

Coordinates are rounded to tenths of a unit. Templates choose colours and texts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Figure = Decimal | float

BAR_LOW, BAR_HIGH = 60, 100  # points: the scale of an interval bar
BAR_WIDTH, BAR_EDGE = 160, 4
BAR_MARKS = (60, 70, 90, 100)
TREND_TOP, TREND_BOTTOM = 22, 190
TREND_LEFT, TREND_RIGHT = 52, 480
TREND_STEP, TREND_LEAST = 5, 20  # points between two lines, points of the whole scale
SCALE_END = 100


def _tenths(value: float) -> float:
    return round(value, 1)


def bar_x(points: Figure) -> float:
    """Return the x of a score on an interval bar, clamped to the scale."""
    inside = max(BAR_LOW, min(BAR_HIGH, float(points)))
    length = BAR_WIDTH - 2 * BAR_EDGE
    return _tenths(BAR_EDGE + (inside - BAR_LOW) / (BAR_HIGH - BAR_LOW) * length)


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """A dot with its interval on a scale of 60-100, dashed lines at the policy's lines."""

    dot: float
    left: float
    width: float
    lines: tuple[float, ...]


def interval_bar(
    value: Figure, lo: Figure, hi: Figure, lines: Sequence[Figure] = (70, 90)
) -> IntervalBar:
    """Return the bar of a score and its interval, at least 3 units wide to be visible."""
    left = bar_x(lo)
    width = max(3.0, _tenths(bar_x(hi) - left))
    return IntervalBar(bar_x(value), left, width, tuple(bar_x(line) for line in lines))


def bar_scale() -> tuple[tuple[float, int], ...]:
    """Return (x, figure) of the marks of an interval bar, drawn once per column."""
    return tuple((min(BAR_WIDTH - 9, max(7, bar_x(mark))), mark) for mark in BAR_MARKS)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of a stacked bar, in percent: the levels `top` down to `bottom`."""

    top: int
    bottom: int
    left: int
    percent: int

    @property
    def shade(self) -> int:
        """The level whose colour it has: its own, the top of "and below", else the middle."""
        return self.top if self.bottom == 1 else -(-(self.top + self.bottom) // 2)

    @property
    def middle(self) -> float:
        """The position of its label."""
        return self.left + self.percent / 2


def stacked(parts: Sequence[tuple[int, int, int]]) -> tuple[Segment, ...]:
    """Return the bar of (top level, bottom level, count) parts.

    Lengths are whole percents that add up to 100: exact ones would reveal the counts.
    """
    percents = whole_percents([count for *_, count in parts])
    segments, left = [], 0
    for (top, bottom, _), percent in zip(parts, percents, strict=True):
        segments.append(Segment(top, bottom, left, percent))
        left += percent
    return tuple(segments)


def whole_percents(counts: Sequence[int]) -> list[int]:
    """Return the counts as whole percents that add up to 100 (largest remainders)."""
    total = sum(counts)
    if total == 0:
        return [0] * len(counts)
    percents = [100 * count // total for count in counts]
    remainders = sorted(range(len(counts)), key=lambda i: (-(100 * counts[i] % total), i))
    for i in remainders[: 100 - sum(percents)]:
        percents[i] += 1
    return percents


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period of a trend: a figure with its interval (None: no figure), the group's mean.

    `label` is short enough for the chart, `name` stands in the table of its numbers. `change` names
    what changed with this period, such as the policy; "" for nothing.
    """

    label: str
    value: Figure | None = None
    lo: Figure | None = None
    hi: Figure | None = None
    mean: Figure | None = None
    change: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A figure of the trend, and the position of its label."""

    x: float
    y: float
    label_y: float
    value: Figure


@dataclass(frozen=True, slots=True)
class Trend:
    """A trend: scale lines, runs of consecutive points, marks of change.

    `whisks` are the intervals of isolated points, as x and two y: a band needs two points.
    """

    scale: tuple[tuple[float, int], ...]
    periods: tuple[tuple[float, str], ...]
    bands: tuple[str, ...]
    whisks: tuple[tuple[float, float, float], ...]
    lines: tuple[str, ...]
    means: tuple[str, ...]
    dots: tuple[Dot, ...]
    changes: tuple[tuple[float, str], ...]

    @property
    def ends(self) -> tuple[Dot, ...]:
        """The first and last figures, the only ones labelled."""
        return tuple({dot.x: dot for dot in (*self.dots[:1], *self.dots[-1:])}.values())


@dataclass(frozen=True, slots=True)
class _Plot:
    """The coordinate system of a trend."""

    points: Sequence[TrendPoint]
    low: int
    high: int

    def x(self, place: float) -> float:
        gap = (TREND_RIGHT - TREND_LEFT) / max(1, len(self.points) - 1)
        return _tenths(TREND_LEFT + place * gap)

    def y(self, figure: Figure) -> float:
        part = (min(self.high, max(self.low, float(figure))) - self.low) / (self.high - self.low)
        return _tenths(TREND_BOTTOM - part * (TREND_BOTTOM - TREND_TOP))

    def scale(self) -> tuple[tuple[float, int], ...]:
        step = TREND_STEP * math.ceil((self.high - self.low) / (5 * TREND_STEP))
        return tuple((self.y(mark), mark) for mark in range(self.low, self.high + 1, step))

    def line(self, run: Sequence[int], name: str) -> str:
        return " ".join(f"{self.x(i)},{self.y(getattr(self.points[i], name))}" for i in run)

    def runs(self, *names: str) -> list[list[int]]:
        """Return the indexes of consecutive points that have all the figures, in runs."""
        runs: list[list[int]] = [[]]
        for i, point in enumerate(self.points):
            if all(getattr(point, name) is not None for name in names):
                runs[-1].append(i)
            elif runs[-1]:
                runs.append([])
        return [run for run in runs if run]

    def whisk(self, place: int) -> tuple[float, float, float]:
        point = self.points[place]
        return self.x(place), self.y(point.hi or 0), self.y(point.lo or 0)

    def dots(self) -> tuple[Dot, ...]:
        return tuple(
            Dot(self.x(i), self.y(point.value), _label_y(self.y(point.value), point), point.value)
            for i, point in enumerate(self.points)
            if point.value is not None
        )


def _label_y(y: float, point: TrendPoint) -> float:
    """Return the y of a label, on the side of its dot away from the group's mean."""
    is_below = point.mean is not None and point.value is not None and point.value < point.mean
    return _tenths(y + 18 if is_below else y - 9)


def _ends(points: Sequence[TrendPoint]) -> tuple[int, int]:
    """Return the ends of the scale: multiples of five around all figures, 20 apart, in 0-100."""
    figures = [
        float(figure)
        for point in points
        for figure in (point.value, point.lo, point.hi, point.mean)
        if figure is not None
    ]
    low = TREND_STEP * math.floor(max(0, min(figures)) / TREND_STEP)
    high = TREND_STEP * math.ceil(min(SCALE_END, max(figures)) / TREND_STEP)
    low = max(0, min(low, high - TREND_LEAST))
    return low, max(high, low + TREND_LEAST)


def trend(points: Sequence[TrendPoint]) -> Trend | None:
    """Return the trend over the points, the earliest first; None without any figure."""
    if all(point.value is None for point in points):
        return None
    plot = _Plot(points, *_ends(points))
    means = plot.runs("mean")
    spans = plot.runs("value", "lo", "hi")
    return Trend(
        scale=plot.scale(),
        periods=tuple((plot.x(i), point.label) for i, point in enumerate(points)),
        bands=tuple(
            f"{plot.line(run, 'hi')} {plot.line(run[::-1], 'lo')}" for run in spans if len(run) > 1
        ),
        whisks=tuple(plot.whisk(run[0]) for run in spans if len(run) == 1),
        lines=tuple(plot.line(run, "value") for run in plot.runs("value") if len(run) > 1),
        means=tuple(plot.line(run, "mean") for run in means if len(run) > 1),
        dots=plot.dots(),
        changes=tuple(
            (plot.x(i - 0.5), point.change) for i, point in enumerate(points) if point.change and i
        ),
    )
