"""Validation of past ratings against organisation and periods, in one pass."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import NamedTuple

from evalsys.core.errors import N_, DomainError
from evalsys.foundation.jobs.handlers import Progress
from evalsys.organisation.periods.queries import base_kind, sealed_among
from evalsys.organisation.periods.rules import PeriodSpan, period_of
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.history.organisation import section_ids, staff_ids
from evalsys.ratings.history.plan import (
    FourLevels,
    ImportRefused,
    PastRating,
    PastReport,
    PlannedPosting,
    RowProblem,
    Sightings,
    Unknown,
    plan_postings,
)

EARLIEST_YEAR = 2000  # The first year of period codes.
STEP = 1000  # rows between two progress updates


class CheckedRow(NamedTuple):
    """A valid row, its day replaced by the base period."""

    base_period: str
    section: str
    staff: str
    rater_group: RaterGroup
    service_type: str | None
    channel: Channel
    levels: FourLevels


@dataclass
class Checked:
    """The valid rows and whom they name. `digest` is the SHA-256 of their content."""

    report: PastReport = field(default_factory=PastReport)
    rows: list[CheckedRow] = field(default_factory=list)
    spans: dict[str, PeriodSpan] = field(default_factory=dict)
    seen: dict[str, Sightings] = field(default_factory=dict)
    digest: str = ""

    @property
    def is_organisation_incomplete(self) -> bool:
        """Whether sections or staff must be created first."""
        return bool(self.report.sections or self.report.staff)

    @property
    def since(self) -> date:
        """The first day of the first base period."""
        return min(span.starts_on for span in self.spans.values())

    @property
    def postings(self) -> Mapping[str, list[PlannedPosting]]:
        """Postings of the unknown staff, by staff number."""
        last = max(self.spans.values(), key=lambda span: span.ends_on).code
        return {
            number: plan_postings(self.seen[number], self.spans, last)
            for number in self.report.staff
        }


def check_rows(
    rows: Iterable[PastRating | RowProblem], *, on: date, create_org: bool, progress: Progress
) -> Checked:
    """Return the rows if all of them are valid.

    Raises ImportRefused with every problem, or DomainError if there are no ratings.
    """
    progress.begin(None, N_("Checking ratings"))
    checker = _Checker(on)
    for number, row in enumerate(rows, start=1):
        if isinstance(row, RowProblem):
            checker.checked.report.add(row)
        else:
            checker.check(row)
        if number % STEP == 0:
            progress.advance(STEP)
    checked = checker.finish()
    report = checked.report
    if report.counts or (checked.is_organisation_incomplete and not create_org):
        raise ImportRefused(report, are_created=create_org)
    if not checked.rows:
        raise DomainError(N_("There are no ratings in the file. Nothing was imported."), status=422)
    return checked


class _Checker:
    """One pass over the rows; the organisation is loaded once at the start."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.kind = base_kind()
        self.sections = section_ids()
        self.staff = staff_ids()
        self.periods: dict[date, PeriodSpan] = {}
        self.sealed: frozenset[str] = frozenset()
        self.checked = Checked()
        self.digest = hashlib.sha256()

    def check(self, row: PastRating) -> None:
        """Accept a row, or report its problems."""
        if row.served_on.year < EARLIEST_YEAR:
            text, day = N_("This day is before the year 2000"), row.served_on.isoformat()
            self.checked.report.add(RowProblem(row.row, "served_on", day, text))
            return
        span = self._span(row.served_on)
        problems = [
            *self._time_problems(row, span),
            *self._section_problems(row),
        ]
        if all(level is None for level in row.levels):
            text = N_("None of the four levels is filled in")
            problems.append(RowProblem(row.row, "", "", text, N_("Delete the row")))
        for problem in problems:
            self.checked.report.add(problem)
        self._note_unknown(row, span)
        if problems:
            return
        kept = CheckedRow(span.code, row.section, row.staff, *row[5:])
        self.checked.rows.append(kept)
        words = (row.served_on.isoformat(), *map(str, kept[1:-1]), *map(str, kept.levels))
        self.digest.update("\x1f".join(words).encode() + b"\n")

    def finish(self) -> Checked:
        """Return the result, with suggestions for unknown numbers and codes."""
        self.checked.digest = self.digest.hexdigest()
        # Excel strips the leading zeros of staff numbers.
        plain = {number.lstrip("0"): number for number in self.staff}
        for number, unknown in self.checked.report.staff.items():
            unknown.like = plain.get(number.lstrip("0"))
        for code, unknown in self.checked.report.sections.items():
            unknown.like = next(iter(get_close_matches(code, self.sections, n=1)), None)
        return self.checked

    def _span(self, day: date) -> PeriodSpan:
        """Return the base period of a day, cached."""
        if day not in self.periods:
            span = self.periods[day] = period_of(day, self.kind)
            if span.code not in self.checked.spans:
                self.checked.spans[span.code] = span
                self.sealed |= sealed_among({span.code})
        return self.periods[day]

    def _time_problems(self, row: PastRating, span: PeriodSpan) -> Iterable[RowProblem]:
        day = row.served_on.isoformat()
        if row.served_on > self.on:
            yield RowProblem(row.row, "served_on", day, N_("This day is in the future"))
        if span.code in self.sealed:
            yield RowProblem(
                row.row,
                "served_on",
                day,
                N_("The period of this day is closed"),
                N_("Delete the row: the numbers of a closed period do not change"),
            )

    def _section_problems(self, row: PastRating) -> Iterable[RowProblem]:
        known = self.sections.get(row.section)
        organ = known[1] if known else self.checked.report.sections.get(row.section, row).organ
        if row.organ and organ and row.organ != organ:
            yield RowProblem(
                row.row,
                "organ_code",
                row.organ,
                N_("Section %(section)s belongs to organ %(organ)s"),
                N_("Write %(organ)s, or another section"),
                {"section": row.section, "organ": organ},
            )

    def _note_unknown(self, row: PastRating, span: PeriodSpan) -> None:
        report = self.checked.report
        if row.section not in self.sections:
            unknown = report.sections.setdefault(row.section, Unknown(row.row, organ=row.organ))
            unknown.rows += 1
        if row.staff in self.staff:
            return
        report.staff.setdefault(row.staff, Unknown(row.row)).rows += 1
        periods = self.checked.seen.setdefault(row.staff, {}).setdefault(row.section, {})
        number, first = periods.get(span.code, (0, row.served_on))
        periods[span.code] = (number + 1, min(first, row.served_on))
