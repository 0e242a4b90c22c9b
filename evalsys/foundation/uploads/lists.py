"""Lists with one kind of row: find the sheet with the expected headings and read its rows.

`read_list` reads a whole list, merged cells included; `stream_rows` yields row by row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from evalsys.core.errors import N_
from evalsys.foundation.uploads.bodies import Body, area_words, foot_of, read_body
from evalsys.foundation.uploads.cells import shown
from evalsys.foundation.uploads.errors import NO_HEADING, BadFile, RowsHidden
from evalsys.foundation.uploads.findings import FileNotice
from evalsys.foundation.uploads.headings import LOOK_AT, Head, find_head
from evalsys.foundation.uploads.reading.limits import SMALL, ReadLimits
from evalsys.foundation.uploads.reading.reader import open_table, quoted, stream_lines
from evalsys.foundation.uploads.tables import Area, RawLine, RawSheet, TableRow

NAMED = 20  # rows or areas listed in a message


class Hidden(StrEnum):
    """The treatment of rows hidden in Excel."""

    ASK = "ask"
    READ = "read"
    LEAVE = "leave"


@dataclass(frozen=True)
class Wanted:
    """The expected columns. `columns` maps each key to its accepted headings."""

    columns: Mapping[str, Sequence[str]]
    required: Sequence[str] = ()
    hidden: Hidden = Hidden.ASK

    @property
    def words(self) -> str:
        """The required headings, quoted for a message."""
        return quoted(self.columns[key][0] for key in self.required or self.columns)


@dataclass(frozen=True)
class RowList:
    """The rows of a list, and notices about their reading."""

    rows: Sequence[TableRow]
    notices: Sequence[FileNotice]


def read_list(
    name: str, source: bytes | Path, wanted: Wanted, limits: ReadLimits = SMALL
) -> RowList:
    """Return the rows of the only sheet with the headings. Raises BadFile."""
    table = open_table(name, source, limits)
    bodies = [read_body(sheet, wanted.columns, wanted.required) for sheet in table.values()]
    matches = [body for body in bodies if body is not None]
    sheet = only_sheet(name, [body.sheet for body in matches], wanted.words)
    if sheet is None:
        raise BadFile(NO_HEADING, file=name, sheet="", expected=wanted.words)
    body = next(body for body in matches if body.sheet is sheet)
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


def only_sheet(name: str, sheets: Sequence[RawSheet], expected: str) -> RawSheet | None:
    """Return the visible one of the matching sheets, None if there are none.

    Raises BadFile if several are visible, or all are hidden.
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


def shown_title(sheet: RawSheet) -> str:
    """Return the title of a sheet for a message."""
    return sheet.title or "CSV"


def areas(merged: Sequence[tuple[Area, str]]) -> str:
    """List merged areas for a message."""
    words = "、".join(area_words(area) for area, _ in merged[:NAMED])
    return f"{words} …" if len(merged) > NAMED else words


def rows_hidden(name: str, sheet: RawSheet, rows: Sequence[int]) -> BadFile:
    """Return the error that lists hidden rows."""
    words = "、".join(map(str, rows[:NAMED])) + (" …" if len(rows) > NAMED else "")
    return RowsHidden(file=name, sheet=shown_title(sheet), rows=words, count=len(rows))


def notices_of(body: Body, headings: Mapping[str, str]) -> list[FileNotice]:
    """Return notices about merged cells, feet and hidden columns; `headings` label the columns."""
    title = shown_title(body.sheet)
    notices = []
    for area, key in body.down[:NAMED]:
        value = next(line for line in body.sheet.lines if line.number == area.top)
        words = N_(
            "Sheet “%(sheet)s”: the merged cells %(cells)s (%(column)s) count for each of their "
            "rows: %(value)s"
        )
        text = shown(value.at(area.left - 1))[:40]
        where = {"sheet": title, "cells": area_words(area), "column": headings[key]}
        notices.append(FileNotice(words, {**where, "value": text}))
    if len(body.down) > NAMED:
        words = N_("Sheet “%(sheet)s”: and %(more)s more merged cells, read in the same way")
        notices.append(FileNotice(words, {"sheet": title, "more": len(body.down) - NAMED}))
    for row, text in body.feet:
        words = N_(
            "Sheet “%(sheet)s”: row %(row)s is the foot of the table and was not read: %(text)s"
        )
        notices.append(FileNotice(words, {"sheet": title, "row": row, "text": text[:40]}))
    for key in body.hidden_columns:
        words = N_("Sheet “%(sheet)s”: the column %(column)s is hidden in Excel, but was read")
        notices.append(FileNotice(words, {"sheet": title, "column": headings[key]}))
    return notices


def stream_rows(name: str, source: Path, wanted: Wanted, limits: ReadLimits) -> Iterator[TableRow]:
    """Yield the rows of a long list. Raises BadFile, possibly after the last row.

    Merged cells are rejected, since they come at the end of a sheet.
    """
    stream = _Stream(name, wanted)
    for sheet, line in stream_lines(name, source, limits):
        row = stream.take(sheet, line) if line is not None else None
        if row is not None:
            yield row
    stream.check()


class _Stream:
    """Finds the only sheet with the headings while streaming."""

    def __init__(self, name: str, wanted: Wanted) -> None:
        self.name = name
        self.wanted = wanted
        self.sheet: RawSheet | None = None
        self.head: Head | None = None
        self.matches: list[RawSheet] = []
        self.hidden: list[int] = []

    def take(self, sheet: RawSheet, line: RawLine) -> TableRow | None:
        """Return the row of a line, None if it is none."""
        if sheet is self.sheet and self.head is not None:
            return self._row(line, self.head)
        if len(sheet.lines) < LOOK_AT and sheet not in self.matches:
            sheet.lines.append(line)
            head = find_head(sheet, self.wanted.columns, self.wanted.required)
            if head is not None:
                self.matches.append(sheet)
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
        """Raise BadFile for problems known only at the end of the file."""
        sheet, head, words = self.sheet, self.head, self.wanted.words
        if only_sheet(self.name, self.matches, words) is None or sheet is None or head is None:
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
