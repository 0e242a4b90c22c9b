"""The sheets 重算表（可比对象） and 重算表（比较组）: s², Q, tau² and mu as formulas (F6, F7)."""

from collections.abc import Iterator, Mapping
from typing import Final

from evalsys.core.errors import N_, NP_, Text
from evalsys.foundation.spreadsheets.model import CellKind, Grid, Live, Sheet, Value
from evalsys.results.reports.sheets.recount.facts import RecountFacts
from evalsys.results.reports.sheets.recount.layout import (
    FIRST,
    FLOOR,
    GROUPS,
    UNITS,
    Line,
    RecountField,
    sheet_of,
)
from evalsys.results.reports.sheets.words import GROUPS as LABELS
from evalsys.scores.comparison import ALL
from evalsys.scores.regrouping import ComparedUnit, ComparisonGroup
from evalsys.scores.rules.disclosure import EXACT
from evalsys.scores.rules.shrinkage import V_FLOOR

Cells = dict[str, Value]
LEVELS: Final[Mapping[bool, Text]] = {False: N_("Sections"), True: NP_("sheet", "Members")}
GROUP_FIELDS: Final = (
    RecountField("label", N_("Comparison group"), CellKind.TEXT, N_("a kind, or all of them (F6)")),
    RecountField("level", N_("Compared"), CellKind.TEXT, N_("sections by R, or members by M")),
    RecountField("k", N_("Number k"), CellKind.WHOLE, N_("F7: how many are compared")),
    RecountField("s2", N_("Spread s²"), CellKind.FINEST, N_("F6: pooled variance of the ballots")),
    RecountField(
        "freedom",
        N_("Degrees of freedom"),
        CellKind.WHOLE,
        N_("F6: ballots - 1 of every member whose ballots enter s²"),
    ),
    RecountField("sum_w", N_("Sum of w"), CellKind.FINEST, "F7"),
    RecountField(
        "ybar", N_("Weighted mean"), CellKind.FINEST, N_("F7: sum of w x y by the sum of w")
    ),
    RecountField("q", "Q", CellKind.FINEST, N_("F7: sum of w x (y - weighted mean)²")),
    RecountField(
        "tau2",
        N_("Variance in the group tau²"),
        CellKind.FINEST,
        N_("F7: (Q - (k - 1)) by (sum of w - sum of w² by the sum of w), at least 0"),
    ),
    RecountField("sum_star", N_("Sum of w*"), CellKind.FINEST, N_("F7: w* = 1 by tau² + V")),
    RecountField("mu", N_("Mean mu"), CellKind.FINEST, N_("F7: sum of w* x y by the sum of w*")),
)
UNIT_FIELDS: Final = (
    RecountField("label", N_("Comparison group"), CellKind.TEXT, N_("a kind, or all of them (F6)")),
    RecountField("code", NP_("sheet", "Section code"), CellKind.CODE, N_("the code in the roster")),
    RecountField("number", N_("Staff number"), CellKind.CODE, N_("of a member; — for a section")),
    RecountField(
        "y",
        N_("Score y"),
        CellKind.SCORE,
        N_("F7: R or M as printed; in whole points where ballots differ from an earlier version"),
    ),
    RecountField(
        "v",
        N_("Variance V"),
        CellKind.FINEST,
        N_("F6: under s² of this group, at least 0.000001; with one digit where y is in points"),
    ),
    RecountField("w", "w", CellKind.FINEST, N_("F7: 1 by V")),
    RecountField("wy", "w × y", CellKind.FINEST, "F7"),
    RecountField("w2", "w²", CellKind.FINEST, "F7"),
    RecountField("far", N_("w x distance²"), CellKind.FINEST, N_("F7: w x (y - weighted mean)²")),
    RecountField("star", "w*", CellKind.FINEST, N_("F7: 1 by tau² + V")),
    RecountField("star_y", "w* × y", CellKind.FINEST, "F7"),
)


def groups_recount(facts: RecountFacts, grids: Mapping[str, Grid]) -> Sheet[Line]:
    """Return the sheet of the groups: formulas, or given figures where not all is in scope."""
    lines = []
    spans = unit_spans(facts)
    for (label, of_members), line in facts.group_lines.items():
        group = facts.groups[label]
        cells: Cells = {"label": LABELS[label], "level": LEVELS[of_members]}
        cells["s2"] = group.s2
        if facts.is_whole:
            cells["freedom"] = _freedom(label, line, facts, grids)
        else:
            cells["freedom"] = group.freedom
        span = spans.get((label, of_members))
        if span is not None and facts.is_whole:
            cells |= _live(span, line, grids)
        else:
            cells |= _given(group, of_members=of_members)
        lines.append(Line(cells))
    return sheet_of(GROUPS, GROUP_FIELDS, lines, frozen=2)


