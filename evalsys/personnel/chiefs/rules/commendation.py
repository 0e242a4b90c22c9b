"""The state machine of a chief's commendation. Pure.

Figures propose; the personnel office chooses by comparison, per period and within a quota; a second
person agrees before publication; the public may object; a named leader decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from evalsys.cases.engine.rules.decisions import DECIDER, DOCUMENT, REASONS
from evalsys.cases.engine.rules.machine import Condition, Field, FieldKind, Machine, Move, ran_out
from evalsys.core.errors import N_, DomainError, Joined
from evalsys.foundation.spreadsheets.words import COMMA
from evalsys.organisation.periods.rules import period_message
from evalsys.personnel.duties import Duty

LINE, PERIODS = FieldKind.LINE, FieldKind.PERIODS
# The states that take a place of the quota.
HOLDING = ("chosen", "on_notice", "objected", "commended")


@dataclass(frozen=True)
class CommendationFacts:
    """The facts of a commendation.

    `places` are the free places in the best published period; `full` its periods without a place.
    `is_published`: the newest published result of a period proposes it. Ends of terms are None if
    none runs or the clock is stopped.
    """

    today: date
    places: int
    notice_ends: date | None = None
    lapses_on: date | None = None
    is_published: bool = False
    full: tuple[str, ...] = ()


def published(facts: CommendationFacts) -> Condition:
    """Check that a second person has published a result that proposes it."""
    words = N_("A result that a second person has published proposes it")
    return Condition(words, facts.is_published)


def within_quota(facts: CommendationFacts) -> Condition:
    """Check that a published period has a free place; full periods are left out."""
    params = {"places": facts.places, "periods": _in_words(facts.full)}
    if not facts.full:
        words = N_("A published period that proposes it has a free place (%(places)s)")
    elif facts.places:
        words = N_(
            "A published period that proposes it has a free place (%(places)s); none is left in "
            "%(periods)s, and it goes on without"
        )
    else:
        words = N_(
            "A published period that proposes it has a free place: none is left in %(periods)s"
        )
    return Condition(words, facts.places > 0, params)


def _in_words(codes: Sequence[str]) -> Joined:
    return Joined(tuple(map(period_message, codes)), COMMA)


def full_left_out(entry: Mapping[str, Any], facts: CommendationFacts) -> None:
    """Raise DomainError unless the full periods are left out with a reason."""
    given = entry.get("left_out", "").split() if entry.get("left_out_reasons") else []
    if sorted(given) != sorted(facts.full):
        raise DomainError(
            N_("No place is left in %(periods)s: say why it goes on without, or wait."),
            periods=_in_words(facts.full),
        )


def not_lapsed(facts: CommendationFacts) -> Condition:
    """Check that the proposal has not lapsed."""
    if facts.lapses_on is None or facts.today <= facts.lapses_on:
        return Condition(N_("The proposal has not lapsed"), holds=True)
    words = N_("The proposal lapsed on %(day)s")
    return Condition(words, holds=False, params={"day": facts.lapses_on})


def lapsed(facts: CommendationFacts) -> Condition:
    """Check that the term of the proposal has run: from the day after its last."""
    words = N_("The term of the proposal has run (until %(day)s)")
    return ran_out(words, facts.lapses_on, lambda end: facts.today > end)


def notice_over(facts: CommendationFacts) -> Condition:
    """Check that the public notice has run: from the day after its last."""
    words = N_("The public notice has run its time (until %(day)s)")
    return ran_out(words, facts.notice_ends, lambda end: facts.today > end)


COMMENDATION = Machine(
    first="proposed",
    opens=("commend_lapse_d",),
    extensions={"commend_lapse_d": None},
    states={
        "proposed": N_("Proposed by the figures"),
        "chosen": N_("Chosen, a second person to agree"),
        "on_notice": N_("On public notice"),
        "objected": N_("Objection being examined"),
        "commended": N_("Commended"),
        "declined": N_("Not commended"),
        "withdrawn": N_("Public notice withdrawn"),
        "lapsed": N_("Proposal lapsed"),
    },
    rights={"commend_lapse_d": N_("The proposal has lapsed")},
    spans={"commend_notice_wd": N_("The public notice is over")},
    owners={"commend_lapse_d": Duty.PERSONNEL, "commend_notice_wd": Duty.PERSONNEL},
    moves=(
        Move(
            "choose", ("proposed",), "chosen", Duty.PERSONNEL, N_("Choose by comparison"),
            fields=(
                Field("deeds", N_("What is commended"), is_outcome=True),
                Field("where", N_("Where the notice is put up"), LINE),
                Field("contact", N_("Whom objections go to (office and telephone)"), LINE),
                Field("periods", N_("Commended for"), PERIODS, is_required=False),
                Field(
                    "left_out", N_("Without, since no place is left"), PERIODS, is_required=False
                ),
                Field("left_out_reasons", N_("Why without them"), is_required=False),
            ),
            checks=(published, within_quota, not_lapsed), entry_checks=(full_left_out,),
            page="chiefs.compare_case",
        ),
        Move(
            "publish_notice", ("chosen",), "on_notice", Duty.PERSONNEL,
            N_("Agree as a second person, and put on public notice"),
            checks=(published, not_lapsed),
            meets=("commend_lapse_d",), starts=("commend_notice_wd",),
            also=(Duty.LEADER,), page="chiefs.compare_case",
        ),
        Move(
            "put_back", ("chosen",), "proposed", Duty.PERSONNEL, N_("Do not agree to the choice"),
            fields=(REASONS,), is_way=False, also=(Duty.LEADER,),
        ),
        Move(
            "object", ("on_notice",), "objected", Duty.PERSONNEL, N_("Enter an objection"),
            fields=(
                Field("objection", N_("What the objection says")),
                Field("came_from", N_("From whom it came"), LINE, is_required=False),
            ),
            pauses=True, is_way=False,
        ),
        Move(
            "answer", ("objected",), "on_notice", Duty.PERSONNEL, N_("Answer the objection"),
            fields=(Field("finding", N_("What was checked, and what was found")),),
            resumes=True,
        ),
        Move(
            "commend", ("on_notice",), "commended", Duty.LEADER, N_("Commend"),
            fields=(DECIDER, DOCUMENT, REASONS),
            checks=(published, notice_over), meets=("commend_notice_wd",),
            asks=N_("Decide on the commendation"),
        ),
        Move(
            "withdraw", ("on_notice", "objected"), "withdrawn", Duty.PERSONNEL,
            N_("Withdraw the public notice"), fields=(REASONS,), is_way=False,
        ),
        Move(
            "lapse", ("proposed", "chosen"), "lapsed", Duty.PERSONNEL, N_("Let the proposal lapse"),
            checks=(lapsed,), meets=("commend_lapse_d",), after=("commend_lapse_d",),
            is_way=False,
        ),
        Move(
            "decline", ("proposed", "chosen", "on_notice", "objected"), "declined", Duty.LEADER,
            N_("Do not commend"), fields=(REASONS, DECIDER), is_way=False,
        ),
    ),
)  # fmt: skip
