"""The state machine of supervised matters, their sources and terms. Pure.

Exactly one main term runs in every open matter: until it is assigned, handled, checked. It has the
light of the matter. The term of its source begins on the day of the assignment, since it is owed to
the petitioner, not when the section signs for it.

A task of a coordination is a matter that the head of an organ gives, with a day of its own, and
looks at: nobody refuses it, and there is no petitioner to ask.
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
from evalsys.supervision.matters.conclusions.rules import NOTE_RECEIPT

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
STUDY, LOOK = limits.STUDY.name, limits.LOOK.name
HANDLING = (*TERM_OF.values(), REWORK)  # what escalates
MAIN = (ASSIGN, STUDY, *HANDLING, CHECK, LOOK)
# The moves by which a matter gets an owner, by which that one answers, and that close it.
ASSIGNING = ("assign", "assign_finally", "task")
ANSWERING = ("feed_back", "report")
CLOSING = ("close", "finish")
# The moves by which a conclusion is changed or revoked, and those by whom answers were checked.
CORRECTING = ("correct", "reopen")
CHECKING = ("close", "send_back")


@dataclass(frozen=True)
class MatterFacts:
    """The facts of a matter: refused once already, who still has to contribute, who gave it."""

    today: date
    was_refused: bool = False
    waits_for: int = 0  # co-owning sections without a contribution
    is_task: bool = False  # given by the head of an organ in a coordination
    concluded_on: date | None = None  # None while it is open, and of a task
    is_received: bool = False  # the section received the conclusion


def never_refused(facts: MatterFacts | None) -> bool:
    """Return whether the matter may be refused: once, and a task of a coordination never."""
    return facts is None or not (facts.was_refused or facts.is_task)


def is_task(facts: MatterFacts | None) -> bool:
    """Return whether the matter is a task of a coordination."""
    return facts is None or facts.is_task


def is_no_task(facts: MatterFacts | None) -> bool:
    """Return whether the matter is no task of a coordination."""
    return facts is None or not facts.is_task


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
UNTIL = Field("until", N_("Feedback by"), FieldKind.DAY)
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
CONCLUSION = Field("conclusion", N_("Conclusion"))
EXCUSED = Field("excused", N_("The lateness no longer counts"), FieldKind.TICK, is_required=False)
OBJECTION = Field("objection", N_("Objection (number)"), FieldKind.LINE)
OPEN_TO_OWNER = ("assigned", "handling")
LOOK_AT_IT = N_("Look at what was reported")
TASK_MOVES = (
    Move(
        "study", ("taken_in",), "study", MatterDuty.CONVENER, N_("Have it studied first"),
        fields=(UNTIL,), meets=(ASSIGN,), is_way=False, applies=is_task,
    ),
    Move(
        "task", ("taken_in", "study"), "assigned", MatterDuty.CONVENER, N_("Give the task"),
        fields=(*ASSIGNMENT, UNTIL), meets=(ASSIGN, STUDY), starts=(SIGN,), applies=is_task,
        asks=N_("Say who has the task"),
    ),
    Move(
        "give_up", ("study",), "declined", MatterDuty.CONVENER, N_("Give no task"),
        fields=(REASONS,), is_way=False,
    ),
    Move(
        "report", ("handling",), "reported", MatterDuty.HANDLER, N_("Report on the task"),
        fields=(Field("result", N_("What was done about it")),), also=(MatterDuty.HEAD,),
        meets=HANDLING, starts=(LOOK,), checks=(co_owners_heard,), applies=is_task,
    ),
    Move(
        "finish", ("reported",), "closed", MatterDuty.CONVENER, N_("Close the task"),
        asks=LOOK_AT_IT, form="look", fields=(CONCLUSION,), meets=(LOOK,),
    ),
    Move(
        "redo", ("reported",), "handling", MatterDuty.CONVENER,
        N_("Send it back to be redone"), outcome=N_("Send it back to be redone"),
        asks=LOOK_AT_IT, form="look", fields=(Field("missing", N_("What is missing")),),
        meets=(LOOK,), starts=(REWORK,),
    ),
)  # fmt: skip

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
        "study": N_("Under study, task to be given"),
        "reported": N_("Reported, to be looked at"),
    },
    owners={
        ASSIGN: MatterDuty.OFFICE,
        SIGN: MatterDuty.HEAD,
        CO_OWNER: MatterDuty.CO_OWNER,
        CHECK: MatterDuty.OFFICE,
        STUDY: MatterDuty.CONVENER,
        LOOK: MatterDuty.CONVENER,
        **dict.fromkeys(HANDLING, MatterDuty.HEAD),
    },
    # One extension, by as much again; what was sent back, and whoever only signs, gets none.
    extensions=dict.fromkeys((ASSIGN, SIGN, CO_OWNER, CHECK, REWORK, STUDY, LOOK)),
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
            applies=is_no_task,
        ),
        Move(
            "contribute", OPEN_TO_OWNER, STAY, MatterDuty.CO_OWNER,
            N_("Contribute as a co-owning section"), fields=(Field("says", N_("Contribution")),),
            applies=contributions_wait,
        ),
        Move(
            "close", ("fed_back",), "closed", MatterDuty.OFFICE, N_("Close the matter"),
            asks=N_("Check with the petitioner"), form="check",
            fields=(ASKED, ANSWER, CONCLUSION),
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
        Move(
            "correct", ("closed",), STAY, MatterDuty.OFFICE,
            N_("Conclusion changed on an objection"), fields=(CONCLUSION, EXCUSED, OBJECTION),
            is_way=False, follows=True,
        ),
        Move(
            "reopen", ("closed",), "fed_back", MatterDuty.OFFICE,
            N_("Conclusion revoked on an objection"), fields=(EXCUSED, OBJECTION),
            starts=(CHECK,), is_way=False, follows=True,
        ),
        NOTE_RECEIPT,
        *TASK_MOVES,
    ),
    forms={"check": N_("Check with the petitioner"), "look": LOOK_AT_IT},
)  # fmt: skip
