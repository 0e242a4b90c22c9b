"""Reconsideration and appeal (Civil Servants Law, articles 95 and 96) and internal review. Pure.

A remedy has no suspensive effect and never makes things worse: outcomes are to uphold, to change in
the applicant's favour, or to revoke.
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

NOT_BEGUN = N_("The term for an appeal has not begun: the decision is not received yet")
OUTCOMES = {
    "uphold": N_("Upheld"),
    "change": N_("Changed in the applicant's favour"),
    "revoke": N_("Revoked"),
}
# Contestable steps: (kind of case, move).
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
# The measures of a meeting. Article 95 does not list admonition and transfer, nor the advice of
# a dismissal, only the dismissal itself.
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
    """The kind of remedy against a step."""

    LAW = "law"  # articles 95 and 96
    INTERNAL = "internal"  # our own review


def remedy_against(kind: str, move: str, entry: Mapping[str, Any]) -> Against | None:
    """Return the remedy against a step, given its entry; None if it burdens nobody.

    A decision without adjustment burdens nobody.
    """
    measure = entry.get("measure")
    if (kind, move) not in CONTESTABLE or measure == "none":
        return None
    return Against.LAW if measure in LAWFUL_MEASURES else Against.INTERNAL


# Values of `org.models.Employment` under the Civil Servants Law.
CIVIL_SERVANTS = frozenset({"civil_servant", "managed_as_civil_servant"})
INSTITUTION = "public_institution"
# Staff of public institutions have 30 days for an appeal where civil servants have 15, and none
# without reconsideration (人社部发〔2014〕45号, article 2; 人社部发〔2023〕58号).
INSTITUTION_APPEAL_D = 30


def appeal_days(length: int, employment: str, *, is_lawful: bool) -> int:
    """Return the days for an appeal: those of the policy, or of the law if more."""
    is_longer = is_lawful and employment == INSTITUTION
    return max(length, INSTITUTION_APPEAL_D) if is_longer else length


def may_appeal_directly(employment: str, *, is_lawful: bool) -> bool:
    """Return whether an appeal needs no reconsideration: by law under article 95 only.

    The internal review allows it to everybody.
    """
    return not is_lawful or employment in CIVIL_SERVANTS


@dataclass(frozen=True)
class Term:
    """A term for a remedy, which runs from the day of receipt, not of the act.

    Before the receipt (None) `ends_on` is the end if the notice were opened today.
    """

    received_on: date | None
    ends_on: date
    is_provisional: bool = False

    def is_over(self, today: date) -> bool:
        """Return whether the term has run; before the receipt it never has."""
        return self.received_on is not None and today > self.ends_on


def receipt_day(notified_on: date, *proofs: date) -> date | None:
    """Return the day of receipt of a notice; None if not received yet.

    `proofs` are the days on which it was opened or signed for on paper. The earliest counts, but
    not before the notice itself.
    """
    return min((max(notified_on, proof) for proof in proofs), default=None)


def term_of(received_on: date | None, length: int, today: date, days: WorkingDays) -> Term:
    """Return a term of some days as of today; the day of receipt is not counted."""
    due = due_on(received_on or today, length, TermUnit.DAYS, days)
    return Term(received_on, due.on, due.is_provisional)


@dataclass(frozen=True)
class RemedyFacts:
    """The facts of a remedy.

    `appeal_ends` is None until the decision is received. `may_appeal_directly`: an appeal needs no
    reconsideration.
    """

    today: date
    appeal_ends: date | None
    may_appeal_directly: bool = True


def appeal_in_time(facts: RemedyFacts) -> Condition:
    """Check that the term for the appeal runs or has not begun."""
    end = facts.appeal_ends
    if end is None:
        return Condition(NOT_BEGUN, holds=True)
    return Condition(
        N_("The term for an appeal runs (until %(day)s)"),
        facts.today <= end,
        {"day": end},
    )


def appeal_lapsed(facts: RemedyFacts) -> Condition:
    """Check that the term for the appeal is over."""
    end = facts.appeal_ends
    if end is None:
        return Condition(NOT_BEGUN, holds=False)
    return Condition(
        N_("The term for an appeal is over (since %(day)s)"),
        facts.today > end,
        {"day": end},
    )


def awaits_receipt(facts: RemedyFacts | None) -> bool:
    """Return whether the decision is still to be received."""
    return facts is None or facts.appeal_ends is None


def without_reconsideration(facts: RemedyFacts | None) -> bool:
    """Return whether an appeal without reconsideration is possible."""
    return facts is None or facts.may_appeal_directly


def was_signed(entry: Mapping[str, Any], facts: RemedyFacts) -> None:
    """Raise DomainError if the day of the receipt is in the future."""
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
    # Only the decision on an appeal can be extended, by thirty days at most (article 96).
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
