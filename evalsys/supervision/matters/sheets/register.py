"""The register 督办台账: matters that were open in a span."""

from collections.abc import Callable

from evalsys.core.errors import N_, NP_
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NO, NONE, YES
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import stage_column
from evalsys.supervision.matters.rules import ANSWERING, ASSIGNING, CLOSING
from evalsys.supervision.matters.sheets.columns import HANDLED, KEPT, NUMBER, TEXT, matter_columns
from evalsys.supervision.matters.sheets.kept import kept_sheets
from evalsys.supervision.matters.sheets.rows import MatterLine, read_matters

MATTERS = NP_("sheet", "Supervised matters")


def matters_sheet(request: CaseRequest) -> Sheet[MatterLine]:
    """Return the sheet of the matters that were open on a day of the span."""
    rows = read_matters(request)
    return Sheet(MATTERS, COLUMNS, rows, len(rows), frozen=4, printed=15)


def _on(*moves: str) -> Callable[[MatterLine], Value]:
    return lambda row: row.line.day(*moves)


COLUMNS: tuple[Column[MatterLine], ...] = (
    NUMBER,
    *matter_columns(),
    Column(
        N_("Organ"),
        lambda row: row.organ.name if row.organ else NONE,
        meaning=N_("the organ that owns it"),
    ),
    *HANDLED,
    Column(
        NP_("sheet", "Assigned on"),
        lambda row: row.line.day(*ASSIGNING),
        meaning=N_("the latest assignment"),
    ),
    *KEPT,
    Column(
        NP_("sheet", "Lateness excused on"),
        lambda row: row.matter.excused_on or NONE,
        meaning=N_("by the decision on an objection; from then on it counts as in time"),
    ),
    Column(
        NP_("sheet", "Extended"),
        lambda row: YES if row.is_extended else NO,
        meaning=N_("whether more time was agreed to"),
    ),
    Column(NP_("sheet", "Warned on"), _on("near"), meaning=N_("yellow: the term came near")),
    Column(NP_("sheet", "Urged on"), _on("urge"), meaning=N_("the latest urging letter")),
    Column(
        NP_("sheet", "Supervised on"),
        _on("supervise"),
        meaning=N_("the latest supervision ticket (red)"),
    ),
    Column(
        NP_("sheet", "Referred on"),
        lambda row: row.matter.referred_on or NONE,
        meaning=N_("to the discipline organ, unless it came back"),
    ),
    Column(
        NP_("sheet", "Answered on"),
        _on(*ANSWERING),
        meaning=N_("the latest feedback of the owner"),
    ),
    Column(NP_("sheet", "Closed on"), _on(*CLOSING), meaning=N_("after the check")),
    Column(
        NP_("sheet", "Petitioner"),
        lambda row: row.line.chosen("answer", "close"),
        meaning=N_("what the petitioner said at the check"),
    ),
    Column(
        NP_("sheet", "Conclusion"),
        lambda row: row.line.entered("conclusion", *CLOSING, "correct"),
        meaning=N_("of the supervision office, as it stands after an objection"),
        is_wide=True,
        widest=TEXT,
    ),
    stage_column(lambda row: row.case),
)

REGISTER = Register(
    "matters",
    MATTERS,
    N_("Supervised matters that were open on one of these days, and how terms were kept"),
    matters_sheet,
    readers=frozenset({Role.SUPERVISOR, Role.DISCIPLINE, Role.LEADER, Role.SYSTEM}),
    more=kept_sheets,
)
