"""The state machine of a stay in the pool (不胜任工作人员池). Pure.

Three months, one extension; two kinds of training, a mentor, an assessment; then other work, or a
legal measure. Illness, maternity and investigations stop the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from evalsys.cases.engine.rules.decisions import (
    DECIDER,
    DOCUMENT,
    MEETING,
    REASONS,
    collective,
    proposer_left_out,
)
from evalsys.cases.engine.rules.machine import (
    BACK,
    Condition,
    Field,
    FieldKind,
    Machine,
    Move,
    day_of,
    ran_out,
)
from evalsys.core.errors import N_, NP_, DomainError
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool.rules.returns import RECEIVING
from evalsys.personnel.remedies.rules import MEASURES as ALL_MEASURES

MENTOR = "mentor"  # the duty of a stay's mentor
LINE, DAY, NUMBER = FieldKind.LINE, FieldKind.DAY, FieldKind.NUMBER
PASS = 60  # points in each criterion

CRITERIA = {
    "learning": N_("Learning"),
    "thinking": N_("Thinking"),
    "organising": N_("Organising"),
    "executing": N_("Executing"),
}
# The result of an assessment, by move.
RESULTS = {
    "pass": NP_("sheet", "passed"),
    "fail": NP_("sheet", "failed"),
    "fail_again": NP_("sheet", "failed again"),
}
MEASURES = {name: words for name, words in ALL_MEASURES.items() if name != "none"}
SUSPENSIONS = {
    "medical": N_("Medical treatment"),
    "maternity": N_("Pregnancy, maternity or nursing"),
    "investigation": N_("An investigation is under way"),
}


class TrainingKind(StrEnum):
    """The kinds of training."""

    STUDY = "study"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True)
class StayFacts:
    """The facts of a stay. `units_done` and `notes` are of the current term.

    `ends` is the last day of the stay or its extension, `left` the working days until then, of
    which the last `lead` are for the assessment; None while the clock is stopped. `status` is the
    msgid of what protects the person today, or "".
    """

    today: date
    units_done: int = 0
    notes: int = 0
    was_extended: bool = False
    ends: date | None = None
    left: int = 0
    lead: int = 0
    recheck_ends: date | None = None
    passed_on: date | None = None
    status: str = ""
    proposer: str = ""


def trained(facts: StayFacts) -> Condition:
    """Check that a unit of training has a result."""
    words = N_("At least one unit of training with a result (now %(units)s)")
    return Condition(words, facts.units_done > 0, {"units": facts.units_done})


def accompanied(facts: StayFacts) -> Condition:
    """Check that the mentor has written a note."""
    words = N_("At least one note of the mentor (now %(notes)s)")
    return Condition(words, facts.notes > 0, {"notes": facts.notes})


def had_time(facts: StayFacts) -> Condition:
    """Check that the term has run, except for the days of the assessment."""
    words = N_("The time in the pool has run (until %(day)s, the assessment in its last days)")
    return ran_out(words, facts.ends, lambda _end: facts.left <= facts.lead)


def not_protected(facts: StayFacts) -> Condition:
    """Check that no status protects the person: illness or maternity (article 89)."""
    words = facts.status or N_("No protected status (illness, maternity)")
    return Condition(words, not facts.status)


def first_time(facts: StayFacts) -> Condition:
    """Check that the stay was not extended."""
    return Condition(N_("The stay was not extended before"), not facts.was_extended)


def second_time(facts: StayFacts) -> Condition:
    """Check that the stay was extended."""
    return Condition(N_("The stay was extended once"), facts.was_extended)


def recheck_over(facts: StayFacts) -> Condition:
    """Check that the trial period in the new post has run."""
    words = N_("The time of trial in the new post has run (until %(day)s)")
    return ran_out(words, facts.recheck_ends, lambda end: facts.today >= end)


def after_assessment(entry: Mapping[str, Any], facts: StayFacts) -> None:
    """Raise DomainError if the post begins before the assessment was passed."""
    if facts.passed_on is not None and day_of(entry, "starts_on") < facts.passed_on:
        raise DomainError(
            N_("The first day there is before the assessment was passed (%(day)s)."),
            day=facts.passed_on,
        )


def reaches(entry: Mapping[str, Any], _facts: Any) -> None:
    """Raise DomainError unless each criterion reaches PASS."""
    if any(entry[name] < PASS for name in CRITERIA):
        raise DomainError(N_("To pass, each criterion needs at least %(line)s points."), line=PASS)


def misses(entry: Mapping[str, Any], _facts: Any) -> None:
    """Raise DomainError if each criterion reaches PASS."""
    if all(entry[name] >= PASS for name in CRITERIA):
        raise DomainError(
            N_("Each criterion reaches %(line)s points: this is a passed assessment."), line=PASS
        )


def lawful(entry: Mapping[str, Any], _facts: Any) -> None:
    """Raise DomainError for a dismissal unless the person refuses other work."""
    if entry["measure"] == "dismissal_advice" and not entry.get("refuses"):
        raise DomainError(N_("Dismissal may be advised only if the person refuses other work."))


ASSESSMENT = (
    *(Field(name, words, NUMBER, high=100) for name, words in CRITERIA.items()),
    Field("mentor_opinion", N_("Opinion of the mentor")),
    Field("conclusion", N_("Conclusion")),
    Field("assessors", N_("Assessors (names)"), LINE),
)
RUNNING = ("handover", "in_training", "extended", "assessing", "failed", "failed_again")

POOL = Machine(
    first="handover",
    opens=("handover_d",),
    # Extended once, by a decision only.
    extensions=dict.fromkeys(("pool_months", "extension_months", "recheck_months")),
    states={
        "handover": N_("Handing over the post"),
        "in_training": N_("In training"),
        "assessing": N_("Being assessed"),
        "passed": N_("Passed, post awaited"),
        "failed": N_("Failed the first time"),
        "extended": N_("Extended"),
        "failed_again": N_("Failed again"),
        "measured": N_("Measure decided"),
        "reassigned": N_("Reassigned, on trial"),
        "settled": N_("Settled in the new post"),
        "suspended": N_("Suspended"),
    },
    spans={"recheck_months": N_("The time of trial is over")},
    owners={
        "handover_d": Duty.PERSON,
        "pool_months": Duty.PERSONNEL,
        "extension_months": Duty.PERSONNEL,
        "assess_wd": Duty.PERSONNEL,
        "decide_wd": Duty.LEADER,
        "reassign_wd": Duty.PERSONNEL,
        "recheck_months": Duty.PERSONNEL,
    },
    moves=(
        Move(
            "plan", ("handover",), "in_training", Duty.PERSONNEL, N_("Begin the training"),
            fields=(
                Field("handed_over", N_("What was handed over, to whom")),
                Field("mentor", N_("Staff number of the mentor"), FieldKind.STAFF),
                Field("goals", N_("Goals of the individual plan")),
                Field("study", N_("Study and improvement")),
                Field("enterprise", N_("Enterprise immersion training"), is_required=False),
            ),
            checks=(not_protected,), meets=("handover_d",), starts=("pool_months",),
        ),
        Move(
            "begin_assessment", ("in_training", "extended"), "assessing", Duty.PERSONNEL,
            N_("Begin the assessment"), checks=(trained, accompanied, had_time, not_protected),
            meets=("pool_months", "extension_months"), starts=("assess_wd",),
        ),
        Move(
            "pass", ("assessing",), "passed", Duty.PERSONNEL, N_("Assessment: passed"),
            fields=ASSESSMENT, entry_checks=(reaches,), meets=("assess_wd",),
            starts=("reassign_wd",), asks=N_("Finish the assessment"),
        ),
        Move(
            "fail", ("assessing",), "failed", Duty.PERSONNEL, N_("Assessment: failed"),
            fields=ASSESSMENT, checks=(first_time, not_protected), entry_checks=(misses,),
            meets=("assess_wd",), starts=("decide_wd",), is_way=False,
        ),
        Move(
            "extend", ("failed",), "extended", Duty.LEADER, N_("Extend the stay once"),
            fields=(REASONS, DECIDER, DOCUMENT), checks=(not_protected,), meets=("decide_wd",),
            starts=("extension_months",), asks=N_("Decide on an extension"),
        ),
        Move(
            "fail_again", ("assessing",), "failed_again", Duty.PERSONNEL,
            N_("Assessment: failed again"), fields=ASSESSMENT,
            checks=(second_time, not_protected),
            entry_checks=(misses,), meets=("assess_wd",), starts=("decide_wd",), is_way=False,
        ),
        Move(
            "measure", ("failed_again",), "measured", Duty.LEADER, N_("Record the measure"),
            fields=(
                Field(
                    "measure", N_("Measure"), FieldKind.CHOICE, choices=MEASURES, is_outcome=True,
                ),
                Field("refuses", N_("Refuses other work"), FieldKind.TICK, is_required=False),
                *MEETING,
            ),
            checks=(not_protected,), entry_checks=(collective, proposer_left_out, lawful),
            meets=("decide_wd",),
        ),
        Move(
            "reassign", ("passed",), "reassigned", Duty.PERSONNEL, N_("Reassign"),
            fields=(*RECEIVING, DOCUMENT), entry_checks=(after_assessment,),
            meets=("reassign_wd",), starts=("recheck_months",),
        ),
        Move(
            "settle", ("reassigned",), "settled", Duty.PERSONNEL, N_("Close: settled"),
            fields=(Field("finding", N_("How the person does in the new post")),),
            checks=(recheck_over,), meets=("recheck_months",),
        ),
        Move(
            "suspend", RUNNING, "suspended", Duty.PERSONNEL, N_("Suspend"),
            fields=(
                Field(
                    "cause", N_("Cause"), FieldKind.CHOICE, choices=SUSPENSIONS, is_outcome=True,
                ),
                REASONS,
            ),
            pauses=True, is_way=False,
        ),
        Move(
            "resume", ("suspended",), BACK, Duty.PERSONNEL, NP_("stay", "Go on"),
            fields=(REASONS,), resumes=True,
        ),
    ),
)  # fmt: skip
