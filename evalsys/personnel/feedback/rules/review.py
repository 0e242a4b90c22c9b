"""The state machine of a bad review (差评), from counting to the call back. Pure.

The section owns it, not the person rated: they are notified once it is classified, and may object
then. Two people decide whether the rating counts for the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evalsys.cases.engine.rules.machine import (
    BACK,
    Condition,
    Field,
    FieldKind,
    Machine,
    Move,
    day_of,
)
from evalsys.core.errors import N_, NP_, DomainError
from evalsys.personnel.duties import Duty
from evalsys.personnel.feedback.rules.categories import (
    ASIDES,
    ATTRIBUTIONS,
    CATEGORIES,
    COUNTING,
    REACHED,
    RESULTS,
    aside_of,
)

REVIEWER = "reviewer"  # the chief of another section, who decides an objection
LINE, TEXT, DAY, CHOICE = FieldKind.LINE, FieldKind.TEXT, FieldKind.DAY, FieldKind.CHOICE


@dataclass(frozen=True)
class ReviewFacts:
    """The facts of a bad review. `objection_ends` is None without a term.

    `proofs` counts the person's evidence. `is_called_before`: the rater was reached before
    counting; then the case has no day of a call.
    """

    today: date
    has_contact: bool = False
    is_contacted: bool = False
    has_objected: bool = False
    objection_ends: date | None = None
    proofs: int = 0
    is_called_before: bool = False


def left_contact(facts: ReviewFacts) -> bool:
    """Return whether the rater left a contact."""
    return facts.has_contact


def call_to_come(facts: ReviewFacts) -> bool:
    """Return whether the first call is up to the case: the rater was not reached before."""
    return facts.has_contact and not facts.is_called_before


def left_none(facts: ReviewFacts) -> bool:
    """Return whether the rater left no contact."""
    return not facts.has_contact


def may_object(facts: ReviewFacts) -> bool:
    """Return whether an objection is possible: one, while there is a term for it."""
    return facts.objection_ends is not None and not facts.has_objected


def rater_heard(facts: ReviewFacts) -> Condition:
    """Check that a rater with a contact was called before the classification."""
    if not facts.has_contact:
        return Condition(N_("The rater left no contact: nobody can be called"), holds=True)
    words = N_("The rater, who left a contact, was called")
    return Condition(words, facts.is_contacted or facts.is_called_before)


def objection_in_time(facts: ReviewFacts) -> Condition:
    """Check that the term for an objection runs."""
    end = facts.objection_ends or facts.today
    return Condition(
        N_("The term for an objection runs (until %(day)s)"), facts.today <= end, {"day": end}
    )


def proof_on_file(facts: ReviewFacts) -> Condition:
    """Check that the person has added evidence."""
    return Condition(N_("Evidence of the person is on file"), facts.proofs > 0)


def objection_over(facts: ReviewFacts) -> Condition:
    """Check that the person had the time to object."""
    end = facts.objection_ends
    return Condition(
        N_("The term for an objection is over, or there was one"),
        end is None or facts.has_objected or facts.today > end,
    )


def happened(entry: Mapping[str, Any], facts: ReviewFacts) -> None:
    """Raise DomainError if the recorded day is in the future."""
    if day_of(entry, "done_on") > facts.today:
        raise DomainError(N_("A record is written on the day itself or later, not before."))


def really_aside(entry: Mapping[str, Any], _facts: ReviewFacts) -> None:
    """Raise DomainError if the rating counts for the person."""
    if aside_of(entry["category"], entry["attribution"]) is None:
        raise DomainError(
            N_(
                "A justified review that is due to the person counts. Take the other step to "
                "classify it."
            )
        )


FINDING = Field("finding", N_("What was checked, and what was found"))
REASONS = Field("reasons", N_("Reasons"))
SAID = Field(
    "said",
    N_("What the rater said"),
    hint=N_("Leave out what tells who the rater is."),
    is_required=False,
)
DONE_ON = Field("done_on", N_("Day"), DAY)
CHANGE = Field(
    "change", N_("What has to change, in one line"), LINE, is_required=False,
    hint=N_(
        "If it is not due to the person, the supervision office gets this as a matter. Leave out "
        "what tells who was rated and who rated."
    ),
)  # fmt: skip
OFFICE = (Duty.PERSONNEL,)
OBJECTION = ("objection_wd",)

COUNTED = Field("category", N_("Category"), CHOICE, choices=COUNTING, is_outcome=True)
REVIEW = Machine(
    first="opened",
    opens=("rectify_wd",),
    states={
        "opened": NP_("review", "Opened"),
        "contacted": N_("Rater called"),
        "aside_proposed": N_("Proposed to be set aside"),
        "classified": N_("Classified"),
        "objected": N_("Objection, reviewers to be named"),
        "under_review": N_("Objection with another section"),
        "upheld": N_("Objection upheld"),
        "rectified": N_("Rectified"),
        "closed": NP_("review", "Closed"),
    },
    rights={"objection_wd": N_("The time for an objection is over")},
    owners={
        "contact_wd": Duty.PERSONNEL,
        "rectify_wd": Duty.CHIEF,
        "rectify_complex_wd": Duty.CHIEF,
        "objection_wd": Duty.PERSON,
        "objection_decide_wd": REVIEWER,
    },
    moves=(
        Move(
            "contact", ("opened",), "contacted", Duty.PERSONNEL, N_("Record the first call"),
            fields=(
                DONE_ON,
                Field("reached", N_("Was the rater reached"), CHOICE, choices=REACHED),
                SAID,
            ),
            entry_checks=(happened,), meets=("contact_wd",), also=(Duty.CHIEF,),
            applies=call_to_come,
        ),
        Move(
            "classify", ("opened", "contacted"), "classified", Duty.CHIEF,
            N_("Classify: due to the person"),
            fields=(COUNTED, FINDING),
            checks=(rater_heard,), starts=("objection_wd",), also=OFFICE,
            asks=N_("Classify the review"),
        ),
        Move(
            "classify_aside", ("opened", "contacted"), "aside_proposed", Duty.CHIEF,
            N_("Classify: does not count for the person"),
            fields=(
                Field("category", N_("Category"), CHOICE, choices=CATEGORIES, is_outcome=True),
                Field("attribution", N_("Due to"), CHOICE, choices=ATTRIBUTIONS, is_outcome=True),
                FINDING,
                CHANGE,
            ),
            checks=(rater_heard,), entry_checks=(really_aside,), is_way=False, also=OFFICE,
        ),
        Move(
            "set_aside", ("aside_proposed",), "classified", Duty.PERSONNEL,
            N_("Agree: set the rating aside"), fields=(REASONS,),
            asks=N_("Decide whether the rating counts"), decides=True,
        ),
        Move(
            "keep", ("aside_proposed",), "classified", Duty.PERSONNEL,
            N_("Do not agree: the rating counts"),
            fields=(COUNTED, REASONS),
            starts=("objection_wd",), is_way=False, decides=True,
        ),
        Move(
            "rectify", ("classified",), "rectified", Duty.CHIEF,
            N_("Record what was rectified or explained"),
            fields=(DONE_ON, Field("measures", N_("What was rectified or explained"))),
            entry_checks=(happened,), meets=("rectify_wd", "rectify_complex_wd"), also=OFFICE,
        ),
        Move(
            "object", ("classified", "rectified"), "objected", Duty.PERSON, N_("Object"),
            fields=(Field("objection", N_("What you object to, and why")),),
            checks=(objection_in_time, proof_on_file), meets=("objection_wd",),
            starts=("objection_decide_wd",), pauses=True, is_way=False, applies=may_object,
        ),
        Move(
            "name_reviewers", ("objected",), "under_review", Duty.PERSONNEL,
            N_("Give it to another section"),
            fields=(Field("section", N_("Code of the section that decides"), FieldKind.SECTION),),
        ),
        Move(
            "reject_objection", ("under_review",), BACK, REVIEWER, N_("Reject the objection"),
            fields=(REASONS,), meets=("objection_decide_wd",), resumes=True,
            asks=N_("Decide on the objection"),
        ),
        Move(
            "uphold_objection", ("under_review",), "upheld", REVIEWER,
            N_("Uphold the objection"),
            fields=(
                Field("aside", N_("Why the rating does not count"), CHOICE, choices=ASIDES),
                REASONS,
                CHANGE,
            ),
            meets=("objection_decide_wd",), is_way=False,
        ),
        Move(
            "set_aside_upheld", ("upheld",), BACK, Duty.PERSONNEL,
            N_("Set the rating aside as decided"),
            fields=(Field("remark", N_("Remark"), is_required=False),), resumes=True,
            decides=True,
        ),
        Move(
            "call_back", ("rectified",), "closed", Duty.PERSONNEL, N_("Record the call back"),
            fields=(
                DONE_ON, Field("result", N_("The rater is now"), CHOICE, choices=RESULTS), SAID,
            ),
            checks=(objection_over,), after=OBJECTION, entry_checks=(happened,), also=(Duty.CHIEF,),
            applies=left_contact,
        ),
        Move(
            "give_up", ("rectified",), "closed", Duty.PERSONNEL,
            N_("Close: the rater could not be reached"),
            fields=(
                Field("tries", N_("Days on which it was tried"), FieldKind.NUMBER, low=3, high=99),
                REASONS,
            ),
            checks=(objection_over,), is_way=False, applies=left_contact,
        ),
        Move(
            "close", ("rectified",), "closed", Duty.CHIEF, N_("Close"),
            fields=(Field("remark", N_("Remark"), is_required=False),),
            checks=(objection_over,), after=OBJECTION, also=OFFICE, applies=left_none,
        ),
    ),
)  # fmt: skip
