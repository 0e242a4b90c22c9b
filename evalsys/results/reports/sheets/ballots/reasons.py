"""The sheet 差评原因: how often each reason was ticked, as totals of people and sections.

A reason beside levels would identify ballots, and is in a case until it is closed: so only totals
are printed, under the rules of small cells (`scores.disclosure`), for each base period apart: the
sheet of a half-year has exactly the rows of its quarters.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from sqlalchemy import select

from evalsys.core.errors import N_, NP_
from evalsys.core.extensions import db
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.periods.sheets import period_words
from evalsys.ratings.ballots.rules import REASONS, Reason
from evalsys.ratings.ballots.words import REASON_HEADINGS
from evalsys.ratings.counting.tally_models import ReasonTally
from evalsys.results.reports.sheets.ballots.crowd import Crowd, read_crowd
from evalsys.results.reports.sheets.ballots.sheets import PRIVACY
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import HIDDEN
from evalsys.scores.rules.disclosure import suppress

TITLE = NP_("sheet", "Reasons")
WHOLE_SECTION = NP_("sheet", "whole section")


class ReasonLine(NamedTuple):
    """A row: a section (`number` None) or a member, and the printable counts.

    `period` is the code of a base period. `ticked` maps the number of a reason to its count, None
    if hidden.
    """

    period: str
    section: str
    number: str | None
    name: str | None
    ticked: Mapping[int, int | None]


Ticks = Mapping[int, Mapping[int, int]]  # staff id -> number of a reason -> count


def reasons_sheet(request: ExportRequest) -> Sheet[ReasonLine]:
    """Return the sheet 差评原因 of the sections whose ballots are listed."""
    lines = list(_lines(request, read_crowd(request)))
    return Sheet(TITLE, _columns(), lines, len(lines), frozen=4)


def _lines(request: ExportRequest, crowd: Crowd) -> Iterator[ReasonLine]:
    codes = base_codes(parse_period(request.result.period.code))
    ticks = _read(codes, crowd)
    sections = select(Section.id, Section.name).where(Section.id.in_(list(crowd.sections)))
    names = {row.id: row.name for row in db.session.execute(sections)}
    rated = {staff_id for each in ticks.values() for staff_id in each}
    staff = select(Staff.id, Staff.number, Staff.name).where(Staff.id.in_(rated))
    people = {row.id: row for row in db.session.execute(staff)}
    for code, section_id in product(codes, crowd.sections):
        here = ticks.get((code, section_id), {})
        if not here:
            continue
        shown = _shown(here, request.rules.min_n_display)
        yield ReasonLine(code, names[section_id], None, None, shown[None])
        named = [key for key in here if (section_id, key, code) in crowd.named]
        for staff_id in sorted(named, key=lambda key: people[key].number):
            person = people[staff_id]
            yield ReasonLine(code, names[section_id], person.number, person.name, shown[staff_id])


def _read(codes: Sequence[str], crowd: Crowd) -> dict[tuple[str, int], dict[int, dict[int, int]]]:
    """Return (base period, section id) -> staff id -> number of a reason -> count."""
    rows = db.session.execute(
        select(
            ReasonTally.base_period,
            ReasonTally.section_id,
            ReasonTally.staff_id,
            ReasonTally.reason,
            ReasonTally.ticked,
        ).where(
            ReasonTally.base_period.in_(codes), ReasonTally.section_id.in_(list(crowd.sections))
        )
    )
    ticks: dict[tuple[str, int], dict[int, dict[int, int]]]
    ticks = defaultdict(lambda: defaultdict(dict))
    for code, section_id, staff_id, reason, number in rows:
        ticks[code, section_id][staff_id][reason] = number
    return ticks


def _shown(ticks: Ticks, least: int) -> dict[int | None, dict[int, int | None]]:
    """Return the printable counts by member, and of the whole section under None."""
    shown: dict[int | None, dict[int, int | None]] = defaultdict(dict)
    for reason in REASONS:
        cells = {staff_id: counts.get(reason.number, 0) for staff_id, counts in ticks.items()}
        hidden = suppress(cells, least)
        for staff_id, number in cells.items():
            shown[staff_id][reason.number] = None if staff_id in hidden else number
        total = sum(cells.values())
        shown[None][reason.number] = total if total >= least else None
    return shown


def _columns() -> tuple[Column[ReasonLine], ...]:
    return (
        Column(
            N_("Period"),
            lambda row: period_words(row.period),
            meaning=N_("the finest time that a rating keeps"),
        ),
        Column(N_("Section"), lambda row: row.section, meaning=PRIVACY),
        Column(
            N_("Staff number"),
            lambda row: row.number or WHOLE_SECTION,
            CellKind.CODE,
            PRIVACY,
        ),
        Column(N_("Name"), lambda row: row.name, meaning=PRIVACY),
        *(_reason(reason) for reason in REASONS),
    )


def _reason(reason: Reason) -> Column[ReasonLine]:
    def value(row: ReasonLine) -> Value:
        number = row.ticked[reason.number]
        return HIDDEN if number is None else number

    meaning = N_("how often it was ticked; not where it is too seldom")
    return Column(REASON_HEADINGS[reason.key], value, CellKind.WHOLE, meaning, is_wide=True)
