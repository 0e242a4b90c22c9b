"""The state machine of a referral to the discipline organ. Pure.

A referral is drafted, by the system or by hand, and sent by a named approver of the supervision
office. Nothing of it, and nothing of its matter, is seen by the discipline organ before.
"""

from dataclasses import dataclass

from evalsys.cases.engine.rules.decisions import DECIDER, REASONS
from evalsys.cases.engine.rules.machine import Condition, Field, FieldKind, Machine, Move
from evalsys.core.errors import N_
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.referrals import limits

KIND = "referral"
RECEIVE, DECIDE = limits.RECEIVE.name, limits.DECIDE.name
UNSENT = frozenset({"drafted", "withdrawn"})  # told to nobody whom it is about
ANSWERED = ("clue_filed", "sent_back", "no_case")  # the answers of the discipline organ
ANSWER = (REASONS, DECIDER)


@dataclass(frozen=True)
class ReferralFacts:
    """The facts of a referral: whether its matter is open, and with the section that it names."""

    is_open: bool = True
    is_theirs: bool = True


def matter_open(facts: ReferralFacts) -> Condition:
    """Check that the matter was not closed since the draft."""
    words = N_("The matter is not closed (if it is, take the draft back, with reasons)")
    return Condition(words, facts.is_open)


def in_same_hands(facts: ReferralFacts) -> Condition:
    """Check that the section that the draft names still has the matter."""
    words = N_("The section of the draft still has the matter (if not, take the draft back)")
    return Condition(words, facts.is_theirs)


SEND = Move(
    "send", ("drafted",), "sent", MatterDuty.OFFICE, N_("Approve and send the referral"),
    fields=(REASONS, DECIDER), starts=(RECEIVE,), decides=True, checks=(matter_open, in_same_hands),
)  # fmt: skip
REFERRAL = Machine(
    first="drafted",
    states={
        "drafted": N_("Drafted, to be approved"),
        "sent": N_("Sent, to be received"),
        "received": N_("Received, to be decided"),
        "clue_filed": N_("Clue filed"),
        "sent_back": N_("Sent back to the supervision office"),
        "no_case": N_("No case opened"),
        "withdrawn": N_("Draft withdrawn"),
    },
    owners={RECEIVE: MatterDuty.DISCIPLINE, DECIDE: MatterDuty.DISCIPLINE},
    extensions={RECEIVE: None},
    moves=(
        SEND,
        Move(
            "withdraw", ("drafted",), "withdrawn", MatterDuty.OFFICE, N_("Take the draft back"),
            fields=(REASONS,), also=(MatterDuty.DRAFTER,), is_way=False,
        ),
        Move(
            "receive", ("sent",), "received", MatterDuty.DISCIPLINE, N_("Confirm the receipt"),
            fields=(Field("receiver", N_("Received by (name and post)"), FieldKind.LINE),),
            meets=(RECEIVE,), starts=(DECIDE,),
        ),
        *(
            Move(
                name, ("received",), target, MatterDuty.DISCIPLINE, label,
                fields=ANSWER, meets=(DECIDE,), asks=N_("Decide on the referral"), form="answer",
            )
            for name, target, label in (
                ("file_clue", "clue_filed", N_("File the clue")),
                ("return_it", "sent_back", N_("Send it back")),
                ("open_none", "no_case", N_("Open no case")),
            )
        ),
    ),
    forms={"answer": N_("Decide on the referral")},
)  # fmt: skip
