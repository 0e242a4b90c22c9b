"""Sheets of figures: one row is the figure of one city in one year.

Rows without a figure are left out, so that the exported workbook can be filled in and read back.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalsys.core.city import say
from evalsys.core.errors import N_, NP_
from evalsys.core.pages import LANGUAGES
from evalsys.foundation.uploads.cells import is_blank, read_number, read_text, shown
from evalsys.foundation.uploads.findings import FileNotice
from evalsys.foundation.uploads.lists import Hidden, RowList, Wanted, read_list
from evalsys.foundation.uploads.reading.limits import ReadLimits
from evalsys.foundation.uploads.rows import CellProblem, RowReader
from evalsys.foundation.uploads.tables import TableRow
from evalsys.reform.benchmarks.figures import FigureEntry, FigurePlan, plan_figures
from evalsys.reform.benchmarks.models import LONGEST_SOURCE, LONGEST_TEXT, BenchmarkCity, Indicator
from evalsys.reform.benchmarks.numbers import read_year

# Column -> its accepted headings; the first is that of our own workbook in Chinese.
COLUMNS = {
    "indicator": ("指标", "指标名称", "Indicator", "indicator"),
    "city": ("城市", "地区", "City", "city"),
    "year": ("年份", "年度", "Year", "year"),
    "value": ("数值", "指标值", "Figure", "value"),
    "unit": ("单位", "计量单位", "Unit", "unit"),
    "source": ("来源", "数据来源", "Source", "source"),
    "reference": ("网址或文号", "来源网址", "文号", "Address or document number", "reference"),
}
REQUIRED = ("indicator", "city", "year", "value", "source", "reference")
NO_FIGURE = NP_("benchmark", "no figure")  # in our own workbook, where there is none
MOST_CHANGES = 1000  # carried by one page from the preview to the confirmation
LIMITS = ReadLimits(rows=20_000)


@dataclass(frozen=True)
class FigureList:
    """The figures of a sheet, its unreadable cells, and how many rows have none."""

    entries: Sequence[FigureEntry]
    problems: Sequence[CellProblem]
    left_out: int
    notices: Sequence[FileNotice] = ()


def open_figures(name: str, content: bytes, hidden: Hidden) -> RowList:
    """Read the rows of a sheet of figures. No transaction may be open. Raises BadFile."""
    return read_list(name, content, Wanted(COLUMNS, REQUIRED, hidden), LIMITS.in_a_request)


def parse_figures(
    read: RowList,
    indicators: Sequence[Indicator],
    cities: Sequence[BenchmarkCity],
    *,
    this_year: int,
) -> FigureList:
    """Return the figures of the rows that have one, and what is wrong with them, by cell."""
    library = _Library(
        {_key(one.name): one for one in indicators}, {_key(one.name): one for one in cities}
    )
    rows = [row for row in read.rows if not _is_empty(row)]
    entries, problems = list[FigureEntry](), list[CellProblem]()
    for row in rows:
        reader = _FigureReader(row)
        entry = reader.entry(library, this_year)
        if entry is not None:
            entries.append(entry)
        problems += reader.problems
    if not rows:
        problems = [CellProblem(0, "", "", N_("The sheet has no row with a figure"))]
    return FigureList(entries, problems, len(read.rows) - len(rows), read.notices)


def plan_list(figures: FigureList) -> FigurePlan:
    """Return what a sheet would change, with all problems in row order."""
    if any(problem.row == 0 for problem in figures.problems):
        return FigurePlan([], 0, figures.problems)
    plan = plan_figures(figures.entries)
    if len(plan.changes) > MOST_CHANGES:
        text = N_("%(rows)s figures would change, at most %(most)s at once. Divide the sheet")
        params = {"rows": len(plan.changes), "most": MOST_CHANGES}
        return FigurePlan([], plan.same, [CellProblem(0, "", "", text, params)])
    problems = sorted([*figures.problems, *plan.problems], key=lambda problem: problem[:3])
    return FigurePlan(plan.changes, plan.same, problems)


def heading(column: str) -> str:
    """Return the heading of a column in our own workbook; — for the whole sheet."""
    return COLUMNS[column][0] if column else "—"


def _is_empty(row: TableRow) -> bool:
    value = row.values.get("value")
    if is_blank(value):
        return True
    words = {"—", "-", "－", *(say(NO_FIGURE, lang) for lang in LANGUAGES)}
    return isinstance(value, str) and value.strip() in words


def _key(name: str) -> str:
    """Return a name as it is looked up: without spaces, in one width and case."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(frozen=True)
class _Library:
    """The indicators and cities by the key of their name."""

    indicators: Mapping[str, Indicator]
    cities: Mapping[str, BenchmarkCity]


class _FigureReader(RowReader):
    required = REQUIRED

    def entry(self, library: _Library, this_year: int) -> FigureEntry | None:
        """Return the figure of the row; None if a cell is wrong."""
        indicator = self._indicator(library)
        city = self._city(library)
        year = self.cell("year", read_year(this_year))
        value = None
        if indicator is not None and year is not None and not indicator.counts_in(year):
            text = N_("The indicator is retired since %(day)s: no figure of that year is compared")
            self.problem("year", str(year), text, day=indicator.retired_day)
        if indicator is not None:
            self._check_unit(indicator)
            value = self.cell("value", read_number(indicator.unit, indicator.places))
        source = self.cell("source", read_text(LONGEST_SOURCE))
        reference = self.cell("reference", read_text(LONGEST_SOURCE))
        if self.problems or indicator is None or city is None or value is None:
            return None
        return FigureEntry(indicator.id, city.id, year, value, source, reference, self.row.number)

    def _indicator(self, library: _Library) -> Indicator | None:
        name = self.cell("indicator", read_text(LONGEST_TEXT))
        found = library.indicators.get(_key(name)) if name else None
        if name and found is None:
            self.problem("indicator", name, N_("The library has no indicator of this name"))
        return found

    def _city(self, library: _Library) -> BenchmarkCity | None:
        name = self.cell("city", read_text(LONGEST_TEXT))
        found = library.cities.get(_key(name)) if name else None
        if name and found is None:
            self.problem("city", name, N_("This city is not among those that are compared"))
        return found

    def _check_unit(self, indicator: Indicator) -> None:
        """Report another unit than the indicator's: figures of two units are never mixed."""
        unit = self.row.values.get("unit")
        if not is_blank(unit) and _key(shown(unit)) != _key(indicator.unit):
            text = N_("The indicator is counted in %(unit)s: convert the figure first")
            self.problem("unit", shown(unit), text, unit=indicator.unit)
