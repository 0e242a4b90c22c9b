"""Parse the sheets of a roster into entries, with the errors of the file itself. Pure.

Checks that need the database (unknown sections, transfers) are in `roster.plan`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from evalsys.core.errors import N_
from evalsys.foundation.spreadsheets.characters import stripped
from evalsys.foundation.uploads.bodies import Body, area_words, read_body
from evalsys.foundation.uploads.cells import Read, Remark, Unreadable, read_cell, shown
from evalsys.foundation.uploads.errors import BadFile
from evalsys.foundation.uploads.findings import FileNotice, Finding, kept
from evalsys.foundation.uploads.headings import Layout, find_head, plain
from evalsys.foundation.uploads.lists import Hidden, notices_of, only_sheet
from evalsys.foundation.uploads.reading.reader import quoted
from evalsys.foundation.uploads.tables import RawSheet, Table, TableRow
from evalsys.roster.columns import PEOPLE, SECTIONS
from evalsys.roster.words import CLEAR, EXAMPLE, RosterColumn, SheetKind

OWN_COVER = frozenset({"封面", "cover"})  # in front of every workbook of this system

MARKS = "错误"  # The heading of the column added to a marked file; ignored when sent again.


class Cleared:
    """The type of CLEARED, the value of `<清空>`: set the column to None."""


CLEARED = Cleared()


@dataclass(frozen=True)
class RosterEntry:
    """A parsed row: column key -> value or CLEARED, without blank cells."""

    sheet: str
    row: int
    values: Mapping[str, Any]
    is_sound: bool = True


@dataclass
class Roster:
    """A parsed file.

    `layouts` maps a sheet to its `kind`, its heading row `head` and the `places` of its columns;
    `refused` and `hidden` are (sheet, row) of rows with an error, and of rows hidden in Excel.
    """

    sections: list[RosterEntry] = field(default_factory=list)
    people: list[RosterEntry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notices: list[FileNotice] = field(default_factory=list)
    layouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: set[tuple[str, int]] = field(default_factory=set)
    hidden: list[tuple[str, int]] = field(default_factory=list)
    has_people: bool = False

    def add(self, finding: Finding) -> None:
        """Add a finding."""
        self.findings.append(finding)
        if finding.is_error:
            self.refused.add((finding.sheet, finding.row))

    def complain(
        self, entry: RosterEntry, column: str, remark: Remark, *, is_error: bool = True
    ) -> None:
        """Add a finding about a cell of an entry."""
        value = entry.values.get(column)
        text = "" if value is None or value is CLEARED else shown(value)
        words = (remark.problem, remark.advice, remark.params)
        place = (entry.sheet, entry.row, column, kept(column, text))
        self.add(Finding(*place, *words, is_error))


def read_roster(name: str, table: Table, on: date, hidden: Hidden = Hidden.ASK) -> Roster:
    """Parse the sheets. Raises BadFile if none is recognised.

    A sheet is recognised by its title, or else by its headings.
    """
    roster = Roster()
    sheets = {kind: _find_sheet(name, table, kind) for kind in (SECTIONS, PEOPLE)}
    if not any(sheets.values()):
        raise BadFile(
            N_(
                "%(file)s has the sheets %(found)s, but not %(expected)s. Rename the sheet, or "
                "fill in the template."
            ),
            file=name,
            found=quoted(title or "CSV" for title in table),
            expected=f"“{PEOPLE.zh}”",
        )
    for kind, entries in ((SECTIONS, roster.sections), (PEOPLE, roster.people)):
        sheet = sheets[kind]
        _name_unread(roster, kind, [s for s in table.values() if s not in sheets.values()])
        if sheet is not None:
            entries.extend(_read_sheet(roster, kind, sheet, on, hidden))
    roster.has_people = bool(roster.people)
    if not (roster.sections or roster.people or roster.findings):
        title = (sheets[PEOPLE] or sheets[SECTIONS] or RawSheet("")).title
        problem = N_("There is no filled row below the headings")
        roster.add(Finding(title, roster.layouts[title]["head"], "", "", problem))
    return roster


def _find_sheet(name: str, table: Table, kind: SheetKind) -> RawSheet | None:
    """Return the sheet of a kind, or None."""
    titles = {plain(word) for word in kind.titles}
    titled = [sheet for sheet in table.values() if plain(sheet.title) in titles]
    if any(not sheet.is_hidden for sheet in titled):
        return only_sheet(name, titled, f"“{kind.zh}”")
    other = PEOPLE if kind is SECTIONS else SECTIONS
    taken = {plain(word) for word in other.titles}
    alike = [
        sheet
        for sheet in table.values()
        if plain(sheet.title) not in taken and _looks_like(sheet, kind)
    ]
    return only_sheet(name, [*alike, *(s for s in titled if s not in alike)], f"“{kind.zh}”")


def _name_unread(roster: Roster, kind: SheetKind, others: Iterable[RawSheet]) -> None:
    """Add a notice for each visible sheet with the headings of a kind that is not read."""
    words = N_("Sheet “%(sheet)s” has the headings of “%(kind)s” too, but was not read")
    for sheet in others:
        if not sheet.is_hidden and _looks_like(sheet, kind):
            roster.notices.append(FileNotice(words, {"sheet": sheet.title, "kind": kind.zh}))


def _looks_like(sheet: RawSheet, kind: SheetKind) -> bool:
    """Return whether a sheet has the headings of a kind and not of the other."""
    if plain(sheet.title) in OWN_COVER:
        return False  # Of our own export: it lists the headings of the other sheets.
    is_people = find_head(sheet, PEOPLE.headings, (PEOPLE.key,)) is not None
    if kind is PEOPLE:
        return is_people
    return not is_people and find_head(sheet, SECTIONS.headings, (SECTIONS.key,)) is not None


def _read_sheet(
    roster: Roster, kind: SheetKind, sheet: RawSheet, on: date, hidden: Hidden
) -> list[RosterEntry]:
    """Return the entries of a sheet, and add its findings to the roster."""
    needed = [column.key for column in kind.columns if column.is_needed]
    body = read_body(sheet, kind.headings, needed, strict=False)
    if body is None:
        words = "、".join(kind.by_key[key].zh for key in needed)
        problem = N_("No row holds the headings %(headings)s")
        advice = N_("Take the headings from the template")
        finding = Finding(sheet.title, 1, "", "", problem, advice, {"headings": words})
        roster.add(finding)
        return []
    roster.layouts[sheet.title] = {
        "kind": "people" if kind is PEOPLE else "sections",
        "head": body.head.last,
        "places": dict(body.layout.places),
    }
    _check_layout(roster, kind, sheet.title, body.head.last, body.layout)
    roster.notices += notices_of(body, {column.key: column.zh for column in kind.columns})
    _refuse_across(roster, body)
    entries = []
    readers = {column.key: column.reader(on) for column in kind.columns}
    for row in body.rows:
        entry = RosterEntry(sheet.title, row.number, row.values)
        if _is_skipped(roster, kind, row) or _is_left_out(roster, kind, entry, row, hidden):
            continue
        entries.append(_read_row(roster, kind, entry, readers))
    return entries


def _refuse_across(roster: Roster, body: Body) -> None:
    """Reject merged cells across columns, which are ambiguous."""
    for area, key in body.across:
        problem = N_("The merged cells %(cells)s join several columns")
        advice = N_("Choose “Unmerge cells” and fill in each cell")
        params = {"cells": area_words(area)}
        roster.add(Finding(body.sheet.title, area.top, key, "", problem, advice, params))


def _is_left_out(
    roster: Roster, kind: SheetKind, entry: RosterEntry, row: TableRow, hidden: Hidden
) -> bool:
    """Return whether a hidden row is skipped; without a choice it is an error."""
    if not row.is_hidden:
        return False
    roster.hidden.append((entry.sheet, entry.row))
    if hidden is Hidden.READ:
        return False
    if hidden is Hidden.ASK:
        remark = Remark(
            N_("This row is hidden in Excel, by a filter perhaps"),
            N_("Choose whether hidden rows are read or left out"),
        )
        roster.complain(entry, kind.key, remark)
    return True


def _check_layout(roster: Roster, kind: SheetKind, title: str, row: int, layout: Layout) -> None:
    for column in kind.columns:
        if column.is_needed and column.key not in layout.places:
            problem = N_("The column is missing")
            advice = N_("Take the headings from the template")
            roster.add(Finding(title, row, column.key, "", problem, advice))
    for heading in layout.doubled:
        problem = N_("The column stands there twice: the first one is read")
        roster.add(Finding(title, row, "", kept("", heading), problem, is_error=False))
    unknown = [heading for heading in layout.unknown if heading.partition("\n")[0] != MARKS]
    if unknown:
        message = N_("Columns that are not known were not read: %(columns)s (sheet %(sheet)s)")
        columns = kept("", "、".join(unknown))
        roster.notices.append(FileNotice(message, {"columns": columns, "sheet": title}))


def _is_skipped(roster: Roster, kind: SheetKind, row: TableRow) -> bool:
    """Return whether the row is the template's example, or repeats the headings."""
    key = str(row.values.get(kind.key, "")).strip()
    if key.startswith(EXAMPLE):
        message = N_("Row %(row)s is the example of the template and was skipped")
        roster.notices.append(FileNotice(message, {"row": row.number}))
        return True
    return plain(key) in {plain(word) for word in kind.by_key[kind.key].headings}


