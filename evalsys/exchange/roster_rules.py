"""Read the sheets of a roster into entries, with everything that is wrong in the file itself. Pure.

What can only be known with the database (unknown sections, transfers) is roster_plan's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from evalsys.core.errors import N_
from evalsys.exchange.bad_files import NoSuchSheet
from evalsys.exchange.cells import ExcelError, Read, Remark, Unreadable, shown
from evalsys.exchange.findings import Finding, Notice, kept
from evalsys.exchange.headings import LOOK_AT, Layout, find_layout, plain
from evalsys.exchange.roster_columns import PEOPLE, SECTIONS
from evalsys.exchange.roster_words import CLEAR, EXAMPLE, Column, SheetKind

MARKS = "错误"  # The column that we add to a file with errors; sent again, it is not read.


class Cleared:
    """What `<清空>` means: empty the value."""


CLEARED = Cleared()


class SheetLine(Protocol):
    """A row of a sheet, as reading gives it."""

    @property
    def number(self) -> int:
        """The row number that Excel shows."""

    @property
    def values(self) -> Sequence[Any]:
        """The cells from the first column on."""


@dataclass(frozen=True)
class Entry:
    """A row that was understood: column key -> value or CLEARED; blank cells are left out."""

    sheet: str
    row: int
    values: Mapping[str, Any]
    is_sound: bool = True


@dataclass
class Roster:
    """A file that was read.

    `layouts` tells of each sheet its `kind`, which row is its `head`, and the `places` of its
    columns; `refused` are the sheets and rows with an error.
    """

    sections: list[Entry] = field(default_factory=list)
    people: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    layouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: set[tuple[str, int]] = field(default_factory=set)
    has_people: bool = False

    def add(self, finding: Finding) -> None:
        """Add a finding."""
        self.findings.append(finding)
        if finding.is_error:
            self.refused.add((finding.sheet, finding.row))

    def complain(self, entry: Entry, column: str, remark: Remark, *, is_error: bool = True) -> None:
        """Add a finding about a cell of an entry."""
        value = entry.values.get(column)
        text = "" if value is None or value is CLEARED else shown(value)
        words = (remark.problem, remark.advice, remark.params)
        place = (entry.sheet, entry.row, column, kept(column, text))
        self.add(Finding(*place, *words, is_error))


def read_roster(name: str, table: Mapping[str, Sequence[SheetLine]], on: date) -> Roster:
    """Read the sheets. Raises NoSuchSheet if the file has neither of them.

    A CSV file has one sheet without a name: its headings tell which it is.
    """
    roster = Roster()
    found: dict[SheetKind | None, str] = {}
    for title, lines in table.items():
        found.setdefault(_kind_of(title, lines), title)
    if not {SECTIONS, PEOPLE} & found.keys():
        raise NoSuchSheet(
            file=name,
            found="、".join(f"“{title or 'CSV'}”" for title in table),
            expected=f"“{PEOPLE.zh}”",
        )
    for kind, entries in ((SECTIONS, roster.sections), (PEOPLE, roster.people)):
        if kind in found:
            title = found[kind]
            entries.extend(_read_sheet(roster, kind, title, table[title], on))
    roster.has_people = bool(roster.people)
    if not (roster.sections or roster.people or roster.findings):
        title = found.get(PEOPLE, found.get(SECTIONS, ""))
        problem = N_("There is no filled row below the headings")
        roster.add(Finding(title, roster.layouts[title]["head"], "", "", problem))
    return roster


def _kind_of(title: str, lines: Sequence[SheetLine]) -> SheetKind | None:
    if not title:
        is_people = any(
            find_layout(line.values, PEOPLE.headings, (PEOPLE.key,)) for line in lines[:LOOK_AT]
        )
        return PEOPLE if is_people else SECTIONS
    names = {plain(word): kind for kind in (SECTIONS, PEOPLE) for word in (kind.zh, kind.en)}
    return names.get(plain(title))


def _read_sheet(
    roster: Roster, kind: SheetKind, title: str, lines: Sequence[SheetLine], on: date
) -> list[Entry]:
    """Return the entries of a sheet; what is wrong goes to the roster."""
    layouts = [(line, find_layout(line.values, kind.headings)) for line in lines[:LOOK_AT]]
    known = [(line, layout) for line, layout in layouts if layout is not None]
    if not known:
        words = "、".join(column.zh for column in kind.columns if column.is_needed)
        problem = N_("No row holds the headings %(headings)s")
        advice = N_("Take the headings from the template")
        roster.add(Finding(title, 1, "", "", problem, advice, {"headings": words}))
        return []
    head, layout = max(known, key=lambda pair: len(pair[1].places))
    roster.layouts[title] = {
        "kind": "people" if kind is PEOPLE else "sections",
        "head": head.number,
        "places": dict(layout.places),
    }
    _check_layout(roster, kind, title, head.number, layout)
    entries = []
    readers = {column.key: column.reader(on) for column in kind.columns}
    for line in lines:
        cells = layout.pick(line.values)
        if line.number <= head.number or not cells or _is_skipped(roster, kind, line, cells):
            continue
        entries.append(_read_row(roster, kind, Entry(title, line.number, cells), readers))
    return entries


def _check_layout(roster: Roster, kind: SheetKind, title: str, row: int, layout: Layout) -> None:
    for column in kind.columns:
        if column.is_needed and column.key not in layout.places:
            problem = N_("The column is missing")
            advice = N_("Take the headings from the template")
            roster.add(Finding(title, row, column.key, "", problem, advice))
    for heading in layout.doubled:
        problem = N_("The column stands there twice: the first one is read")
        roster.add(Finding(title, row, "", kept("", heading), problem, is_error=False))
    unknown = [heading for heading in layout.unknown if heading != MARKS]
    if unknown:
        message = N_("Columns that are not known were not read: %(columns)s (sheet %(sheet)s)")
        columns = kept("", "、".join(unknown))
        roster.notices.append(Notice(message, {"columns": columns, "sheet": title}))


def _is_skipped(roster: Roster, kind: SheetKind, line: SheetLine, cells: Mapping[str, Any]) -> bool:
    """Say whether the row is the template's example, or the headings printed once more."""
    key = str(cells.get(kind.key, "")).strip()
    if key.startswith(EXAMPLE):
        message = N_("Row %(row)s is the example of the template and was skipped")
        roster.notices.append(Notice(message, {"row": line.number}))
        return True
    return plain(key) in {plain(word) for word in kind.by_key[kind.key].headings}


