"""The sheet 重算表（人员）: F2, F3, F4, F6, F6b, F7 and F10 of every member as formulas."""

from collections.abc import Mapping
from typing import Final

from evalsys.core.errors import N_, NP_, Text
from evalsys.foundation.spreadsheets.model import CellKind, Grid, Live, Sheet, Value
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.results.reports.rules import groups_of
from evalsys.results.reports.sheets.recount.adjusting import ADJUSTED, adjusted_cells, group_cells
from evalsys.results.reports.sheets.recount.facts import RecountFacts, has_seat
from evalsys.results.reports.sheets.recount.layout import (
    FIRST,
    MEMBERS,
    Line,
    RecountField,
    again,
    below,
    checked,
    interval,
    sheet_of,
)
from evalsys.results.reports.sheets.words import EXTENTS, GROUPS, HIDDEN, RATER_GROUPS, TOO_FEW
from evalsys.scores.models import MemberScore
from evalsys.scores.publication import is_of_groups
from evalsys.scores.rules.disclosure import EXACT, Extent
from evalsys.scores.rules.group_sums import sums_told

Cells = dict[str, Value]
SCORE = NP_("sheet", "Score (unadjusted)")
PART, MOST = N_("In the sum"), N_("Part of the maximum (F4)")
WEIGHT = NP_("a rater group in a heading", "%(group)s: weight")
COUNT = NP_("a rater group in a heading", "%(group)s: ballots")
POINTS = NP_("a rater group in a heading", "%(group)s: sum of points")
GROUP_MEAN = NP_("a rater group in a heading", "%(group)s: mean")
COMPARED_IN = N_("Comparison group")


def _group_fields(group: RaterGroup) -> tuple[RecountField, ...]:
    words = RATER_GROUPS[group]
    return (
        RecountField(
            f"weight_{group}",
            WEIGHT.filled(group=words),
            CellKind.WHOLE,
            N_("F2: W, the weight of the rater group, where it weighs in"),
        ),
        RecountField(
            f"n_{group}",
            COUNT.filled(group=words),
            CellKind.WHOLE,
            N_("F2: n of the rater group; told only where each group reaches the minimum"),
        ),
        RecountField(
            f"sum_{group}",
            POINTS.filled(group=words),
            CellKind.SCORE,
            N_("F2: the F1 of these ballots added up"),
        ),
        RecountField(
            f"mean_{group}",
            GROUP_MEAN.filled(group=words),
            CellKind.FINEST,
            N_("F2: m, the sum by the ballots"),
        ),
    )


FIELDS: Final = (
    RecountField("code", NP_("sheet", "Section code"), CellKind.CODE, N_("the code in the roster")),
    RecountField(
        "section", N_("Section"), CellKind.TEXT, N_("the section on the day of service (F3)")
    ),
    RecountField("number", N_("Staff number"), CellKind.CODE, N_("the number in the roster")),
    RecountField("name", N_("Name"), CellKind.TEXT, NP_("person", "name")),
    *(field for group in RaterGroup for field in _group_fields(group)),
    RecountField(
        "score_again",
        again(SCORE),
        CellKind.SCORE,
        N_("F2: M = sum of W x m by the sum of W, half up to the hundredth"),
    ),
    RecountField("score", SCORE, CellKind.SCORE, N_("F2: weighted mean of the rater groups (M)")),
    RecountField("days", NP_("sheet", "Days in section"), CellKind.WHOLE, "F3"),
    RecountField("period_days", N_("Days of the period"), CellKind.WHOLE, "F3"),
    RecountField("share", again(N_("Share of period")), CellKind.SCORE, N_("F3: days by days")),
    RecountField("seat_days", N_("Days of the seat"), CellKind.WHOLE, N_("F4: 0 without a seat")),
    RecountField(
        "counted_days",
        N_("Days with a score"),
        CellKind.WHOLE,
        N_("F4: 0 where the member is not in the sum"),
    ),
    RecountField("part_again", again(PART), CellKind.SCORE, N_("F4: M x days by days, half up")),
    RecountField("part", PART, CellKind.SCORE, N_("F4: what the member adds to S")),
    RecountField("part_max", again(MOST), CellKind.SCORE, N_("F4: 100 x days by days, half up")),
    RecountField(
        "label", COMPARED_IN, CellKind.TEXT, N_("the sections among which F6 and F7 hold")
    ),
    RecountField(
        "freedom",
        N_("Degrees of freedom"),
        CellKind.WHOLE,
        N_("F6: ballots - 1, where the ballots enter s² of the group"),
    ),
    RecountField(
        "factor",
        N_("Weights by ballots"),
        CellKind.FINEST,
        N_("F6: sum of (W by the sum of W)² by n"),
    ),
    RecountField("s2", N_("Spread s²"), CellKind.FINEST, N_("F6: of the group")),
    RecountField(
        "v",
        N_("Variance v(M)"),
        CellKind.FINEST,
        N_("F6: s² x the weights by ballots; given where the ballots of the groups are not told"),
    ),
    RecountField("days2v", N_("Days² x v(M)"), CellKind.FINEST, N_("F6: the member's part of V")),
    *ADJUSTED,
    RecountField(
        "below",
        N_("P below the evidence line"),
        CellKind.FINE,
        N_("F10: from the adjusted score and its standard error"),
    ),
    RecountField(
        "own_below", N_("P by the own spread"), CellKind.FINE, N_("F10b: from M and its error")
    ),
    RecountField(
        "check",
        NP_("sheet", "Check"),
        CellKind.TEXT,
        N_("whether what was recounted agrees with what is printed"),
    ),
    RecountField("remark", N_("Remark"), CellKind.TEXT, N_("why a figure is given or not shown")),
)


