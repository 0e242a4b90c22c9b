"""The sheet 重算表（科室）: F4-F7, F10 and F11 of every section as formulas."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from evalsys.core.errors import N_, NP_, Text
from evalsys.foundation.spreadsheets.model import CellKind, Grid, Live, Sheet, Value
from evalsys.results.reports.sheets.recount.adjusting import ADJUSTED, adjusted_cells, group_cells
from evalsys.results.reports.sheets.recount.facts import RecountFacts
from evalsys.results.reports.sheets.recount.layout import (
    FIRST,
    SECTIONS,
    Line,
    RecountField,
    again,
    below,
    checked,
    interval,
    sheet_of,
)
from evalsys.results.reports.sheets.words import EXTENTS, GROUPS, HIDDEN, TOO_FEW
from evalsys.scores.rows import AnySection
from evalsys.scores.rules.disclosure import EXACT, Extent
from evalsys.scores.rules.formulas import THOUSANDTH, round_half_up

Cells = dict[str, Value]
TOTAL, MOST = NP_("sheet", "Sum"), NP_("sheet", "Maximum")
RATE, COVERAGE = N_("Mean member score (unadjusted)"), N_("Coverage in percent")
BELOW = N_("P below the interview line")

FIELDS: Final = (
    RecountField("code", NP_("sheet", "Section code"), CellKind.CODE, N_("the code in the roster")),
    RecountField("section", N_("Section"), CellKind.TEXT, NP_("section", "name")),
    RecountField(
        "label",
        N_("Comparison group"),
        CellKind.TEXT,
        N_("the sections among which F6 and F7 hold"),
    ),
    RecountField(
        "total_again", again(TOTAL), CellKind.SCORE, N_("F4: the rows of the members added up")
    ),
    RecountField("total", TOTAL, CellKind.SCORE, N_("F4: S")),
    RecountField("maximum_again", again(MOST), CellKind.SCORE, N_("F4: their maxima added up")),
    RecountField("maximum", MOST, CellKind.SCORE, N_("F4: 100 times the shares of scored members")),
    RecountField(
        "rate_again", again(RATE), CellKind.SCORE, N_("F5: 100 x S by the maximum, half up")
    ),
    RecountField("rate", RATE, CellKind.SCORE, N_("F5: R")),
    RecountField(
        "coverage_again",
        again(COVERAGE),
        CellKind.SCORE,
        N_("F4: 100 x days with a score by the days of all seats"),
    ),
    RecountField("coverage", COVERAGE, CellKind.SCORE, N_("F4: in percent")),
    RecountField(
        "v",
        N_("Variance V"),
        CellKind.FINEST,
        N_("F6: sum of days² x v(M) of the members by the square of their days"),
    ),
    *ADJUSTED,
    RecountField(
        "below_again",
        again(BELOW),
        CellKind.FINE,
        N_("F10: from the adjusted score and its standard error"),
    ),
    RecountField("below", BELOW, CellKind.FINE, N_("F10: as printed")),
    RecountField(
        "own_below", N_("P by the own spread"), CellKind.FINE, N_("F10b: from R and its error")
    ),
    RecountField("above", N_("P above the mean"), CellKind.FINE, N_("F11: P(theta > mu)")),
    RecountField(
        "deviation", N_("Deviation z"), CellKind.SCORE, N_("F11: (R - mu) by root (tau² + V)")
    ),
    RecountField(
        "check",
        NP_("sheet", "Check"),
        CellKind.TEXT,
        N_("whether what was recounted agrees with what is printed"),
    ),
    RecountField("remark", N_("Remark"), CellKind.TEXT, N_("why a figure is given or not shown")),
)


def sections_recount(facts: RecountFacts, grids: Mapping[str, Grid]) -> Sheet[Line]:
    """Return the sheet of the sections."""
    lines = [_line(line, facts, grids) for line in facts.section_lines.values()]
    return sheet_of(SECTIONS, FIELDS, lines, frozen=2)


def _line(line: int, facts: RecountFacts, grids: Mapping[str, Grid]) -> Line:
    row = facts.sections[line - FIRST]
    at = {field.key: grids["sections"].here(field.key, line) for field in FIELDS}
    cells: Cells = {
        "code": row.section.code,
        "section": row.section.name,
        "label": GROUPS[row.group_label] if row.group_label else None,
        "coverage": row.coverage,
        "remark": _remark(row, facts),
    }
    if not row.scored or row.total is None or row.rate is None:
        cells["total"] = HIDDEN if row.extent is Extent.NONE else TOO_FEW
        return Line(cells)
    cells |= {"total": row.total, "maximum": row.maximum, "rate": row.rate}
    if row.extent not in EXACT:
        return Line(cells)
    pairs = _sums(row, cells, at, facts, grids["members"])
    cells["rate_again"] = Live(f"=ROUND(100*{at['total']}/{at['maximum']},2)")
    pairs.append((at["rate_again"], at["rate"]))
    if row.own_se is not None:
        cells["own_se"] = row.own_se
        cells["own_lo"], cells["own_hi"] = interval(at["rate"], at["own_se"])
    group = group_cells(facts, grids["groups"], row.group_label, row.section_id)
    found = adjusted_cells(row, at, group)
    cells |= found.cells
    pairs += found.pairs
    pairs += _probabilities(row, cells, at, facts)
    cells["check"] = checked(pairs, facts.lang)
    return Line(cells)


def _sums(
    row: AnySection, cells: Cells, at: Mapping[str, str], facts: RecountFacts, members: Grid
) -> list[tuple[str, str]]:
    """Write F4 and V from the lines of the members, where they are printed in full."""
    lines = facts.lines_of(row.section_id)
    if lines is None or not facts.adds_up(row.section_id):
        cells["v"] = row.variance
        return []
    span = {
        key: members.span(key, *lines)
        for key in ("part", "part_max", "counted_days", "seat_days", "days2v")
    }
    days = f"SUM({span['counted_days']})"
    cells["total_again"] = Live(f"=ROUND(SUM({span['part']}),2)")
    cells["maximum_again"] = Live(f"=ROUND(SUM({span['part_max']}),2)")
    cells["coverage_again"] = Live(f"=ROUND(100*{days}/SUM({span['seat_days']}),2)")
    if row.variance is not None:
        cells["v"] = Live(f"=SUM({span['days2v']})/{days}^2")
    return [(at[f"{key}_again"], at[key]) for key in ("total", "maximum", "coverage")]


def _probabilities(
    row: AnySection, cells: Cells, at: Mapping[str, str], facts: RecountFacts
) -> list[tuple[str, str]]:
    """Write F10, F10b and F11."""
    line = facts.rules.interview_line
    if row.own_se is not None:
        cells["own_below"] = below(line, at["rate"], at["own_se"])
    if row.theta is None or row.p_below_interview is None or row.group_mean is None:
        return []
    cells["below_again"] = below(line, at["theta"], at["se"])
    cells["below"] = round_half_up(Decimal(str(row.p_below_interview)), THOUSANDTH)
    cells["above"] = Live(f"=1-{below(at['mu'], at['theta'], at['se']).formula[1:]}")
    if "tau2" in cells and row.variance:
        spread = f"SQRT({at['tau2']}+{at['v']})"
        cells["deviation"] = Live(f"=ROUND(({at['rate']}-{at['mu']})/{spread},2)")
    return [(at["below_again"], at["below"])]


def _remark(row: AnySection, facts: RecountFacts) -> Text | None:
    """Return why a figure is given or hidden, or None."""
    if row.extent in EXTENTS and row.extent not in EXACT:
        return EXTENTS[row.extent]
    if not facts.adds_up(row.section_id):
        return N_("a member is not printed in full: sum and variance are given, not recounted")
    return None