def _read_row(roster: Roster, kind: SheetKind, raw: Entry, readers: Mapping[str, Any]) -> Entry:
    """Return the row with its cells understood; each that is not becomes a finding."""
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
    return Entry(raw.sheet, raw.row, values, is_sound)


def _read_cell(column: Column, cell: Any, reader: Any) -> Read:
    if cell is None:
        raise Unreadable(N_("This cell must be filled in"))
    if isinstance(cell, ExcelError):
        raise Unreadable(
            N_("Excel shows an error here"), N_("Correct the formula, or write the value itself")
        )
    if isinstance(cell, str) and cell.strip().lower() in CLEAR:
        if not column.may_clear:
            raise Unreadable(N_("This column cannot be emptied"), N_("Leave the cell blank"))
        return Read(CLEARED)
    read: Read = reader(cell)
    return read


def _check_sex(roster: Roster, raw: Entry, values: dict[str, Any]) -> None:
    """Compare the identity number with the sex, then throw the number away."""
    number = values.pop("id_number", None)
    sex = values.get("sex")
    if number and sex in ("男", "女") and (int(number[16]) % 2 == 1) != (sex == "男"):
        remark = Remark(N_("The identity number says otherwise"), N_("Compare with the card"))
        roster.complain(raw, "sex", remark, is_error=False)