def _read_row(
    roster: Roster, kind: SheetKind, raw: RosterEntry, readers: Mapping[str, Any]
) -> RosterEntry:
    """Return the row with parsed cells; each unreadable cell becomes a finding."""
    values: dict[str, Any] = {}
    is_sound = True
    for column in kind.columns:
        cell = raw.values.get(column.key)
        if cell is None and not column.is_needed:
            continue
        try:
            read = _read_cell(column, cell, readers[column.key])
        except Unreadable as error:
            roster.complain(raw, column.key, error.remark)
            is_sound = False
            continue
        if read.remark is not None:
            roster.complain(raw, column.key, read.remark, is_error=False)
        if column.is_kept or column.key == "id_number":
            values[column.key] = read.value
    _check_sex(roster, raw, values)
    return RosterEntry(raw.sheet, raw.row, values, is_sound)


def _read_cell(column: RosterColumn, cell: Any, reader: Any) -> Read:
    if cell is None:
        raise Unreadable(N_("This cell must be filled in"))
    if isinstance(cell, str) and stripped(cell).lower() in CLEAR:
        if not column.may_clear:
            raise Unreadable(N_("This column cannot be emptied"), N_("Leave the cell blank"))
        return Read(CLEARED)
    return read_cell(reader, cell)


def _check_sex(roster: Roster, raw: RosterEntry, values: dict[str, Any]) -> None:
    """Compare the identity number with the sex, and drop the number."""
    number = values.pop("id_number", None)
    sex = values.get("sex")
    if number and sex in ("男", "女") and (int(number[16]) % 2 == 1) != (sex == "男"):
        remark = Remark(N_("The identity number says otherwise"), N_("Compare with the card"))
        roster.complain(raw, "sex", remark, is_error=False)
