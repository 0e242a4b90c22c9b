"""A roster as a workbook in the import's own columns, of a day or of what shall change.

Export, edit, import changes just what was edited: each column is written as it is read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import current_app

from evalsys.core.audit import unit_of_work
from evalsys.core.city import say
from evalsys.core.errors import N_, NP_
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.rows import batched
from evalsys.foundation.spreadsheets.facts import Facts, export_facts
from evalsys.foundation.spreadsheets.frames import book_name, internal_frame
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.organisation.org.models import ChiefTerm, LeaderTerm, Section, Staff
from evalsys.organisation.org.queries import select_present
from evalsys.roster.columns import PEOPLE, SECTIONS
from evalsys.roster.people.queries import (
    PeopleFilter,
    Whereabouts,
    list_sections,
    places_of,
    select_people,
    terms_of,
)
from evalsys.roster.words import ON_DUTY, RosterColumn, SheetKind, in_words

TITLE = N_("Roster")
AT_ONCE = 1_000
Cells = Mapping[str, Any]  # Column key -> value as stored, or text; without blank cells.


@dataclass(frozen=True)
class RosterRequest:
    """A request of `actor`, made at `at`, for the roster as it is on a day."""

    actor: Actor
    on: date
    lang: str
    at: datetime


def export_roster(request: RosterRequest, path: Path) -> int:
    """Write the roster of a day to a file, record it, and return the number of its rows."""
    sections = section_rows(request.actor, request.on)
    people = people_rows(request.actor, request.on)
    written = write_rows(request, sections, people, path)
    with unit_of_work(request.actor) as unit:
        unit.record(
            Action.EXCHANGE_EXPORT,
            "roster",
            on=request.on.isoformat(),
            rows=written,
            persons=len(people),
        )
    return written


def file_name(request: RosterRequest) -> str:
    """Return the file name: title, day of the roster, day of export."""
    return book_name(say(TITLE, request.lang), f"{request.on:%Y%m%d}", at=request.at)


def write_rows(
    request: RosterRequest, sections: Sequence[Cells], people: Sequence[Cells], path: Path
) -> int:
    """Write rows as the two sheets of an import; without sections only that of people."""
    sheets = [_sheet(PEOPLE, people, request.lang)]
    if sections:
        sheets.insert(0, _sheet(SECTIONS, sections, request.lang))
    place = str(current_app.config["ORGANISATION"])
    title = f"{say(TITLE, request.lang)} {request.on}"
    frame = internal_frame(title, place, request.actor.name, at=request.at, lang=request.lang)
    return write_file(path, sheets, frame, _facts(request, sheets, len(people)), Progress())


def _facts(request: RosterRequest, sheets: Sequence[Sheet[Any]], people: int) -> Facts:
    yield NP_("sheet", "Day"), request.on.isoformat()
    yield (
        N_("To change something"),
        N_("edit and import it: a blank cell leaves what is stored, <清空> empties it"),
    )
    yield from export_facts(request.actor.name, request.at, sheets, people)


def _sheet(kind: SheetKind, rows: Sequence[Cells], lang: str) -> Sheet[Cells]:
    columns = [_column(column, lang) for column in kind.columns if column.is_kept]
    title = kind.en if lang == "en" else kind.zh
    frozen = 1 if kind is SECTIONS else 2
    return Sheet(title, columns, rows, len(rows), frozen=frozen)


def _column(column: RosterColumn, lang: str) -> Column[Cells]:
    heading = column.en if lang == "en" else column.zh
    note = column.note_en if lang == "en" else column.note
    kind = CellKind.CODE if column.is_text else CellKind.WHOLE
    return Column(heading, _cell(column.key), kind, note)


def _cell(key: str) -> Callable[[Cells], Value]:
    def cell(row: Cells) -> Value:
        value = row.get(key)
        return value if value is None or type(value) is int else in_words(key, value)

    return cell


def section_rows(actor: Actor, on: date) -> list[Cells]:
    """Return the sections in scope on a day."""
    sections = list_sections(actor, on)
    chiefs, leaders = (terms_of(model, sections, on) for model in (ChiefTerm, LeaderTerm))
    parents = {section.id: section.code for section in sections}
    return [
        {
            **_own(section, SECTIONS),
            "organ_code": section.organ.code,
            "organ_name": section.organ.name,
            "credit_code": section.organ.credit_code,
            "parent_code": parents.get(section.parent_id or 0),
            "chief_number": chiefs[section.id][0] if section.id in chiefs else None,
            "chief_since": chiefs[section.id][1] if section.id in chiefs else None,
            "leader_number": leaders[section.id][0] if section.id in leaders else None,
        }
        for section in sections
    ]


def people_rows(actor: Actor, on: date) -> list[Cells]:
    """Return the people in a section in scope on a day."""
    present = Staff.id.in_(select_present(actor, on))
    query = select_people(actor, PeopleFilter(on)).where(present)
    rows: list[Cells] = []
    for some in batched(db.session.scalars(query).all(), AT_ONCE):
        places = places_of(some, on)
        rows += [cells_of(staff, places[staff.id]) for staff in some]
    return rows


def cells_of(staff: Staff, place: Whereabouts) -> Cells:
    """Return the cells of a person's row, as they are where they are on a day."""
    posting, status = place
    cells = {
        **_own(staff, PEOPLE),
        "status": status.kind.value if status else ON_DUTY,
        "status_on": status.started_on if status else None,
    }
    if posting is not None:
        cells |= {
            "section_code": posting.section.code,
            "posted_on": posting.started_on,
            "left_on": posting.ended_on,
            "left_reason": posting.end_reason,
        }
    return cells


def _own(row: Section | Staff, kind: SheetKind) -> dict[str, Any]:
    """Return the columns that a sheet and a table have in common."""
    values = {column.key: getattr(row, column.key, None) for column in kind.columns}
    return {key: getattr(value, "value", value) for key, value in values.items()}
