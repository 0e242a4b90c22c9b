"""The state machine of supervised matters, their sources and terms. Pure.

Exactly one main term runs in every open matter: until it is assigned, handled, checked. It has the
light of the matter. The term of its source begins on the day of the assignment, since it is owed to
the petitioner, not when the section signs for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from evalsys.cases.engine.rules.machine import (
    STAY,
    Condition,
    Field,
    FieldKind,
    Machine,
    Move,
    day_of,
)
from evalsys.core.errors import N_, DomainError
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters import limits

KIND = "matter"


class MatterSource(StrEnum):
    """Where a matter comes from."""

    ENTERPRISE = "enterprise"
    HOTLINE = "hotline"
    REVIEW = "review"
    COORDINATION = "coordination"
    VISIT = "visit"
    INSPECTION = "inspection"


SOURCES = {
    MatterSource.ENTERPRISE: N_("Enterprise problem"),
    MatterSource.HOTLINE: N_("Hotline ticket"),
    MatterSource.REVIEW: N_("Bad review to be put right"),
    MatterSource.COORDINATION: N_("Top-level coordination"),
    MatterSource.VISIT: N_("Front-line visit"),
    MatterSource.INSPECTION: N_("Inspection"),
}
TERM_OF = {
    MatterSource.ENTERPRISE: limits.ENTERPRISE.name,
    MatterSource.HOTLINE: limits.HOTLINE.name,
    MatterSource.REVIEW: limits.REVIEW.name,
    MatterSource.COORDINATION: limits.COORDINATION.name,
    MatterSource.VISIT: limits.VISIT.name,
    MatterSource.INSPECTION: limits.INSPECTION.name,
}
ASSIGN, SIGN, CHECK = limits.ASSIGN.name, limits.SIGN.name, limits.CHECK.name
REWORK, CO_OWNER = limits.REWORK.name, limits.CO_OWNER.name
HANDLING = (*TERM_OF.values(), REWORK)  # what escalates
MAIN = (ASSIGN, *HANDLING, CHECK)


@dataclass(frozen=True)
class MatterFacts:
    """The facts of a matter: refused once already, and who still has to contribute."""

    today: date
    was_refused: bool = False
    waits_for: int = 0  # co-owning sections without a contribution


def never_refused(facts: MatterFacts | None) -> bool:
    """Return whether the matter was never refused: that is possible once."""
    return facts is None or not facts.was_refused


def contributions_wait(facts: MatterFacts | None) -> bool:
    """Return whether a co-owning section has not contributed yet."""
    return facts is None or facts.waits_for > 0


def co_owners_heard(facts: MatterFacts) -> Condition:
    """Check that every co-owning section has contributed."""
    words = N_("Contributions of co-owning sections still missing: %(n)s")
    return Condition(words, facts.waits_for == 0, {"n": facts.waits_for})


def not_ahead(entry: Mapping[str, Any], facts: MatterFacts) -> None:
    """Raise DomainError if the petitioner was asked on a day to come."""
    if day_of(entry, "asked_on") > facts.today:
        raise DomainError(N_("A record is written on the day itself or later, not before."))


DEMAND = Field("demand", N_("What is demanded"))
ASSIGNMENT = (
    Field("section", N_("Owning section (code)"), FieldKind.SECTION),
    Field("handler", N_("Responsible person (staff number)"), FieldKind.STAFF),
    Field(
        "co_owners",
        N_("Co-owning sections (codes)"),
        FieldKind.SECTIONS,
        is_required=False,
    ),
    DEMAND,
)
REASONS = Field("reasons", N_("Reasons"))
ASKED = Field("asked_on", N_("Petitioner asked on"), FieldKind.DAY)
ANSWERS = {
    "satisfied": N_("Satisfied"),
    "basically": N_("Basically satisfied"),
    "dissatisfied": N_("Dissatisfied"),
    "unreached": N_("Not reached after three attempts"),
}
ANSWER = Field(
    "answer", N_("What the petitioner says"), FieldKind.CHOICE, choices=ANSWERS, is_outcome=True
)
OPEN_TO_OWNER = ("assigned", "handling")

MATTER = Machine(
    first="taken_in",
    opens=(ASSIGN,),
    states={
        "taken_in": N_("Taken in"),
        "accepted": N_("Accepted, to be assigned"),
        "assigned": N_("Assigned, to be signed for"),
        "refused": N_("Refused as misrouted"),
        "handling": N_("In hand"),
        "fed_back": N_("Answered, to be checked"),
        "closed": N_("Closed"),
        "declined": N_("Not taken up"),
    },
    owners={
        ASSIGN: MatterDuty.OFFICE,
        SIGN: MatterDuty.HEAD,
        CO_OWNER: MatterDuty.CO_OWNER,
        CHECK: MatterDuty.OFFICE,
        **dict.fromkeys(HANDLING, MatterDuty.HEAD),
    },
    # One extension, by as much again; what was sent back, and whoever only signs, gets none.
    extensions={ASSIGN: None, SIGN: None, CO_OWNER: None, CHECK: None, REWORK: None},
    moves=(
        Move(
            "accept", ("taken_in",), "accepted", MatterDuty.OFFICE, N_("Accept the matter"),
            fields=(Field("opinion", N_("Opinion"), is_required=False),),
        ),
        Move(
            "decline", ("taken_in",), "declined", MatterDuty.OFFICE, N_("Do not take it up"),
            fields=(REASONS,), is_way=False,
        ),
        Move(
            "assign", ("accepted",), "assigned", MatterDuty.OFFICE, N_("Assign the matter"),
            fields=ASSIGNMENT, meets=(ASSIGN,), starts=(SIGN,),
        ),
        Move(
            "sign", ("assigned",), "handling", MatterDuty.HANDLER, N_("Sign for the matter"),
            also=(MatterDuty.HEAD,), meets=(SIGN,), asks=N_("Answer the assignment"),
        ),
        Move(
            "refuse", ("assigned",), "refused", MatterDuty.HEAD, N_("Refuse it as misrouted"),
            fields=(
                REASONS,
                Field("better", N_("Who is competent (section code)"), FieldKind.SECTION,
                      is_required=False),
            ),
            meets=(SIGN,), starts=(ASSIGN,), is_way=False, applies=never_refused,
            asks=N_("Answer the assignment"),
        ),
        Move(
            "assign_finally", ("refused",), "assigned", MatterDuty.OFFICE,
            N_("Assign the matter for good"), fields=ASSIGNMENT, meets=(ASSIGN,), starts=(SIGN,),
        ),
        Move(
            "feed_back", ("handling",), "fed_back", MatterDuty.HANDLER, N_("Feed back the result"),
            fields=(
                Field("result", N_("What was done about it")),
                Field("reply", N_("Reply to the petitioner")),
            ),
            also=(MatterDuty.HEAD,), meets=HANDLING, starts=(CHECK,), checks=(co_owners_heard,),
        ),
        Move(
            "contribute", OPEN_TO_OWNER, STAY, MatterDuty.CO_OWNER,
            N_("Contribute as a co-owning section"), fields=(Field("says", N_("Contribution")),),
            applies=contributions_wait,
        ),
        Move(
            "close", ("fed_back",), "closed", MatterDuty.OFFICE, N_("Close the matter"),
            asks=N_("Check with the petitioner"), form="check",
            fields=(ASKED, ANSWER, Field("conclusion", N_("Conclusion"))),
            meets=(CHECK,), entry_checks=(not_ahead,),
        ),
        Move(
            "send_back", ("fed_back",), "handling", MatterDuty.OFFICE,
            N_("Send it back to be redone"), outcome=N_("Send it back to be redone"),
            asks=N_("Check with the petitioner"), form="check",
            fields=(ASKED, ANSWER, Field("missing", N_("What is missing"))),
            meets=(CHECK,), starts=(REWORK,), entry_checks=(not_ahead,),
        ),
        Move(
            "near", OPEN_TO_OWNER, STAY, MatterDuty.OFFICE, N_("Yellow light: the term comes near"),
            is_way=False, is_automatic=True,
        ),
        Move(
            "urge", OPEN_TO_OWNER, STAY, MatterDuty.OFFICE, N_("Urge"),
            fields=(DEMAND,), is_way=False,
        ),
        Move(
            "supervise", OPEN_TO_OWNER, STAY, MatterDuty.OFFICE, N_("Issue a supervision ticket"),
            fields=(DEMAND,), is_way=False,
        ),
    ),
    forms={"check": N_("Check with the petitioner")},
)  # fmt: skip
