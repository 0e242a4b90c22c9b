"""Reading a sheet of service matters: one row is how a matter is done from a day on.

The columns are those of 五减对照表, so that it can be filled in and read back. What it says of
before, of reductions and of targets is computed, and not read.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from evalsys.core.city import say
from evalsys.core.errors import N_
from evalsys.core.pages import LANGUAGES
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.foundation.uploads.cells import (
    Read,
    Unreadable,
    Value,
    read_count,
    read_flag,
    read_number,
    read_text,
    shown,
)
from evalsys.foundation.uploads.days import read_date
from evalsys.foundation.uploads.findings import FileNotice
from evalsys.foundation.uploads.lists import Hidden, RowList, Wanted, read_list
from evalsys.foundation.uploads.reading.limits import ReadLimits
from evalsys.foundation.uploads.rows import CellProblem, RowReader
from evalsys.foundation.uploads.tables import TableRow
from evalsys.ratings.tickets.checks import SERVICE_TYPE_LENGTH
from evalsys.reform.reductions.forms import AREA, CODE, MOST, MOST_DAYS
from evalsys.reform.reductions.models import LONGEST_BASIS, LONGEST_CODE
from evalsys.reform.reductions.rules.measures import SHARES, MatterFigures, Way, contradictions
from evalsys.reform.reductions.rules.steps import ProcessStep, read_steps
from evalsys.reform.reductions.service import EARLIEST, LATEST, VersionEntry
from evalsys.reform.reductions.sheets import HEADINGS

LIMITS = ReadLimits(rows=5_000)
MAY_BE_EMPTY = frozenset({"count", "actual", "legal", *SHARES})
BETWEEN = re.compile("[；;\\r\\n]+")
WHOLE = 100  # percent
ONE_NUMBER = {"items", "documents", "certificates", "visits", "spared", "replaced"}


@dataclass(frozen=True)
class FilledRow:
    """A row: the matter by its code and name, and the version to enter."""

    row: int
    code: str
    name: str
    entry: VersionEntry


@dataclass(frozen=True)
class FilledSheet:
    """The rows of a sheet, and its cells that cannot be."""

    rows: Sequence[FilledRow]
    problems: Sequence[CellProblem]
    notices: Sequence[FileNotice] = ()


def headings() -> dict[str, tuple[str, ...]]:
    """Return column -> its headings as the workbook has them, Chinese first."""
    return {key: tuple(say(text, lang) for lang in LANGUAGES) for key, text in HEADINGS.items()}


def heading(column: str) -> str:
    """Return the heading of a column in Chinese; — for the whole sheet or row."""
    return say(HEADINGS[column], "zh") if column in HEADINGS else NONE


def open_filled(name: str, content: bytes, hidden: Hidden) -> RowList:
    """Read the rows of a sheet. No transaction may be open. Raises BadFile."""
    columns = headings()
    required = [key for key in columns if key not in MAY_BE_EMPTY]
    return read_list(name, content, Wanted(columns, required, hidden), LIMITS.in_a_request)


def parse_filled(read: RowList, sections: Collection[str], on: date) -> FilledSheet:
    """Return the versions of the rows and what is wrong with them, by cell."""
    rows, problems = list[FilledRow](), list[CellProblem]()
    for row in read.rows:
        reader = _MatterReader(_without_none(row))
        filled = reader.filled(sections, on)
        if filled is not None:
            rows.append(filled)
        problems += reader.problems
    if not read.rows:
        problems = [CellProblem(0, "", "", N_("The sheet has no row with a service matter"))]
    return FilledSheet(rows, problems, read.notices)


def _without_none(row: TableRow) -> TableRow:
    """Leave out the cells in which our workbook says that nothing is known."""
    values = {key: value for key, value in row.values.items() if shown(value) != NONE}
    return TableRow(row.number, values, row.is_hidden)


def _read_code(value: Value) -> Read:
    read = read_text(LONGEST_CODE)(value)
    if not re.fullmatch(CODE, read.value, re.ASCII):
        raise Unreadable(N_("Letters, figures, dots and dashes only"))
    return read


class _MatterReader(RowReader):
    required = frozenset(HEADINGS) - MAY_BE_EMPTY

    def filled(self, sections: Collection[str], on: date) -> FilledRow | None:
        """Return the version of the row; None if a cell is wrong."""
        code = self.cell("code", _read_code)
        name = self.cell("name", read_text(SERVICE_TYPE_LENGTH))
        section = self.cell("section", read_text(LONGEST_CODE))
        if section and section not in sections:
            words = N_("There is no section %(code)s that this can be given to.")
            self.problem("section", section, words, code=section)
        day = self._day(on)
        basis = self.cell("basis", read_text(LONGEST_BASIS))
        steps = self._steps()
        figures = self._figures(steps)
        if self.problems or figures is None:
            return None
        entry = VersionEntry(day, section, basis, figures, steps)
        return FilledRow(self.row.number, code, name, entry)

    def _day(self, on: date) -> Any:
        day = self.cell("starts_on", read_date(on, (LATEST - on).days))
        if day is not None and day < EARLIEST:
            words = N_("From %(min)s to %(max)s")
            self.problem("starts_on", str(day), words, min=EARLIEST, max=LATEST)
        return day

    def _steps(self) -> list[ProcessStep]:
        value = self.row.values.get("steps")
        if value is None:
            self.problem("steps", "", N_("The cell is empty"))
            return []
        text = "\n".join(BETWEEN.split(str(value)[:AREA]))
        steps, problems = read_steps(text)
        for problem in problems:
            self.problem("steps", shown(value), problem.message, **problem.params)
        count = self.cell("count", read_count(MOST))
        if count is not None and steps and not problems and count != len(steps):
            words = N_("The steps listed are %(steps)s")
            self.problem("count", str(count), words, steps=len(steps))
        return steps

    def _figures(self, steps: Sequence[ProcessStep]) -> MatterFigures | None:
        numbers = {name: self.cell(name, read_count(MOST)) for name in sorted(ONE_NUMBER)}
        promised = self.cell("promised", read_count(MOST_DAYS))
        legal = self.cell("legal", read_count(MOST_DAYS))
        actual = self._decimal("actual", "工作日", MOST_DAYS)
        shares = {share: self._decimal(share, "%", WHOLE) for share in SHARES}
        ways = {way: self.cell(way.value, read_flag) for way in Way}
        if self.problems:
            return None
        figures = MatterFigures(
            items=numbers["items"],
            documents=numbers["documents"] + numbers["spared"],
            spared=numbers["spared"],
            certificates=numbers["certificates"] + numbers["replaced"],
            replaced=numbers["replaced"],
            legal=legal,
            promised=promised,
            actual=actual,
            visits=numbers["visits"],
            ways=frozenset(way for way, can in ways.items() if can),
            steps=len(steps),
            **shares,
        )
        for wrong in contradictions(figures):
            told = shown(self.row.values.get(wrong.field, ""))
            self.problem(wrong.field, told, wrong.message)
        return figures

    def _decimal(self, column: str, unit: str, most: int) -> Decimal | None:
        value: Decimal | None = self.cell(column, read_number(unit, 2))
        if value is not None and not 0 <= value <= most:
            words = N_("This is not a number from 0 to %(most)s")
            self.problem(column, str(value), words, most=most)
        return value


def to_json(rows: Iterable[FilledRow]) -> list[Any]:
    """Return rows as a page carries them from the preview to the confirmation."""
    return [
        [
            one.row,
            one.code,
            one.name,
            one.entry.starts_on.isoformat(),
            one.entry.section,
            one.entry.basis,
            [_plain(getattr(one.entry.figures, name)) for name in FIGURES],
            "\n".join(step.line for step in one.entry.steps),
        ]
        for one in rows
    ]


def from_json(rows: Iterable[Any]) -> list[FilledRow]:
    """Return the rows that a page carried."""
    found = []
    for number, code, name, day, section, basis, values, lines in rows:
        facts: Mapping[str, Any] = dict(zip(FIGURES, values, strict=True))
        decimals = {key: _decimal(facts[key]) for key in ("actual", *SHARES)}
        figures = MatterFigures(**{**facts, **decimals, "ways": frozenset(map(Way, facts["ways"]))})
        entry = VersionEntry(date.fromisoformat(day), section, basis, figures, read_steps(lines)[0])
        found.append(FilledRow(number, code, name, entry))
    return found


FIGURES = tuple(MatterFigures.__annotations__)


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, Decimal) else value


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
