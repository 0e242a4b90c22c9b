"""The state machine of a return (退人). Pure.

The procedure (Qingdao's trial measure of 2020): a chief proposes, the personnel office notifies the
person, who is heard, the facts are verified, a talk is held, the leading group decides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evalsys.cases.engine.rules.decisions import (
    MEETING,
    REASONS,
    collective,
    proposer_left_out,
    quorate,
)
from evalsys.cases.engine.rules.entries import answered
from evalsys.cases.engine.rules.machine import (
    Condition,
    Field,
    FieldKind,
    Machine,
    Move,
    day_of,
    ran_out,
)
from evalsys.core.errors import N_, DomainError
from evalsys.personnel.duties import Duty

LINE, DAY, TICK = FieldKind.LINE, FieldKind.DAY, FieldKind.TICK
ENOUGH_KINDS = 2  # independent kinds of evidence
MOST_POINTS, LONGEST_QUOTE = 20, 80
# A line break, or a numbering: 一、 (1) 1. 1、
POINT = re.compile(
    r"\n+|(?:(?<=[\s。；;])|^)[(（]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[)）、．.](?!\d)"
)

SITUATIONS = {
    "competence": N_("Professional competence does not meet the post"),
    "duty": N_("Duties not performed or performed wrongly"),
    "attitude": N_("Service attitude or work style is bad and stays so"),
    "efficiency": N_("Work is delayed again and again"),
    "discipline": N_("Attendance or order of work"),
    "other": N_("Another situation of the unit's own rules"),
}


@dataclass(frozen=True)
class ReturnFacts:
    """The facts of a return. `kinds` counts independent kinds of evidence, without ranks.

    `status` and `shield` are msgids of what protects the person today, or "": a status blocks every
    step, a shield (new in the section, has filed a remedy) only the proposal, so that filing one
    does not end a return. `statement_ends` is None while the clock is stopped.
    """

    today: date
    kinds: int = 0
    status: str = ""
    shield: str = ""
    locked_until: date | None = None  # for the same facts
    cap: int = 1
    proposed: int = 0
    is_busy: bool = False  # in another return or in the pool
    leads: bool = True  # the drafter still leads the section
    proposer: str = ""
    statement_ends: date | None = None
    points: tuple[str, ...] = ()  # of the person's statement


def two_kinds(facts: ReturnFacts) -> Condition:
    """Check for two independent kinds of evidence; a rank is none (guiding case 18)."""
    words = N_("At least two independent kinds of evidence (now %(kinds)s); a rank is none")
    return Condition(words, facts.kinds >= ENOUGH_KINDS, {"kinds": facts.kinds})


def not_protected(facts: ReturnFacts) -> Condition:
    """Check that no status protects the person (Civil Servants Law, article 89)."""
    words = facts.status or N_("No protected status (illness, maternity, secondment)")
    return Condition(words, not facts.status)


def not_shielded(facts: ReturnFacts) -> Condition:
    """Check that the person is not new, and has filed no remedy in twelve months."""
    words = facts.shield or N_("Not new in the section, and nothing filed that protects")
    return Condition(words, not facts.shield)


def still_leads(facts: ReturnFacts) -> Condition:
    """Check that the drafter leads the section today."""
    return Condition(N_("Who drafted it leads the section today"), facts.leads)


def within_cap(facts: ReturnFacts) -> Condition:
    """Check the chief's cap of returns in twelve months, against purges."""
    words = N_("Returns of this chief, open or in 12 months: %(proposed)s of %(cap)s")
    counts = {"proposed": facts.proposed, "cap": facts.cap}
    return Condition(words, facts.proposed < facts.cap, counts)


def not_locked(facts: ReturnFacts) -> Condition:
    """Check that the same facts were not rejected within a year."""
    end = facts.locked_until
    if end is None:
        return Condition(N_("The same facts were not turned down before"), holds=True)
    if facts.today > end:
        words = N_("The same facts were turned down before; the lock ended on %(day)s")
    else:
        words = N_("The same facts were turned down; locked until %(day)s")
    return Condition(words, facts.today > end, {"day": end})


def not_busy(facts: ReturnFacts) -> Condition:
    """Check that the person is in no other return and not in the pool."""
    return Condition(N_("Not in another return and not in the pool"), not facts.is_busy)


def statement_over(facts: ReturnFacts) -> Condition:
    """Check that the person had the whole term for a statement."""
    words = N_("The term for a statement is over (%(day)s)")
    return ran_out(words, facts.statement_ends, lambda end: facts.today > end)


def happened(entry: Mapping[str, Any], facts: ReturnFacts) -> None:
    """Raise DomainError if the recorded talk is in the future."""
    if day_of(entry, "held_on") > facts.today:
        raise DomainError(N_("A record is written on the day itself or later, not before."))


def points_of(statement: str) -> tuple[str, ...]:
    """Return the points of a statement: its lines and numbered items, as 一、 or 1."""
    parts = POINT.split(statement)
    return tuple(part.strip() for part in parts if part and part.strip())[:MOST_POINTS]


def answers_each(entry: Mapping[str, Any], facts: ReturnFacts) -> None:
    """Raise DomainError if a point of the statement is not answered."""
    missing = answered(len(facts.points), entry.get("answers", ""))
    if missing is not None:
        raise DomainError(
            N_("This point of the statement has no answer yet: %(point)s"),
            point=facts.points[missing - 1][:LONGEST_QUOTE],
        )


