"""The state machine of a hold: what looked strange is cleared or confirmed by a named person. Pure.

No proposal is made while it is open. The ballots of a confirmed one are voided by two persons, all
of a member's at once: no rating knows its ticket or day, and nobody chooses by what it says.
"""

from evalsys.cases.engine.rules.decisions import DECIDER, REASONS
from evalsys.cases.engine.rules.machine import Field, FieldKind, Machine, Move
from evalsys.core.errors import N_
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.holds import limits

KIND = "anomaly"
LOOK = limits.LOOK.name
BLOCKING = ("open", "confirmed", "void_proposed")  # No proposal, unless a correction follows.
JUDGE, VOID = N_("Clear or confirm the hold"), N_("Decide whether the ballots are voided")
WHOSE = Field(
    "staff",
    N_("Whose ballots of the period"),
    FieldKind.STAFF,
    hint=N_(
        "All ballots of this person in this section and period are voided, whatever they say; "
        "single ones cannot be told apart."
    ),
)


def _judgement(name: str, target: str, label: str) -> Move:
    return Move(
        name, ("open",), target, MatterDuty.OFFICE, label, fields=(REASONS, DECIDER),
        meets=(LOOK,), asks=JUDGE, form="judge", decides=True,
    )  # fmt: skip


HOLD = Machine(
    first="open",
    opens=(LOOK,),
    states={
        "open": N_("Open: proposals wait"),
        "cleared": N_("Cleared"),
        "confirmed": N_("Confirmed"),
        "void_proposed": N_("Voiding proposed, a second person decides"),
        "voided": N_("Ballots voided"),
    },
    owners={LOOK: MatterDuty.OFFICE},
    moves=(
        _judgement("clear", "cleared", N_("Clear the hold")),
        _judgement("confirm", "confirmed", N_("Confirm the hold")),
        Move(
            "propose_void", ("confirmed",), "void_proposed", MatterDuty.OFFICE,
            N_("Propose to void ballots"), fields=(WHOSE, REASONS), is_way=False, decides=True,
        ),
        Move(
            "void", ("void_proposed",), "voided", MatterDuty.OFFICE, N_("Void the ballots"),
            fields=(REASONS, DECIDER), asks=VOID, form="void", decides=True,
        ),
        Move(
            "keep", ("void_proposed",), "confirmed", MatterDuty.OFFICE, N_("Keep the ballots"),
            fields=(REASONS, DECIDER), asks=VOID, form="void", decides=True, is_way=False,
        ),
    ),
    forms={"judge": JUDGE, "void": VOID},
)  # fmt: skip
