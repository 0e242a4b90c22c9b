"""Sheets of services handled: one row is one person and day.

Rows without a number are skipped, so that the exported workbook can be filled in and uploaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evalsys.core.city import say
from evalsys.core.errors import N_, NP_
from evalsys.core.pages import LANGUAGES
from evalsys.core.permissions import Actor
from evalsys.foundation.uploads.cells import is_blank, read_code, read_count
from evalsys.foundation.uploads.days import read_date
from evalsys.foundation.uploads.findings import FileNotice
from evalsys.foundation.uploads.lists import Hidden, Wanted, read_list
from evalsys.foundation.uploads.reading.limits import ReadLimits
from evalsys.foundation.uploads.rows import CellProblem, RowReader
from evalsys.ratings.services.service import MOST_SERVICES, NumberEntry, NumberPlan, plan_entries

# Column -> its accepted headings; the first is that of our own workbook.
COLUMNS = {
    "served_on": ("日期", "办理日期", "服务日期", "served_on", "date", "Day"),
    "staff": ("工号", "staff_no", "staff", "人员编号", "Staff number"),
    "services": ("办件数", "办件量", "services", "业务量", "Services handled"),
}
NOT_ENTERED = NP_("services", "not entered")  # in our own workbook, where there is no number
MOST_ROWS = 3000  # carried by one page from the preview to the confirmation
LIMITS = ReadLimits(rows=20_000)


@dataclass(frozen=True)
class NumberList:
    """The numbers of a sheet, its unreadable cells, and the number of rows skipped."""

    entries: Sequence[NumberEntry]
    problems: Sequence[CellProblem]
    left_out: int
    notices: Sequence[FileNotice] = ()


def read_numbers(
    name: str,
    source: bytes | Path,
    *,
    on: date,
    hidden: Hidden = Hidden.ASK,
    limits: ReadLimits = LIMITS,
) -> NumberList:
    """Read a sheet of services handled. No transaction may be open. Raises BadFile."""
    read = read_list(name, source, Wanted(COLUMNS, tuple(COLUMNS), hidden), limits)
    entries: list[NumberEntry] = []
    problems: list[CellProblem] = []
    rows = [row for row in read.rows if not _is_empty(row.values.get("services"))]
    for row in rows:
        reader = _NumberReader(row)
        if (entry := reader.entry(on)) is not None:
            entries.append(entry)
        problems += reader.problems
    if len(rows) > MOST_ROWS:
        text = N_("The sheet has %(rows)s rows; one page takes at most %(most)s. Divide it")
        problems = [CellProblem(0, "", "", text, {"rows": len(rows), "most": MOST_ROWS})]
    elif not rows:
        text = N_("The sheet has no row with a number of services")
        problems = [CellProblem(0, "", "", text)]
    return NumberList(entries, problems, len(read.rows) - len(rows), read.notices)


def plan_list(actor: Actor, numbers: NumberList, *, on: date) -> NumberPlan:
    """Return what a sheet would change, with all problems in row order."""
    if any(problem.row == 0 for problem in numbers.problems):
        return NumberPlan([], 0, numbers.problems)
    plan = plan_entries(actor, numbers.entries, on=on)
    problems = sorted([*numbers.problems, *plan.problems], key=lambda problem: problem[:3])
    return NumberPlan(plan.changes, plan.same, problems)


def heading(column: str) -> str:
    """Return the heading of a column in our own workbook; — for the whole sheet."""
    return COLUMNS[column][0] if column else "—"


def _is_empty(value: Any) -> bool:
    if is_blank(value):
        return True
    return isinstance(value, str) and value.strip() in {
        say(NOT_ENTERED, lang) for lang in LANGUAGES
    }


class _NumberReader(RowReader):
    required = tuple(COLUMNS)

    def entry(self, on: date) -> NumberEntry | None:
        """Return the entry of the row; None if a cell is invalid."""
        served_on = self.cell("served_on", read_date(on, ahead=3650))
        number = self.cell("staff", read_code)
        services = self.cell("services", read_count(MOST_SERVICES))
        if self.problems:
            return None
        return NumberEntry(served_on, number, services, self.row.number)
