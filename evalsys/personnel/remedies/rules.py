"""Reconsideration and appeal (Civil Servants Law, articles 95 and 96) and internal review. Pure.

A remedy never suspends what it is against, and never makes it worse: the only outcomes are to
uphold, to change in the applicant's favour, and to revoke.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from evalsys.cases.deadlines.rules import TermUnit, due_on
from evalsys.cases.engine.rules.decisions import DECIDER, DOCUMENT
from evalsys.cases.engine.rules.machine import Condition, Field, FieldKind, Machine, Move, day_of
from evalsys.core.errors import N_, DomainError
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.personnel.duties import Duty

LINE = FieldKind.LINE
NOT_BEGUN = N_("The term for an appeal has not begun: the decision is not received yet")
OUTCOMES = {
    "uphold": N_("Upheld"),
    "change": N_("Changed in the applicant's favour"),
    "revoke": N_("Revoked"),
}
# Steps that may burden somebody: (kind of case, move).
CONTESTABLE = frozenset(
    {
        ("chief", "interview"),
        ("chief", "admonish"),
        ("chief", "decide"),
        ("return", "admit"),
        ("return", "move_directly"),
        ("pool", "extend"),
        ("pool", "measure"),
        ("pool", "reassign"),
        ("review", "classify"),
        ("review", "reject_objection"),
    }
)
# Of the measures that a meeting can decide, those that article 95 names. Admonition and transfer
# are not in its list; of a dismissal only the dismissal itself is, not the advice of one.
MEASURES = {
    "none": N_("No adjustment"),
    "admonition": N_("Admonition"),
    "transfer": N_("Transfer from the post"),
    "removal": N_("Removal from the post"),
    "demotion": N_("Demotion"),
    "dismissal_advice": N_("Advice of dismissal (refuses other work)"),
}
LAWFUL_MEASURES = frozenset({"removal", "demotion"})


class Against(StrEnum):
    """What may be done against a step."""

    LAW = "law"  # articles 95 and 96
    INTERNAL = "internal"  # our own review


def remedy_against(kind: str, move: str, entry: Mapping[str, Any]) -> Against | None:
    """Return what may be done against a step, by what was decided in it; None if it burdens nobody.

    A decision to adjust nothing burdens nobody.
    """
    measure = entry.get("measure")
    if (kind, move) not in CONTESTABLE or measure == "none":
        return None
    return Against.LAW if measure in LAWFUL_MEASURES else Against.INTERNAL


# Legal footings (values of `org.models.Employment`) whose remedies the Civil Servants Law orders.
CIVIL_SERVANTS = frozenset({"civil_servant", "managed_as_civil_servant"})
INSTITUTION = "public_institution"
# Staff of public institutions have 30 days for an appeal where civil servants have 15, and none
# without reconsideration (人社部发〔2014〕45号, article 2; 人社部发〔2023〕58号).
INSTITUTION_APPEAL_D = 30


def appeal_days(length: int, employment: str, *, is_lawful: bool) -> int:
    """Return how many days an appeal has: those of the policy, or more where the law gives more."""
    is_longer = is_lawful and employment == INSTITUTION
    return max(length, INSTITUTION_APPEAL_D) if is_longer else length


def may_go_past(employment: str, *, is_lawful: bool) -> bool:
    """Say whether an appeal may be filed without a reconsideration: of the law, article 95 alone.

    The internal review is the house's own and allows it to everybody.
    """
    return not is_lawful or employment in CIVIL_SERVANTS


@dataclass(frozen=True)
class Term:
    """A term for a remedy: it runs from the day of receipt, not from that of the act.

    Until then it has not begun: `ends_on` is its end if the notice were opened today.
    """

    received_on: date | None
    ends_on: date
    is_provisional: bool = False

    def is_over(self, today: date) -> bool:
        """Say whether the term has run its time; one that has not begun never has."""
        return self.received_on is not None and today > self.ends_on


def receipt_day(told_on: date, *proofs: date) -> date | None:
    """Return the day on which somebody received what they were told on a day; None if not yet.

    `proofs` are the days on which they opened the notice or signed for it on paper. The first one
    counts, and none is earlier than the notice itself.
    """
    return min((max(told_on, proof) for proof in proofs), default=None)


def term_of(received_on: date | None, length: int, today: date, days: WorkingDays) -> Term:
    """Return a term of some days as it stands today: the day of receipt is not counted."""
    due = due_on(received_on or today, length, TermUnit.DAYS, days)
    return Term(received_on, due.on, due.is_provisional)


@dataclass(frozen=True)
class RemedyFacts:
    """What the rules need to know: whether an appeal is still in time.

    `appeal_ends` is None until the decision is received: the term has not begun.
    `may_go_past` says whether one may appeal without a reconsideration.
    """

    today: date
    appeal_ends: date | None
    may_go_past: bool = True


def appeal_in_time(facts: RemedyFacts) -> Condition:
    """The term for the appeal runs, or has not begun."""
    end = facts.appeal_ends
    if end is None:
        return Condition(NOT_BEGUN, holds=True)
    return Condition(
        N_("The term for an appeal runs (until %(day)s)"),
        facts.today <= end,
        {"day": end},
    )


def appeal_lapsed(facts: RemedyFacts) -> Condition:
    """The term for the appeal is over."""
    end = facts.appeal_ends
    if end is None:
        return Condition(NOT_BEGUN, holds=False)
    return Condition(
        N_("The term for an appeal is over (since %(day)s)"),
        facts.today > end,
        {"day": end},
    )


def awaits_receipt(facts: RemedyFacts | None) -> bool:
    """Say whether the decision is still to be received; what was received is so once."""
    return facts is None or facts.appeal_ends is None


def without_reconsideration(facts: RemedyFacts | None) -> bool:
    """Say whether there is an appeal without a reconsideration."""
    return facts is None or facts.may_go_past


def was_signed(entry: Mapping[str, Any], facts: RemedyFacts) -> None:
    """Refuse a receipt of a day that is still to come. Raises DomainError."""
    if day_of(entry, "received_on") > facts.today:
        raise DomainError(N_("The day on the receipt is still to come."))


DECISION = (
    Field("outcome", N_("Decision"), FieldKind.CHOICE, choices=OUTCOMES, is_outcome=True),
    Field("reasons", N_("Reasons")),
    DECIDER,
    DOCUMENT,
)

REMEDY = Machine(
    first="filed",
    opens=("reconsider_decide_d",),
    # Only the decision on an appeal can take longer, by thirty days at most (article 96).
    extensions={
        "appeal_decide_d": "appeal_extend_d", "appeal_d": None, "reconsider_decide_d": None,
    },
    states={
        "filed": N_("Reconsideration applied for"),
        "decided": N_("Reconsideration decided"),
        "appealed": N_("Appeal filed"),
        "appeal_decided": N_("Appeal decided"),
        "final": N_("No appeal, final"),
        "withdrawn": N_("Withdrawn by the applicant"),
    },
    rights={"appeal_d": N_("The time for an appeal is over")},
    owners={
        "reconsider_decide_d": Duty.LEADER,
        "appeal_d": Duty.PERSON,
        "appeal_decide_d": Duty.LEADER,
    },
    moves=(
        Move(
            "decide", ("filed",), "decided", Duty.LEADER, N_("Decide the reconsideration"),
            fields=DECISION, meets=("reconsider_decide_d",),
        ),
        Move(
            "note_receipt", ("decided",), "decided", Duty.PERSONNEL,
            N_("Record the receipt on paper"),
            fields=(
                Field("received_on", N_("Day on the signed receipt"), FieldKind.DAY),
            ),
            entry_checks=(was_signed,), applies=awaits_receipt, is_way=False,
        ),
        Move(
            "appeal", ("decided",), "appealed", Duty.PERSON, N_("Appeal"),
            fields=(Field("grounds", N_("What the appeal says")),),
            checks=(appeal_in_time,), meets=("appeal_d",), starts=("appeal_decide_d",),
        ),
        Move(
            "lapse", ("decided",), "final", Duty.PERSONNEL, N_("Close: no appeal was filed"),
            checks=(appeal_lapsed,), is_way=False, after=("appeal_d",),
        ),
        Move(
            "appeal_directly", ("filed",), "appealed", Duty.PERSON,
            N_("Appeal without reconsideration"),
            fields=(Field("grounds", N_("What the appeal says")),),
            meets=("reconsider_decide_d",), starts=("appeal_decide_d",), is_way=False,
            applies=without_reconsideration,
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
