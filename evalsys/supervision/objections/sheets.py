"""The register 督查异议台账: objections that were open in a span, and how they were decided."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalsys.core.errors import N_, NP_, Text
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet
from evalsys.foundation.spreadsheets.words import NO, NONE, YES
from evalsys.organisation.org.sheets import place_columns
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import stage_column
from evalsys.supervision.matters.sheets.columns import TEXT
from evalsys.supervision.matters.sheets.following import (
    FollowingLine,
    following_columns,
    read_following,
)
from evalsys.supervision.objections.rules import DECIDING, KIND, REVIEW

OBJECTIONS = NP_("sheet", "Objections to conclusions")
DECISIONS: Mapping[str, Text] = {
    "uphold": N_("Conclusion upheld"),
    "change": N_("Conclusion changed"),
    "revoke": N_("Conclusion revoked, to be checked again"),
}


@dataclass(frozen=True)
class ObjectionLine(FollowingLine):
    """An objection of a register, and the matter that it is about."""

    @property
    def excused(self) -> Text:
        """Whether the decision lets the lateness no longer count."""
        decided = self.line.find(*DECIDING)
        if decided is None:
            return NONE
        return YES if decided.entry.get("excused") else NO


def objections_sheet(request: CaseRequest) -> Sheet[ObjectionLine]:
    """Return the sheet of the objections that were open on a day of the span."""
    rows = read_following(request, KIND, ObjectionLine)
    return Sheet(OBJECTIONS, COLUMNS, rows, len(rows), frozen=1, printed=14)


COLUMNS: tuple[Column[ObjectionLine], ...] = (
    Column(
        NP_("sheet", "Objection number"),
        lambda row: row.case.number,
        CellKind.CODE,
        N_("the number of the year among objections"),
    ),
    *following_columns(),
    Column(
        NP_("sheet", "Filed on"),
        lambda row: local_day(row.case.opened_at),
        meaning=N_("when the section objected"),
    ),
    Column(
        NP_("sheet", "Grounds of the objection"),
        lambda row: row.case.grounds["says"],
        meaning=N_("what the section objects to, and why"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "To be decided by"),
        lambda row: row.line.due(REVIEW),
        meaning=N_("the end of the term of the decision"),
    ),
    Column(
        NP_("sheet", "Decision"),
        lambda row: row.line.named(DECISIONS),
        meaning=N_("of the supervision office, by somebody else than who concluded"),
    ),
    Column(
        NP_("sheet", "Decided on"),
        lambda row: row.line.day(*DECISIONS),
        meaning=NP_("sheet", "day of the decision"),
    ),
    Column(
        NP_("sheet", "Approved by"),
        lambda row: row.line.entered("decider", *DECISIONS),
        meaning=NP_("sheet", "name and post"),
    ),
    Column(
        NP_("sheet", "Lateness excused"),
        lambda row: row.excused,
        meaning=N_("whether the matter counts as answered in time from then on"),
    ),
    Column(
        N_("Reasons"),
        lambda row: row.line.entered("reasons", *DECISIONS),
        meaning=N_("of the decision"),
        is_wide=True,
        widest=TEXT,
    ),
    stage_column(lambda row: row.case),
    *place_columns(lambda row: row.case.section),
)

REGISTER = Register(
    "objections",
    OBJECTIONS,
    N_("Objections to conclusions that were open on one of these days, and how they were decided"),
    objections_sheet,
    readers=frozenset({Role.SUPERVISOR, Role.LEADER, Role.SYSTEM}),
)
