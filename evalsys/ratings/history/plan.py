"""Rows of past ratings, their problems, and the postings they imply. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from evalsys.core.errors import N_, DomainError
from evalsys.organisation.periods.rules import PeriodSpan
from evalsys.ratings.ballots.models import Channel, RaterGroup

SHOWN = 200  # problems listed in a report; all are counted


FourLevels = tuple[int | None, int | None, int | None, int | None]


class PastRating(NamedTuple):
    """One row. Codes and numbers are text as the roster has them; a level is 1-5 or None."""

    row: int
    organ: str | None
    section: str
    staff: str
    served_on: date
    rater_group: RaterGroup
    service_type: str | None
    channel: Channel
    levels: FourLevels


@dataclass(frozen=True)
class ImportPlan:
    """The options of an import.

    `create_org` creates unknown sections and staff; `again` allows rows imported before.
    """

    name: str
    create_org: bool = False
    again: bool = False


@dataclass(frozen=True)
class RowProblem:
    """A problem of a row: row number in the file, column ("" for the whole row).

    `problem` and `advice` are msgids with `params`.
    """

    row: int
    column: str
    value: str
    problem: str
    advice: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Unknown:
    """An unknown staff member or section: its first row, and its number of rows.

    `like` is a similar known one, if any.
    """

    row: int
    rows: int = 0
    organ: str | None = None
    like: str | None = None


@dataclass
class PastReport:
    """All problems that keep a file from being imported."""

    problems: list[RowProblem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    staff: dict[str, Unknown] = field(default_factory=dict)
    sections: dict[str, Unknown] = field(default_factory=dict)

    def add(self, problem: RowProblem) -> None:
        """Count a problem, and keep the first SHOWN."""
        self.counts[problem.problem] += 1
        if len(self.problems) < SHOWN:
            self.problems.append(problem)


class ImportRefused(DomainError):
    """Rows are invalid, or people or sections unknown: nothing was imported."""

    message = N_(
        "Nothing was imported: %(problems)s problems, %(staff)s unknown staff numbers, "
        "%(sections)s unknown sections."
    )
    status = 422

    def __init__(self, report: PastReport, *, are_created: bool) -> None:
        staff, sections = len(report.staff), len(report.sections)
        super().__init__(problems=report.counts.total(), staff=staff, sections=sections)
        self.report = report
        self.are_created = are_created


class PlannedPosting(NamedTuple):
    """A posting in a section; `ended_on` None is open."""

    section: str
    started_on: date
    ended_on: date | None


Seat = tuple[str, str, str]  # staff number, section code, base period
# section -> base period -> how many ratings, and the first day of service in it
Sightings = dict[str, dict[str, tuple[int, date]]]


def plan_postings(
    seen: Sightings, spans: Mapping[str, PeriodSpan], last: str
) -> list[PlannedPosting]:
    """Return the postings that somebody's ratings imply.

    A base period belongs to the section of its ratings. Nobody is in two sections on one day, so a
    period with ratings in several is divided among them, ordered by first service, in proportion to
    the ratings: each rating has a seat (F3), and the shares add up. A period without ratings
    belongs to the section before it. The posting is open for people rated in the file's `last`
    period; for others it ends with the period of their last rating.
    """
    pieces: list[PlannedPosting] = []
    codes = {code for periods in seen.values() for code in periods}
    for code in sorted(codes, key=lambda code: spans[code].starts_on):
        shares = sorted((seen[s][code][1], s, seen[s][code][0]) for s in seen if code in seen[s])
        for section, start in _divide(spans[code], [(s, n) for _, s, n in shares]):
            if pieces and pieces[-1].section == section:
                continue
            pieces.append(PlannedPosting(section, start, None))
    ends = [piece.started_on for piece in pieces[1:]]
    final = max((spans[code].ends_on for code in codes), default=None)
    stays = last in codes
    return [
        piece._replace(ended_on=date.fromordinal(end.toordinal() - 1))
        for piece, end in zip(pieces, ends, strict=False)
    ] + [piece._replace(ended_on=None if stays else final) for piece in pieces[-1:]]


def _divide(span: PeriodSpan, shares: list[tuple[str, int]]) -> list[tuple[str, date]]:
    """Return each section with its first day, in proportion to the ratings, at least one day each.

    If there are more sections than days, those with the fewest ratings get none.
    """
    chosen = sorted(shares, key=lambda share: -share[1])[: span.days]
    kept = [share for share in shares if share in chosen]
    total, before, start = sum(number for _, number in kept), 0, -1
    starts = []
    for left, (section, number) in zip(range(len(kept), 0, -1), kept, strict=True):
        start = min(max(span.days * before // total, start + 1), span.days - left)
        starts.append((section, date.fromordinal(span.starts_on.toordinal() + start)))
        before += number
    return starts
