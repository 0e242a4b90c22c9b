"""The columns of F6b and F7 that members and sections share in a recount."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from evalsys.core.errors import N_, NP_
from evalsys.foundation.spreadsheets.model import CellKind, Grid, Live, Value
from evalsys.results.reports.sheets.recount.facts import RecountFacts
from evalsys.results.reports.sheets.recount.layout import FLOOR, RecountField, again, interval
from evalsys.scores.rows import AnyScore
from evalsys.scores.rules.formulas import THOUSANDTH, round_half_up

MEAN = NP_("sheet", "Mean of the group")
RELIABILITY, ERROR = NP_("sheet", "Reliability"), NP_("sheet", "Standard error")
THETA = N_("Adjusted score")
LO, HI = NP_("sheet", "Adjusted, lower limit"), NP_("sheet", "Adjusted, upper limit")
LAMBDA_MEANS = N_("F7 (lambda): tau² by tau² + V, half up to the thousandth")
SE_MEANS = N_("F7: root of (B x tau² + B² by the sum of w*), B = V by tau² + V")
THETA_MEANS = N_("F7 (theta): mean of the group + reliability x (score - mean)")

ADJUSTED: Final = (
    RecountField(
        "own_se",
        NP_("sheet", "Own standard error"),
        CellKind.SCORE,
        N_("F6b: as printed, in tenths; a finer one could tell the ballot of a small group"),
    ),
    RecountField(
        "own_lo", N_("Own lower limit"), CellKind.SCORE, N_("F6b: score - 1.96 x own error")
    ),
    RecountField(
        "own_hi", N_("Own upper limit"), CellKind.SCORE, N_("F6b: score + 1.96 x own error")
    ),
    RecountField("mu", MEAN, CellKind.SCORE, N_("F7 (mu): mean of the comparison group")),
    RecountField("tau2", N_("Variance in the group tau²"), CellKind.FINEST, "F7"),
    RecountField("pull", N_("Weight of the mean B"), CellKind.FINEST, N_("F7: V by tau² + V")),
    RecountField("reliability_again", again(RELIABILITY), CellKind.FINE, LAMBDA_MEANS),
    RecountField(
        "reliability", RELIABILITY, CellKind.FINE, N_("F7 (lambda): near 1 with many ballots")
    ),
    RecountField("theta_again", again(THETA), CellKind.SCORE, THETA_MEANS),
    RecountField("theta", THETA, CellKind.SCORE, THETA_MEANS),
    RecountField("se_again", again(ERROR), CellKind.SCORE, SE_MEANS),
    RecountField("se", ERROR, CellKind.SCORE, N_("F7: standard error of the adjusted score")),
    RecountField(
        "lo_again", again(LO), CellKind.SCORE, N_("F7: adjusted score - 1.96 x standard error")
    ),
    RecountField("lo", LO, CellKind.SCORE, N_("F7: adjusted score - 1.96 x standard error")),
    RecountField(
        "hi_again", again(HI), CellKind.SCORE, N_("F7: adjusted score + 1.96 x standard error")
    ),
    RecountField("hi", HI, CellKind.SCORE, N_("F7: adjusted score + 1.96 x standard error")),
)


class AdjustedCells(NamedTuple):
    """Cells of F7, and the pairs of recounted and printed ones that must agree."""

    cells: Mapping[str, Value]
    pairs: list[tuple[str, str]]


class GroupCells(NamedTuple):
    """The names of the cells of a comparison group."""

    mu: str
    tau2: str
    sum_star: str


def group_cells(
    facts: RecountFacts, groups: Grid, label: str, section_id: int, staff_id: int | None = None
) -> GroupCells | None:
    """Return where the group of a unit stands; None if the unit does not belong to any."""
    line = facts.group_lines.get((label, staff_id is not None))
    if line is None or (label, section_id, staff_id) not in facts.compared:
        return None
    return GroupCells(*(groups.cell(key, line) for key in GroupCells._fields))


def adjusted_cells(row: AnyScore, at: Mapping[str, str], group: GroupCells | None) -> AdjustedCells:
    """Return F7 of a unit; nothing if it was not adjusted.

    Without a `group`, as in older results, what the rows do not tell is given as it is printed.
    """
    if row.theta is None or row.group_mean is None or row.reliability is None:
        return AdjustedCells({}, [])
    raw = at.get("rate") or at["score"]
    cells: dict[str, Value] = {
        "mu": row.group_mean,
        "reliability": round_half_up(row.reliability, THOUSANDTH),
        "theta": row.theta,
        "se": row.se,
        "lo": row.lo,
        "hi": row.hi,
        "theta_again": Live(f"=ROUND({at['mu']}+{at['reliability']}*({raw}-{at['mu']}),2)"),
    }
    cells["lo_again"], cells["hi_again"] = interval(at["theta"], at["se"])
    pairs = [(at[f"{key}_again"], at[key]) for key in ("theta", "lo", "hi")]
    if group is not None:
        spread = f"MAX({at['v']},{FLOOR})"
        b, tau2, star = at["pull"], at["tau2"], group.sum_star
        cells["mu"] = Live(f"=ROUND({group.mu},2)")
        cells["tau2"] = Live(f"={group.tau2}")
        cells["pull"] = Live(f"={spread}/({tau2}+{spread})")
        cells["reliability_again"] = Live(f"=ROUND(1-{b},3)")
        cells["se_again"] = Live(f"=ROUND(SQRT({b}*{tau2}+{b}^2/{star}),2)")
        pairs += [(at[f"{key}_again"], at[key]) for key in ("reliability", "se")]
    return AdjustedCells(cells, pairs)