def unit_spans(facts: RecountFacts) -> dict[tuple[str, bool], tuple[int, int]]:
    """Return the first and last line of the units of each group that is adjusted."""
    spans, line = {}, FIRST
    for key in facts.group_lines:
        units = facts.units(key[0], of_members=key[1])
        if units:
            spans[key] = (line, line + len(units) - 1)
            line += len(units)
    return spans


def _freedom(label: str, line: int, facts: RecountFacts, grids: Mapping[str, Grid]) -> Live:
    last = FIRST + len(facts.in_order) - 1
    own, where = (grids["members"].span(key, FIRST, last) for key in ("freedom", "label"))
    if label == ALL:
        return Live(f"=SUM({own})")
    return Live(f"=SUMIF({where},{grids['groups'].here('label', line)},{own})")


def _live(span: tuple[int, int], line: int, grids: Mapping[str, Grid]) -> Cells:
    units = {field.key: grids["units"].span(field.key, *span) for field in UNIT_FIELDS}
    at = {field.key: grids["groups"].here(field.key, line) for field in GROUP_FIELDS}
    scale = f"({at['sum_w']}-SUM({units['w2']})/{at['sum_w']})"
    return {
        "k": Live(f"=COUNT({units['y']})"),
        "sum_w": Live(f"=SUM({units['w']})"),
        "ybar": Live(f"=SUM({units['wy']})/{at['sum_w']}"),
        "q": Live(f"=SUM({units['far']})"),
        "tau2": Live(f"=MAX(0,({at['q']}-({at['k']}-1))/{scale})"),
        "sum_star": Live(f"=SUM({units['star']})"),
        "mu": Live(f"=SUM({units['star_y']})/{at['sum_star']}"),
    }


def _given(group: ComparisonGroup, *, of_members: bool) -> Cells:
    """Return the figures of a group whose units are not all in scope."""
    found = group.members if of_members else group.sections
    cells: Cells = {"k": len(found.units)}
    if found.figures:
        figures = found.figures
        cells |= {"q": figures.q, "tau2": figures.tau2, "mu": figures.mu}
        cells["sum_star"] = figures.se_mu**-2
    return cells


def units_recount(facts: RecountFacts, grids: Mapping[str, Grid]) -> Sheet[Line]:
    """Return the sheet of what is compared, group by group."""
    lines = list(_unit_lines(facts, grids))
    return sheet_of(UNITS, UNIT_FIELDS, lines, frozen=3)


def _unit_lines(facts: RecountFacts, grids: Mapping[str, Grid]) -> Iterator[Line]:
    line = FIRST
    codes = {row.section_id: row.section.code for row in facts.sections}
    numbers = {row.staff_id: row.staff.number for row in facts.in_order}
    for (label, of_members), of_group in facts.group_lines.items():
        for unit in facts.units(label, of_members=of_members):
            at = {field.key: grids["units"].here(field.key, line) for field in UNIT_FIELDS}
            group = {key: grids["groups"].cell(key, of_group) for key in ("ybar", "tau2")}
            yield Line(
                {
                    "label": LABELS[label],
                    "code": codes[unit.section_id],
                    "number": None if unit.staff_id is None else numbers[unit.staff_id],
                    **_taken(unit, label, facts, grids),
                    "w": Live(f"=1/{at['v']}"),
                    "wy": Live(f"={at['w']}*{at['y']}"),
                    "w2": Live(f"={at['w']}^2"),
                    "far": Live(f"={at['w']}*({at['y']}-{group['ybar']})^2"),
                    "star": Live(f"=1/({group['tau2']}+{at['v']})"),
                    "star_y": Live(f"={at['star']}*{at['y']}"),
                }
            )
            line += 1


def _taken(unit: ComparedUnit, label: str, facts: RecountFacts, grids: Mapping[str, Grid]) -> Cells:
    """Return y and V of a unit: the cells of its own line where these are the printed ones.

    A section compared with all kinds has another V here than among its own: then it is given.
    """
    if unit.staff_id is None:
        line = facts.section_lines[unit.section_id]
        row, grid, key = facts.sections[line - FIRST], grids["sections"], "rate"
        is_own = row.group_label == label and row.extent in EXACT
    else:
        line = facts.member_lines[unit.section_id, unit.staff_id]
        member, grid, key = facts.in_order[line - FIRST], grids["members"], "score"
        score = facts.sections[facts.section_lines[unit.section_id] - FIRST]
        is_own = score.group_label == label and member.extent in EXACT
    if not is_own:
        return {"y": unit.y, "v": max(unit.v, V_FLOOR)}
    return {
        "y": Live(f"={grid.cell(key, line)}"),
        "v": Live(f"=MAX({grid.cell('v', line)},{FLOOR})"),
    }
