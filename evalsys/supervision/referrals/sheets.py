"""The register 移送台账: referrals that were open in a span, and how they were answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalsys.core.errors import N_, NP_, Text
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.organisation.org.sheets import place_columns
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import stage_column
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.sheets.columns import TEXT
from evalsys.supervision.matters.sheets.following import (
    FollowingLine,
    following_columns,
    read_following,
)
from evalsys.supervision.referrals.rules import KIND

REFERRALS = NP_("sheet", "Referrals")
BY_SYSTEM, BY_HAND = NP_("who drafted", "the system"), NP_("who drafted", "by hand")
ANSWERS: Mapping[str, Text] = {
    "file_clue": N_("Clue filed"),
    "return_it": N_("Sent back to the supervision office"),
    "open_none": N_("No case opened"),
}


@dataclass(frozen=True)
class ReferralLine(FollowingLine):
    """A referral of a register, and the matter that it is about."""

    @property
    def handler(self) -> str:
        """The name of the person responsible for the matter."""
        person = self.origin.named(MatterDuty.HANDLER)
        return person.name if person else NONE


def referrals_sheet(request: CaseRequest) -> Sheet[ReferralLine]:
    """Return the sheet of the referrals that were open on a day of the span."""
    rows = read_following(request, KIND, ReferralLine)
    return Sheet(REFERRALS, COLUMNS, rows, len(rows), frozen=1, printed=14)


COLUMNS: tuple[Column[ReferralLine], ...] = (
    Column(
        NP_("sheet", "Referral number"),
        lambda row: row.case.number,
        CellKind.CODE,
        N_("the number of the year among referrals"),
    ),
    *following_columns(),
    Column(
        N_("Responsible person"),
        lambda row: row.handler,
        meaning=N_("named by the assignment"),
    ),
    Column(
        NP_("sheet", "Drafted on"),
        lambda row: local_day(row.case.opened_at),
        meaning=N_("when the referral was drafted"),
    ),
    Column(
        NP_("sheet", "Drafted by"),
        lambda row: BY_HAND if row.case.opened_by else BY_SYSTEM,
        meaning=N_("after the levels of escalation, or by the supervision office"),
    ),
    Column(
        NP_("sheet", "Sent on"),
        lambda row: row.line.day("send"),
        meaning=N_("when it was approved and sent"),
    ),
    Column(
        NP_("sheet", "Approved by"),
        lambda row: row.line.entered("decider", "send"),
        meaning=NP_("sheet", "name and post"),
    ),
    Column(
        NP_("sheet", "Received on"),
        lambda row: row.line.day("receive"),
        meaning=N_("by the discipline organ"),
    ),
    Column(
        NP_("sheet", "Decision"),
        lambda row: row.line.named(ANSWERS),
        meaning=N_("of the discipline organ"),
    ),
    Column(
        NP_("sheet", "Decided on"),
        lambda row: row.line.day(*ANSWERS),
        meaning=NP_("sheet", "day of the decision"),
    ),
    Column(
        N_("Reasons"),
        lambda row: row.line.entered("reasons", *ANSWERS),
        meaning=N_("of the decision"),
        is_wide=True,
        widest=TEXT,
    ),
    stage_column(lambda row: row.case),
    *place_columns(lambda row: row.case.section),
)

REGISTER = Register(
    "referrals",
    REFERRALS,
    N_("Referrals to the discipline organ that were open on one of these days"),
    referrals_sheet,
    readers=frozenset({Role.SUPERVISOR, Role.DISCIPLINE, Role.SYSTEM}),
)
