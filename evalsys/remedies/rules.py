"""Reconsideration and appeal (Civil Servants Law, articles 95 and 96) and internal review. Pure.

A remedy never suspends what it is against, and never makes it worse: the only outcomes are to
uphold, to change in the applicant's favour, and to revoke.
"""

from dataclasses import dataclass
from datetime import date

from evalsys.cases.rules import Condition, Duty, Field, FieldKind, Machine, Move
from evalsys.core.errors import N_

LINE = FieldKind.LINE
OUTCOMES = {
    "uphold": N_("Upheld"),
    "change": N_("Changed in the applicant's favour"),
    "revoke": N_("Revoked"),
}
# Steps that burden somebody: (kind of case, move) -> is the remedy that of the law (articles 95,
# 96), or our internal review.
CONTESTABLE: dict[tuple[str, str], bool] = {
    ("chief", "interview"): False,
    ("chief", "admonish"): False,
    ("chief", "decide"): True,
    ("return", "admit"): False,
    ("return", "move_directly"): False,
    ("pool", "extend"): False,
    ("pool", "measure"): True,
    ("pool", "reassign"): False,
    ("review", "classify"): False,
    ("review", "reject_objection"): False,
}


@dataclass(frozen=True)
class RemedyFacts:
    """What the rules need to know: whether an appeal is still in time."""

    today: date
    appeal_ends: date | None


def appeal_in_time(facts: RemedyFacts) -> Condition:
    """The term for the appeal runs."""
    end = facts.appeal_ends
    return Condition(
        N_("The term for an appeal runs (until %(day)s)"),
        end is None or facts.today <= end,
        {"day": end or facts.today},
    )


def appeal_lapsed(facts: RemedyFacts) -> Condition:
    """The term for the appeal is over."""
    end = facts.appeal_ends
    return Condition(
        N_("The term for an appeal is over (since %(day)s)"),
        end is not None and facts.today > end,
        {"day": end or facts.today},
    )


DECISION = (
    Field("outcome", N_("Decision"), FieldKind.CHOICE, choices=OUTCOMES),
    Field("reasons", N_("Reasons")),
    Field("decider", N_("Decided by (name and post)"), LINE),
    Field("document", N_("Number of the document"), LINE),
)

REMEDY = Machine(
    first="filed",
    opens=("reconsider_decide_d",),
    states={
        "filed": N_("Reconsideration applied for"),
        "decided": N_("Reconsideration decided"),
        "appealed": N_("Appeal filed"),
        "appeal_decided": N_("Appeal decided"),
        "final": N_("No appeal, final"),
        "withdrawn": N_("Withdrawn by the applicant"),
    },
    owners={
        "reconsider_decide_d": Duty.LEADER,
        "appeal_d": Duty.PERSON,
        "appeal_decide_d": Duty.LEADER,
    },
    moves=(
        Move(
            "decide", ("filed",), "decided", Duty.LEADER, N_("Decide the reconsideration"),
            fields=DECISION, meets=("reconsider_decide_d",), starts=("appeal_d",),
        ),
        Move(
            "appeal", ("decided",), "appealed", Duty.PERSON, N_("Appeal"),
            fields=(Field("grounds", N_("What the appeal says")),),
            checks=(appeal_in_time,), meets=("appeal_d",), starts=("appeal_decide_d",),
        ),
        Move(
            "lapse", ("decided",), "final", Duty.PERSONNEL, N_("Close: no appeal was filed"),
            checks=(appeal_lapsed,), is_way=False,
        ),
        Move(
            "appeal_directly", ("filed",), "appealed", Duty.PERSON,
            N_("Appeal without reconsideration"),
            fields=(Field("grounds", N_("What the appeal says")),),
            meets=("reconsider_decide_d",), starts=("appeal_decide_d",), is_way=False,
        ),
        Move(
            "decide_appeal", ("appealed",), "appeal_decided", Duty.LEADER,
            N_("Record the decision on the appeal"), fields=DECISION, meets=("appeal_decide_d",),
        ),
        Move(
            "withdraw", ("filed", "appealed"), "withdrawn", Duty.PERSON, N_("Withdraw"),
            fields=(Field("reasons", N_("Reasons"), is_required=False),), is_way=False,
        ),
    ),
)  # fmt: skip