def members_recount(facts: RecountFacts, grids: Mapping[str, Grid]) -> Sheet[Line]:
    """Return the sheet of the members."""
    labels = {score.section_id: score.group_label for score in facts.sections}
    lines = [
        _line(row, line, labels[row.section_id], facts, grids)
        for line, row in enumerate(facts.in_order, start=FIRST)
    ]
    return sheet_of(MEMBERS, FIELDS, lines, frozen=4)


def _line(
    row: MemberScore, line: int, label: str, facts: RecountFacts, grids: Mapping[str, Grid]
) -> Line:
    at = {field.key: grids["members"].here(field.key, line) for field in FIELDS}
    cells = _known(row, label, at)
    if row.score is None:
        cells["score"] = HIDDEN if row.extent is Extent.NONE else TOO_FEW
        return Line(cells)
    cells["score"], cells["part"] = row.score, row.contribution
    if row.extent not in EXACT:
        return Line(cells)
    pairs = _groups(row, cells, at, facts)
    if row.contribution is not None:
        cells["part_again"] = _share_of(at["score"], at)
        cells["part_max"] = _share_of("100", at)
        cells["freedom"] = max(row.ballots - 1, 0)
        pairs.append((at["part_again"], at["part"]))
    _spread(row, cells, at, grids["groups"], facts.group_lines.get((label, True)))
    group = group_cells(facts, grids["groups"], label, row.section_id, row.staff_id)
    found = adjusted_cells(row, at, group)
    cells |= found.cells
    if row.theta is not None:
        cells["below"] = below(facts.rules.evidence_line, at["theta"], at["se"])
    if row.own_se is not None:
        cells["own_below"] = below(facts.rules.evidence_line, at["score"], at["own_se"])
    cells["check"] = checked([*pairs, *found.pairs], facts.lang)
    return Line(cells)


def _known(row: MemberScore, label: str, at: Mapping[str, str]) -> Cells:
    """Return what is printed of every member, rated or not."""
    return {
        "code": row.section.code,
        "section": row.section.name,
        "number": row.staff.number,
        "name": row.staff.name,
        "days": row.days,
        "period_days": row.period_days,
        "share": Live(f"=ROUND({at['days']}/{at['period_days']},2)") if row.days else None,
        "seat_days": row.days if has_seat(row) else 0,
        "counted_days": 0 if row.contribution is None else row.days,
        "label": GROUPS[label] if label else None,
        "remark": _remark(row),
    }


def _share_of(points: str, at: Mapping[str, str]) -> Live:
    return Live(f"=ROUND({points}*{at['days']}/{at['period_days']},2)")


def _groups(
    row: MemberScore, cells: Cells, at: Mapping[str, str], facts: RecountFacts
) -> list[tuple[str, str]]:
    """Write F2 and the weights by ballots; return what can be compared."""
    used = groups_of(row.weighed, facts.rules.group_weights).used if row.ballots else {}
    told = {each.group: each for each in sums_told(row.group_sums)}
    for group, weight in used.items():
        cells[f"weight_{group}"] = weight
        if group in told:
            cells[f"n_{group}"], cells[f"sum_{group}"] = told[group].n, told[group].points
            cells[f"mean_{group}"] = Live(f"={at[f'sum_{group}']}/{at[f'n_{group}']}")
        else:
            cells |= dict.fromkeys((f"n_{group}", f"sum_{group}", f"mean_{group}"), HIDDEN)
    if not told or set(told) != set(used):
        return []
    weights = "+".join(at[f"weight_{group}"] for group in used)
    means = "+".join(f"{at[f'weight_{group}']}*{at[f'mean_{group}']}" for group in used)
    parts = (f"({at[f'weight_{group}']}/({weights}))^2/{at[f'n_{group}']}" for group in used)
    cells["score_again"] = Live(f"=ROUND(({means})/({weights}),2)")
    cells["factor"] = Live(f"={'+'.join(parts)}")
    return [(at["score_again"], at["score"])]


def _spread(
    row: MemberScore, cells: Cells, at: Mapping[str, str], groups: Grid, line: int | None
) -> None:
    """Write F6 and the interval of F6b."""
    if row.variance is None:
        return
    if line is not None and "factor" in cells:
        cells["s2"] = Live(f"={groups.cell('s2', line)}")
        cells["v"] = Live(f"={at['s2']}*{at['factor']}")
    else:
        cells["v"] = row.variance
    if row.contribution is not None:
        cells["days2v"] = Live(f"={at['counted_days']}^2*{at['v']}")
    if row.own_se is not None:
        cells["own_se"] = row.own_se
        cells["own_lo"], cells["own_hi"] = interval(at["score"], at["own_se"])


def _remark(row: MemberScore) -> Text | None:
    """Return why a figure is given or hidden, or None."""
    if row.is_frozen:
        return N_("returned: the score of an earlier period stays")
    if row.extent in EXTENTS and row.extent not in EXACT:
        return EXTENTS[row.extent]
    if row.score is None:
        return None
    if row.group_sums is not None:
        return None
    if row.extent is Extent.FIGURES and is_of_groups(row):
        return N_("the means of the groups are shown for the periods closed before this one only")
    return N_(
        "a rater group gave fewer ballots than the minimum: the means of the groups are not shown, "
        "since a single ballot could follow (in older results they were not kept)"
    )
