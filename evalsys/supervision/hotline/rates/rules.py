"""The three rates of the hotline, and the places of organs by them. Pure.

Response rate = callers whom the organ contacted within the limit / callers reached who were asked
about it. Solution rate = solved / (solved + not solved). Satisfaction rate = (very satisfied +
satisfied + basically satisfied) / all who rated. A ticket that is left out counts nowhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple


class RateWeights(NamedTuple):
    """How the three rates weigh in, against each other."""

    response: int
    solution: int
    satisfaction: int


COUNTED = (
    *("tickets", "reached", "in_limit", "not_in_limit", "solved", "unsolved"),
    *("content", "discontent", "excluded"),
)


@dataclass(frozen=True)
class OrganCounts:
    """What call-backs say of an organ: numbers of tickets."""

    organ: str
    code: str
    tickets: int
    reached: int
    in_limit: int
    not_in_limit: int
    solved: int
    unsolved: int
    content: int
    discontent: int
    excluded: int

    @property
    def response(self) -> Fraction | None:
        """The response rate; None if nobody was asked."""
        return share(self.in_limit, self.not_in_limit)

    @property
    def solution(self) -> Fraction | None:
        """The solution rate; None if nobody was asked."""
        return share(self.solved, self.unsolved)

    @property
    def satisfaction(self) -> Fraction | None:
        """The satisfaction rate; None if nobody rated."""
        return share(self.content, self.discontent)

    def overall(self, weights: RateWeights) -> Fraction | None:
        """Return the weighted mean of the rates; None if one of those that weigh is missing."""
        rates = (self.response, self.solution, self.satisfaction)
        weighed = [(rate, weight) for rate, weight in zip(rates, weights, strict=True) if weight]
        known = [(rate, weight) for rate, weight in weighed if rate is not None]
        if not weighed or len(known) < len(weighed):
            return None
        total = sum(weight for _, weight in known)
        return sum((rate * weight for rate, weight in known), Fraction(0)) / total


@dataclass(frozen=True)
class LeagueRow:
    """An organ in the league table; without a place it has too few callers, or lacks a rate."""

    counts: OrganCounts
    overall: Fraction | None
    place: int | None


def last_month(on: date) -> tuple[date, date]:
    """Return the first and the last day of the last month that is over on a day."""
    until = on.replace(day=1) - timedelta(days=1)
    return until.replace(day=1), until


def whole_months(since: date, until: date, on: date) -> tuple[date, date]:
    """Return the months of a span that are over on a day; the last one that is, if none of them.

    A month that runs on would tell by tomorrow's numbers what today's callers said.
    """
    latest = last_month(on)
    until = min((until.replace(day=28) + timedelta(days=4)).replace(day=1), on.replace(day=1))
    return min(since.replace(day=1), latest[0]), until - timedelta(days=1)


def enough_by_month(rows: Iterable[OrganCounts], least: int) -> list[OrganCounts]:
    """Return the numbers of each organ, given those of its months: of those with enough callers.

    So the difference of two spans is never that of a few callers. An organ stays, with nothing, if
    none of its months has enough.
    """
    by_organ: dict[str, list[OrganCounts]] = {}
    for row in rows:
        by_organ.setdefault(row.code, []).append(row)
    return [
        OrganCounts(
            months[0].organ, code, **_sums(row for row in months if _tells_nobody(row, least))
        )
        for code, months in by_organ.items()
    ]


def _sums(rows: Iterable[OrganCounts]) -> dict[str, int]:
    counted = [*rows]
    return {name: sum(getattr(row, name) for row in counted) for name in COUNTED}


def _tells_nobody(row: OrganCounts, least: int) -> bool:
    """Return whether nobody was asked a question, or at least so many callers answered it."""
    asked = (
        row.reached,
        row.in_limit + row.not_in_limit,
        row.solved + row.unsolved,
        row.content + row.discontent,
    )
    return all(number == 0 or number >= least for number in asked)


def share(part: int, rest: int) -> Fraction | None:
    """Return part / (part + rest); None of nothing."""
    return Fraction(part, part + rest) if part + rest else None


def league(rows: Iterable[OrganCounts], weights: RateWeights, least: int) -> list[LeagueRow]:
    """Return organs by their weighted mean; equals share a place. Those without one come last."""
    ranked: list[tuple[Fraction, OrganCounts]] = []
    others: list[OrganCounts] = []
    for row in rows:
        overall = row.overall(weights) if row.reached >= least else None
        if overall is None:
            others.append(row)
        else:
            ranked.append((overall, row))
    ranked.sort(key=lambda pair: (-pair[0], pair[1].code))
    first: dict[Fraction, int] = {}
    found = [
        LeagueRow(row, mean, first.setdefault(mean, place))
        for place, (mean, row) in enumerate(ranked, start=1)
    ]
    others.sort(key=lambda row: row.code)
    return found + [LeagueRow(row, row.overall(weights), None) for row in others]


def among(rows: Iterable[LeagueRow], shown: Iterable[OrganCounts]) -> list[LeagueRow]:
    """Return the rows of some organs, each with its place among all."""
    codes = {one.code for one in shown}
    return [row for row in rows if row.counts.code in codes]


def total_of(rows: Sequence[OrganCounts]) -> OrganCounts | None:
    """Return the numbers of all organs together; None of none."""
    if not rows:
        return None
    return OrganCounts("", "", **_sums(rows))
