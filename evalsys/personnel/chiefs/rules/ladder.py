"""The state machine of a low-scoring chief. Pure.

Rungs (2022 rules on cadres moving up and down; seed article A3): interview, admonition advice,
adjustment advice. Each requires its own low period directly after the last, and is decided by a
named person. The table has no move that skips a rung.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from evalsys.cases.engine.rules.decisions import (
    DECIDER,
    DOCUMENT,
    MEETING,
    REASONS,
    collective,
    quorate,
)
from evalsys.cases.engine.rules.machine import (
    Appointment,
    Condition,
    Field,
    FieldKind,
    Machine,
    Move,
    day_of,
    ran_out,
)
from evalsys.core.errors import N_, DomainError
from evalsys.organisation.periods.rules import PeriodSpan, previous
from evalsys.personnel.duties import Duty
from evalsys.personnel.remedies.rules import MEASURES as ALL_MEASURES

LINE, DAY = FieldKind.LINE, FieldKind.DAY


@dataclass(frozen=True)
class LadderFacts:
    """The facts of a chief's case. `next_low` is the code of `next_low`, or "".

    `since` is the day of the last talk or measure, None before the first. `is_published`: the
    newest published result of a period is low. Ends of terms are None while the clock is stopped.
    """

    today: date
    earliest_interview: date
    is_published: bool = False
    next_low: str = ""
    since: date | None = None
    called_for: date | None = None
    follow_up_ends: date | None = None
    effect_ends: date | None = None


def next_low(lows: Sequence[PeriodSpan], since: date | None) -> PeriodSpan | None:
    """Return the low period on which the next rung may rest, or None.

    It directly follows a low period of its kind. It did not end before `since`, the day of the last
    talk or measure, so the chief could act on it. It overlaps no period that did, so a half-year
    does not count its first quarter again.
    """
    if since is None:
        return None
    codes = {low.code for low in lows}
    answered = max((low.ends_on for low in lows if low.ends_on < since), default=date.min)
    fresh = [low for low in lows if low.ends_on >= since and low.starts_on > answered]
    follows = [low for low in fresh if previous(low).code in codes]
    return min(follows, key=lambda low: (low.ends_on, low.days), default=None)


def new_low_period(facts: LadderFacts) -> Condition:
    """Check for a further low period, directly after the last, ended after the last measure."""
    if facts.since is None:
        return Condition(N_("A talk or a measure that came first"), holds=False)
    return Condition(
        N_("A further low period directly after the last one, not ended before %(day)s"),
        bool(facts.next_low),
        {"day": facts.since},
    )


def published(facts: LadderFacts) -> Condition:
    """Check that a second person has published the low result."""
    words = N_("The low score stands in a result that a second person has published")
    return Condition(words, facts.is_published)


def follow_up_over(facts: LadderFacts) -> Condition:
    """Check that the follow-up has run."""
    words = N_("The follow-up has run its time (until %(day)s)")
    return ran_out(words, facts.follow_up_ends, lambda end: facts.today >= end)


def effect_over(facts: LadderFacts) -> Condition:
    """Check that the effect of an admonition has run out."""
    words = N_("The effect of the admonition has run out (%(day)s)")
    return ran_out(words, facts.effect_ends, lambda end: facts.today >= end)


def in_time(entry: Mapping[str, Any], facts: LadderFacts) -> None:
    """Raise DomainError if the interview is before its notice has run."""
    if day_of(entry, "held_on") < facts.earliest_interview:
        raise DomainError(
            N_("The interview must be on %(day)s or later: the notice comes first."),
            day=facts.earliest_interview,
        )


def held(entry: Mapping[str, Any], facts: LadderFacts) -> None:
    """Raise DomainError if the recorded talk was not held yet."""
    day = day_of(entry, "held_on")
    if day > facts.today or (facts.called_for is not None and day < facts.called_for):
        raise DomainError(
            N_("The interview was called for %(day)s. It is recorded when it was held."),
            day=facts.called_for or facts.today,
        )


def burdens_carried(entry: Mapping[str, Any], facts: Any) -> None:
    """Check a vote: an adjustment needs a majority, no adjustment does not."""
    check = quorate if entry["measure"] == "none" else collective
    check(entry, facts)


MEASURES = {name: ALL_MEASURES[name] for name in ("none", "transfer", "removal", "demotion")}

LADDER = Machine(
    first="low_score",
    opens=("verify_low_wd",),
    extensions={"admonition_months": None},
    states={
        "low_score": N_("Low score, to be verified"),
        "verified": N_("Verified"),
        "unfounded": N_("Unfounded, closed"),
        "noticed": N_("Interview called"),
        "interviewed": N_("Interviewed, plan awaited"),
        "plan_filed": N_("Plan filed"),
        "follow_up": N_("Follow-up"),
        "closed": N_("Improved, closed"),
        "repeated": N_("Low again"),
        "admonition_advised": N_("Admonition advised"),
        "admonished": N_("Admonished"),
        "repeated_again": N_("Low a third time"),
        "adjustment_advised": N_("Adjustment advised"),
        "decided": N_("Decided by the Party group"),
    },
    spans={
        "follow_up_d": N_("The follow-up is over"),
        "admonition_months": N_("The effect of the admonition is over"),
    },
    appointments={
        "noticed": Appointment("notice", N_("Come to the interview"), "held_on", "hour", "place"),
    },
    owners={
        "verify_low_wd": Duty.PERSONNEL,
        "plan_wd": Duty.PERSON,
        "follow_up_d": Duty.PERSONNEL,
        "admonition_months": Duty.PERSONNEL,
        "decide_wd": Duty.LEADER,
    },
    moves=(
        Move(
            "verify", ("low_score",), "verified", Duty.PERSONNEL, N_("Verify the low score"),
            fields=(Field("finding", N_("What was checked, and what was found")),),
            meets=("verify_low_wd",), asks=N_("Verify the low score"),
        ),
        Move(
            "drop", ("low_score",), "unfounded", Duty.PERSONNEL, N_("Close as unfounded"),
            fields=(REASONS,), meets=("verify_low_wd",), is_way=False,
        ),
        Move(
            "notice", ("verified",), "noticed", Duty.PERSONNEL, N_("Call the interview"),
            fields=(
                Field("held_on", N_("Day of the interview"), DAY),
                Field("hour", N_("Time"), LINE),
                Field("place", N_("Place"), LINE),
                Field("interviewer", N_("Interviewer (name and post)"), LINE),
                Field("matter", N_("What it is about")),
            ),
            checks=(published,), entry_checks=(in_time,),
        ),
        Move(
            "interview", ("noticed",), "interviewed", Duty.PERSONNEL, N_("Record the interview"),
            fields=(
                Field("held_on", N_("Day of the interview"), DAY),
                Field("place", N_("Place"), LINE),
                Field("interviewer", N_("Interviewer (name and post)"), LINE),
                Field("recorder", N_("Recorder"), LINE),
                Field("reason", N_("Reason that was stated")),
                Field("explanation", N_("The chief's own explanation")),
                Field("requirements", N_("Requirements")),
                Field("commitment", N_("Commitment of the chief")),
                Field("signed", N_("Both sides have signed"), FieldKind.TICK),
            ),
            entry_checks=(held,), starts=("plan_wd",),
        ),
        Move(
            "file_plan", ("interviewed",), "plan_filed", Duty.PERSON, N_("File the plan"),
            fields=(Field("plan", N_("Measures, who, until when")),), meets=("plan_wd",),
        ),
        Move(
            "follow", ("plan_filed",), "follow_up", Duty.PERSONNEL, N_("Accept the plan"),
            fields=(Field("remark", N_("Remark"), is_required=False),), starts=("follow_up_d",),
        ),
        Move(
            "send_back", ("plan_filed",), "interviewed", Duty.PERSONNEL, N_("Send the plan back"),
            fields=(REASONS,), starts=("plan_wd",), is_way=False,
        ),
        Move(
            "close", ("follow_up",), "closed", Duty.PERSONNEL, N_("Close as improved"),
            fields=(Field("outcome", N_("What has improved"), is_outcome=True), DECIDER),
            checks=(follow_up_over,), meets=("follow_up_d",), asks=N_("Close the follow-up"),
        ),
        Move(
            "repeat", ("follow_up",), "repeated", Duty.PERSONNEL, N_("Note a second low period"),
            fields=(Field("finding", N_("What was checked, and what was found")),),
            checks=(new_low_period,), meets=("follow_up_d",), is_way=False,
        ),
        Move(
            "advise_admonition", ("repeated",), "admonition_advised", Duty.PERSONNEL,
            N_("Advise an admonition"), fields=(REASONS,), starts=("decide_wd",),
        ),
        Move(
            "admonish", ("admonition_advised",), "admonished", Duty.LEADER, N_("Admonish"),
            fields=(REASONS, DECIDER, DOCUMENT), meets=("decide_wd",),
            starts=("admonition_months",), asks=N_("Decide on the admonition"),
        ),
        Move(
            "decline_admonition", ("admonition_advised",), "follow_up", Duty.LEADER,
            N_("Decline the advice"), fields=(REASONS, DECIDER), meets=("decide_wd",),
            starts=("follow_up_d",), is_way=False,
        ),
        Move(
            "end_effect", ("admonished",), "closed", Duty.PERSONNEL,
            N_("Close: the effect is over"),
            fields=(Field("outcome", N_("What has improved"), is_outcome=True),),
            checks=(effect_over,), meets=("admonition_months",),
            asks=N_("Close the case, as the effect is over"),
        ),
        Move(
            "repeat_again", ("admonished",), "repeated_again", Duty.PERSONNEL,
            N_("Note a third low period"),
            fields=(Field("finding", N_("What was checked, and what was found")),),
            checks=(new_low_period,), is_way=False,
        ),
        Move(
            "advise_adjustment", ("repeated_again",), "adjustment_advised", Duty.PERSONNEL,
            N_("Advise an adjustment"), fields=(REASONS,), starts=("decide_wd",),
        ),
        Move(
            "decide", ("adjustment_advised",), "decided", Duty.LEADER,
            N_("Record the decision of the Party group"),
            fields=(
                Field(
                    "measure", N_("Decision"), FieldKind.CHOICE, choices=MEASURES, is_outcome=True,
                ),
                *MEETING,
            ),
            entry_checks=(burdens_carried,), meets=("decide_wd",),
        ),
    ),
)  # fmt: skip
