"""差评原因 as a sheet: how often each reason was ticked, as totals of people and sections.

A reason beside four levels would tell two ballots apart, and stands in a case until it is closed:
so it is printed as a total alone, by the rule of small numbers (`scores.disclosure`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.exchange.export_ballot_sheets import HIDDEN, PRIVACY
from evalsys.exchange.export_ballots import Crowd, read_crowd
from evalsys.exchange.export_request import ExportRequest
from evalsys.exchange.export_words import REASONS as REASON_WORDS
from evalsys.exchange.sheets import Column, Kind, Sheet, Value, Words
from evalsys.org.models import Section, Staff
from evalsys.periods.queries import base_codes
from evalsys.periods.rules import parse_period
from evalsys.ratings.rules import REASONS, Reason
from evalsys.ratings.tally_models import ReasonTally
from evalsys.scores.disclosure import suppress

TITLE = Words("差评原因", "Reasons")
WHOLE_SECTION = Words("全处室", "whole section")


class ReasonLine(NamedTuple):
    """A line: a section (`number` None) or a member, and how often each reason may be printed.

    `ticked` maps the number of a reason to its count, None where it is hidden.
    """

    section: str
    number: str | None
    name: str | None
    ticked: Mapping[int, int | None]


Ticks = Mapping[int, Mapping[int, int]]  # staff id -> number of a reason -> count


def reasons_sheet(request: ExportRequest) -> Sheet[ReasonLine]:
    """Return the sheet 差评原因 of the sections whose ballots are listed."""
    lines = list(_lines(request, read_crowd(request)))
    return Sheet(TITLE, _columns(), lines, len(lines), frozen=3)


def _lines(request: ExportRequest, crowd: Crowd) -> Iterator[ReasonLine]:
    codes = base_codes(parse_period(request.result.period.code))
    rows = db.session.execute(
        select(
            ReasonTally.section_id,
            ReasonTally.staff_id,
            ReasonTally.reason,
            func.sum(ReasonTally.ticked),
        )
        .where(ReasonTally.base_period.in_(codes), ReasonTally.section_id.in_(list(crowd.sections)))
        .group_by(ReasonTally.section_id, ReasonTally.staff_id, ReasonTally.reason)
    )
    ticks: dict[int, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for section_id, staff_id, reason, number in rows:
        ticks[section_id][staff_id][reason] = int(number)
    names = {
        row.id: row.name
        for row in db.session.execute(
            select(Section.id, Section.name).where(Section.id.in_(list(ticks)))
        )
    }
    people = {
        row.id: row
        for row in db.session.execute(
            select(Staff.id, Staff.number, Staff.name).where(
                Staff.id.in_({staff_id for each in ticks.values() for staff_id in each})
            )
        )
    }
    for section_id in (each for each in crowd.seats if each in ticks):
        shown = _shown(ticks[section_id], request.rules.min_n_display)
        yield ReasonLine(names[section_id], None, None, shown[None])
        named = [one for one in ticks[section_id] if (section_id, one) in crowd.members]
        for staff_id in sorted(named, key=lambda one: people[one].number):
            person = people[staff_id]
            yield ReasonLine(names[section_id], person.number, person.name, shown[staff_id])


def _shown(ticks: Ticks, least: int) -> dict[int | None, dict[int, int | None]]:
    """Return the counts that may be printed: by member, and of the whole section under None."""
    shown: dict[int | None, dict[int, int | None]] = defaultdict(dict)
    for reason in REASONS:
        cells = {staff_id: found.get(reason.number, 0) for staff_id, found in ticks.items()}
        hidden = suppress(cells, least)
        for staff_id, number in cells.items():
            shown[staff_id][reason.number] = None if staff_id in hidden else number
        total = sum(cells.values())
        shown[None][reason.number] = total if total >= least else None
    return shown


def _columns() -> tuple[Column[ReasonLine], ...]:
    return (
        Column(Words("处室", "Section"), lambda row: row.section, meaning=PRIVACY),
        Column(
            Words("工号", "Staff number"),
            lambda row: row.number or WHOLE_SECTION,
            Kind.CODE,
            PRIVACY,
        ),
        Column(Words("姓名", "Name"), lambda row: row.name, meaning=PRIVACY),
        *(_reason(reason) for reason in REASONS),
    )


def _reason(reason: Reason) -> Column[ReasonLine]:
    def value(row: ReasonLine) -> Value:
        number = row.ticked[reason.number]
        return HIDDEN if number is None else number

    meaning = Words(
        "勾选次数；份数太少的不列示", "how often it was ticked; not where it is too seldom"
    )
    return Column(REASON_WORDS[reason.key], value, Kind.WHOLE, meaning, is_wide=True)
