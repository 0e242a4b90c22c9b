"""Lists with one kind of row: find the sheet, and give its rows under the wanted headings.

`read_list` reads a list whole and understands merged cells; `stream_rows` gives rows one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from evalsys.core.errors import N_
from evalsys.foundation.uploads.bodies import Body, area_words, foot_of, read_body
from evalsys.foundation.uploads.cells import shown
from evalsys.foundation.uploads.errors import NO_HEADING, BadFile, RowsHidden
from evalsys.foundation.uploads.findings import Notice
from evalsys.foundation.uploads.headings import LOOK_AT, Head, find_head
from evalsys.foundation.uploads.reading.limits import SMALL, Limits
from evalsys.foundation.uploads.reading.reader import open_table, quoted, stream_lines
from evalsys.foundation.uploads.tables import Area, RawLine, Sheet, TableRow

NAMED = 20  # rows or areas that a message names


class Hidden(StrEnum):
    """What to do with rows that Excel does not show."""

    ASK = "ask"
    READ = "read"
    LEAVE = "leave"


@dataclass(frozen=True)
class Wanted:
    """What is looked for. `columns` maps each key to its accepted headings."""

    columns: Mapping[str, Sequence[str]]
    required: Sequence[str] = ()
    hidden: Hidden = Hidden.ASK

    @property
    def words(self) -> str:
        """The headings that must be there, as a message names them."""
        return quoted(self.columns[key][0] for key in self.required or self.columns)


@dataclass(frozen=True)
class RowList:
    """The rows of a list, and what is to be said of how they were read."""

    rows: Sequence[TableRow]
    notices: Sequence[Notice]


def read_list(name: str, source: bytes | Path, wanted: Wanted, limits: Limits = SMALL) -> RowList:
    """Return the rows of the one sheet that has the headings. Raises BadFile."""
    table = open_table(name, source, limits)
    bodies = [read_body(sheet, wanted.columns, wanted.required) for sheet in table.values()]
    found = [body for body in bodies if body is not None]
    sheet = only_sheet(name, [body.sheet for body in found], wanted.words)
    if sheet is None:
        raise BadFile(NO_HEADING, file=name, sheet="", expected=wanted.words)
    body = next(body for body in found if body.sheet is sheet)
    if body.across:
        raise BadFile(
            N_(
                "In sheet “%(sheet)s” of %(file)s the merged cells %(cells)s join several columns, "
                "so that nobody can say which one the value belongs to. Choose “Unmerge cells”, "
                "fill in each cell, and send the file again."
            ),
            file=name,
            sheet=shown_title(sheet),
            cells=areas(body.across),
        )
    if body.hidden_rows and wanted.hidden is Hidden.ASK:
        raise rows_hidden(name, sheet, body.hidden_rows)
    rows = [row for row in body.rows if wanted.hidden is Hidden.READ or not row.is_hidden]
    return RowList(rows, notices_of(body, {key: words[0] for key, words in wanted.columns.items()}))


def only_sheet(name: str, sheets: Sequence[Sheet], expected: str) -> Sheet | None:
    """Return the visible one of the sheets that count as what is expected; None if there is none.

    Raises DomainError.
    """
    visible = [sheet for sheet in sheets if not sheet.is_hidden]
    if len(visible) > 1:
        titles = quoted(sheet.title for sheet in visible)
        raise BadFile(
            N_(
                "%(file)s has several sheets that count as %(expected)s: %(found)s. Delete or hide "
                "all but the one that is to be read, and send the file again."
            ),
            file=name,
            found=titles,
            expected=expected,
        )
    if not visible and sheets:
        titles = quoted(sheet.title for sheet in sheets)
        raise BadFile(
            N_(
                "Sheet %(found)s of %(file)s counts as %(expected)s, but is hidden. In Excel "
                "right-click the tab of a sheet, choose “Unhide”, look it through, save, and send "
                "the file again."
            ),
            file=name,
            found=titles,
            expected=expected,
        )
    return visible[0] if visible else None


def shown_title(sheet: Sheet) -> str:
    """Return the title of a sheet as a message names it."""
    return sheet.title or "CSV"


def areas(found: Sequence[tuple[Area, str]]) -> str:
    """Name merged areas for a message."""
    words = "、".join(area_words(area) for area, _ in found[:NAMED])
    return f"{words} …" if len(found) > NAMED else words


def rows_hidden(name: str, sheet: Sheet, rows: Sequence[int]) -> BadFile:
    """Return the refusal that names hidden rows."""
    words = "、".join(map(str, rows[:NAMED])) + (" …" if len(rows) > NAMED else "")
    return RowsHidden(file=name, sheet=shown_title(sheet), rows=words, count=len(rows))


def notices_of(body: Body, headings: Mapping[str, str]) -> list[Notice]:
    """Say what was done to understand a sheet; `headings` name its columns."""
    title = shown_title(body.sheet)
    found = []
    for area, key in body.down[:NAMED]:
        value = next(line for line in body.sheet.lines if line.number == area.top)
        words = N_(
            "Sheet “%(sheet)s”: the merged cells %(cells)s (%(column)s) count for each of their "
            "rows: %(value)s"
        )
        text = shown(value.at(area.left - 1))[:40]
        where = {"sheet": title, "cells": area_words(area), "column": headings[key]}
        found.append(Notice(words, {**where, "value": text}))
    if len(body.down) > NAMED:
        words = N_("Sheet “%(sheet)s”: and %(more)s more merged cells, read in the same way")
        found.append(Notice(words, {"sheet": title, "more": len(body.down) - NAMED}))
    for row, text in body.feet:
        words = N_(
            "Sheet “%(sheet)s”: row %(row)s is the foot of the table and was not read: %(text)s"
        )
        found.append(Notice(words, {"sheet": title, "row": row, "text": text[:40]}))
    for key in body.hidden_columns:
        words = N_("Sheet “%(sheet)s”: the column %(column)s is hidden in Excel, but was read")
        found.append(Notice(words, {"sheet": title, "column": headings[key]}))
    return found


def stream_rows(name: str, source: Path, wanted: Wanted, limits: Limits) -> Iterator[TableRow]:
    """Give the rows of a long list one by one. Raises BadFile, perhaps only after the last row.

    Merged cells are refused: what they mean is known only when the sheet has ended.
    """
    stream = _Stream(name, wanted)
    for sheet, line in stream_lines(name, source, limits):
        row = stream.take(sheet, line) if line is not None else None
        if row is not None:
            yield row
    stream.check()


class _Stream:
    """Finds the one sheet with the headings while the lines pass by."""

    def __init__(self, name: str, wanted: Wanted) -> None:
        self.name = name
        self.wanted = wanted
        self.sheet: Sheet | None = None
        self.head: Head | None = None
        self.found: list[Sheet] = []
        self.hidden: list[int] = []

    def take(self, sheet: Sheet, line: RawLine) -> TableRow | None:
        """Return the line as a row, if it is one."""
        if sheet is self.sheet and self.head is not None:
            return self._row(line, self.head)
        if len(sheet.lines) < LOOK_AT and sheet not in self.found:
            sheet.lines.append(line)
            head = find_head(sheet, self.wanted.columns, self.wanted.required)
            if head is not None:
                self.found.append(sheet)
                if not sheet.is_hidden and self.sheet is None:
                    self.sheet, self.head = sheet, head
        return None

    def _row(self, line: RawLine, head: Head) -> TableRow | None:
        values = head.layout.pick(line.values)
        if not values or foot_of(line.values, values, self.wanted.required):
            return None
        if line.is_hidden and self.wanted.hidden is not Hidden.READ:
            self.hidden.append(line.number)
            return None
        return TableRow(line.number, values, line.is_hidden)

    def check(self) -> None:
        """Raise BadFile for what only the end of the file can tell."""
        sheet, head, words = self.sheet, self.head, self.wanted.words
        if only_sheet(self.name, self.found, words) is None or sheet is None or head is None:
            raise BadFile(NO_HEADING, file=self.name, sheet="", expected=words)
        places = set(head.layout.places.values())
        merged = [
            (area, "")
            for area in sheet.merged
            if area.top > head.last and places & set(range(area.left - 1, area.right))
        ]
        if merged:
            raise BadFile(
                N_(
                    "In sheet “%(sheet)s” of %(file)s the cells %(cells)s are merged. Choose "
                    "“Unmerge cells”, fill in each cell, and send the file again."
                ),
                file=self.name,
                sheet=shown_title(sheet),
                cells=areas(merged),
            )
        if self.hidden and self.wanted.hidden is Hidden.ASK:
            raise rows_hidden(self.name, sheet, self.hidden)