ANSWERS = Field(
    "answers", N_("Answer to each point of the statement"), FieldKind.ANSWERS, is_required=False
)
FINDING = Field("finding", N_("What was checked, and what was found"))
STATEMENT = Field(
    "statement",
    N_("Statement"),
    hint=N_(
        "What you say stays on file word for word. Each line is a point of its own: the "
        "personnel office has to answer each."
    ),
)
RECEIVING = (
    Field(
        "section", N_("Code of the receiving section"), FieldKind.SECTION,
        hint=N_("This step moves the person there in the roster, from the first day there on."),
    ),
    Field("post", N_("Post"), LINE, is_outcome=True),
    Field("starts_on", N_("First day there"), DAY, is_outcome=True),
    Field("agreed", N_("The receiving section has agreed"), TICK),
)  # fmt: skip
OPEN_TO_PERSON = ("notified", "stated", "waived", "verified", "talked")


def _decision(  # noqa: PLR0913  # Each is a column of the table.
    name: str,
    target: str,
    label: str,
    *,
    fields: tuple[Field, ...] = (),
    burdens: bool = True,
    is_way: bool = False,
) -> Move:
    """Return one outcome of the meeting; a lost vote is recorded as a rejection."""
    return Move(
        name, ("talked",), target, Duty.LEADER, label, (*fields, *MEETING), meets=("decide_wd",),
        checks=(not_protected,) if burdens else (),
        entry_checks=(collective if burdens else quorate, proposer_left_out),
        is_way=is_way, form="decide_return",
    )  # fmt: skip


RETURN = Machine(
    first="draft",
    states={
        "draft": N_("Draft of the chief"),
        "discarded": N_("Draft discarded"),
        "proposed": N_("Proposed, the person to be told"),
        "notified": N_("Told, statement awaited"),
        "stated": N_("Statement received"),
        "waived": N_("No statement"),
        "verified": N_("Verified"),
        "unfounded": N_("Unfounded, closed"),
        "talked": N_("Talk held, decision awaited"),
        "rejected": N_("Return rejected"),
        "direct_move": N_("Moved directly"),
        "admitted": N_("Admitted to the pool"),
        "withdrawn": N_("Withdrawn by the chief"),
    },
    rights={"statement_wd": N_("The time for a statement is over")},
    forms={"decide_return": N_("Record the collective decision")},
    owners={
        "statement_wd": Duty.PERSON,
        "verify_wd": Duty.PERSONNEL,
        "decide_wd": Duty.LEADER,
    },
    moves=(
        Move(
            "propose", ("draft",), "proposed", Duty.PROPOSER, N_("Propose the return"),
            fields=(
                Field(
                    "situation", N_("Situation"), FieldKind.CHOICE, choices=SITUATIONS,
                    is_outcome=True,
                ),
                Field("facts", N_("Facts: when, what, with what effect")),
                Field("coaching", N_("What was done to help before")),
            ),
            checks=(
                two_kinds, not_protected, not_shielded, within_cap, not_locked, not_busy,
                still_leads,
            ),
        ),
        Move(
            "discard", ("draft", "proposed"), "discarded", Duty.PROPOSER, N_("Discard"),
            is_way=False, also=(Duty.CHIEF,),
        ),
        Move(
            "notify", ("proposed",), "notified", Duty.PERSONNEL, N_("Tell the person"),
            fields=(Field("delivered", N_("How and where it was delivered"), LINE),),
            checks=(not_protected,), starts=("statement_wd",),
        ),
        Move(
            "state", ("notified",), "stated", Duty.PERSON, N_("Give a statement"),
            fields=(STATEMENT,), meets=("statement_wd",), starts=("verify_wd",),
        ),
        Move(
            "waive", ("notified",), "waived", Duty.PERSON, N_("Give no statement"),
            fields=(Field("waived", N_("I was told of my right and give no statement"), TICK),),
            meets=("statement_wd",), starts=("verify_wd",), is_way=False,
        ),
        Move(
            "note_silence", ("notified",), "waived", Duty.PERSONNEL,
            N_("Note that no statement came"), checks=(statement_over,),
            meets=("statement_wd",), starts=("verify_wd",), is_way=False, after=("statement_wd",),
        ),
        Move(
            "verify", ("stated", "waived"), "verified", Duty.PERSONNEL, N_("Verify the facts"),
            fields=(
                ANSWERS, FINDING, Field("sources", N_("Sources that were consulted")),
            ),
            entry_checks=(answers_each,),
            meets=("verify_wd",), asks=N_("Verify the facts"),
        ),
        Move(
            "drop", ("stated", "waived"), "unfounded", Duty.PERSONNEL, N_("Close as unfounded"),
            fields=(FINDING,), meets=("verify_wd",), is_way=False,
        ),
        Move(
            "talk", ("verified",), "talked", Duty.PERSONNEL, N_("Record the talk"),
            fields=(
                Field("held_on", N_("Day of the talk"), DAY),
                Field("place", N_("Place"), LINE),
                Field("talker", N_("Who talked (name and post)"), LINE),
                Field("recorder", N_("Recorder"), LINE),
                Field("reason", N_("Reason that was stated")),
                Field("heard", N_("What the person said")),
                Field("signed", N_("Both sides have signed"), TICK),
            ),
            checks=(not_protected,), entry_checks=(happened,), starts=("decide_wd",),
        ),
        _decision("reject", "rejected", N_("Record the decision: reject"), burdens=False),
        _decision(
            "move_directly", "direct_move", N_("Record the decision: move directly"),
            fields=RECEIVING,
        ),
        _decision("admit", "admitted", N_("Record the decision: admit to the pool"), is_way=True),
        Move(
            "withdraw", OPEN_TO_PERSON, "withdrawn", Duty.PROPOSER, N_("Withdraw the proposal"),
            fields=(REASONS,), is_way=False, also=(Duty.CHIEF,),
        ),
    ),
)  # fmt: skip
