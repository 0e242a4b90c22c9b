"""The geometry of the funnel. Pure: figures in, coordinates out; the template draws the SVG."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evalsys.scores.rules.funnel import FunnelLine, GroupStanding, funnel_lines
from evalsys.scores.rules.rates import RateFunnel, rate_lines

LEFT, RIGHT, TOP, BOTTOM = 44, 700, 14, 300
STEPS = 40
NAMED, NAME_APART = 6, 14
ACROSS = (10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000)
STEP, END = 5, 100  # points between two lines, and the best score


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """A unit: effective ballots, services or tickets across; score or rate up."""

    ballots: float
    score: float
    standing: GroupStanding
    name: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """A funnel: its five lines from the lowest, marks of both scales, a spot for each unit."""

    lines: tuple[str, ...]
    across: tuple[tuple[float, int], ...]
    scale: tuple[tuple[float, int], ...]
    spots: tuple[tuple[float, float, FunnelPoint], ...]

    @property
    def named(self) -> tuple[tuple[float, float, FunnelPoint], ...]:
        """The spots farthest outside whose names do not cover each other."""
        chosen: list[tuple[float, float, FunnelPoint]] = []
        for spot in self.spots:
            is_out = spot[2].standing is not GroupStanding.USUAL
            if is_out and all(abs(spot[1] - other[1]) > NAME_APART for other in chosen):
                chosen.append(spot)
        return tuple(chosen[:NAMED])


def funnel(points: Sequence[FunnelPoint], s2: float, mean: float, tau2: float) -> Funnel:
    """Return the funnel of a group's scores."""
    return _draw(points, lambda steps: funnel_lines(s2, mean, tau2, steps))


def rate_picture(points: Sequence[FunnelPoint], group: RateFunnel) -> Funnel:
    """Return the funnel of a group's rates; a rate above 100 % lies on the upper edge."""
    return _draw(points, lambda steps: rate_lines(group, steps))


def _draw(
    points: Sequence[FunnelPoint], lines: Callable[[Sequence[float]], Sequence[FunnelLine]]
) -> Funnel:
    """Return a funnel, on a logarithmic scale across."""
    known = [point.ballots for point in points]
    least, most = min(known) / 1.2, max(known) * 1.2
    part = math.log(most / least)
    steps = [least * math.exp(part * step / STEPS) for step in range(STEPS + 1)]
    curves = lines(steps)
    lowest = min([point.score for point in points] + [curves[STEPS // 2].outer_low])
    low = max(0, STEP * math.floor(lowest / STEP))

    def x(ballots: float) -> float:
        place = math.log(ballots / least) / part
        return round(LEFT + place * (RIGHT - LEFT), 1)

    def y(score: float) -> float:
        place = (min(END, max(low, score)) - low) / (END - low)
        return round(BOTTOM - place * (BOTTOM - TOP), 1)

    names = ("outer_low", "inner_low", "mean", "inner_high", "outer_high")
    step = STEP * math.ceil((END - low) / (6 * STEP))
    return Funnel(
        lines=tuple(
            " ".join(f"{x(curve.ballots)},{y(getattr(curve, name))}" for curve in curves)
            for name in names
        ),
        across=tuple((x(mark), mark) for mark in ACROSS if least <= mark <= most),
        scale=tuple((y(mark), mark) for mark in range(low, END + 1, step)),
        spots=tuple((x(point.ballots), y(point.score), point) for point in points),
    )
