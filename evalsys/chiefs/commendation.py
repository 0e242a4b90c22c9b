"""Commendation of a chief: a table of moves. Pure.

The figures propose, the public may object, a named leader decides, within a quota.
"""

from dataclasses import dataclass
from datetime import date

from evalsys.cases.decisions import DECIDER, DOCUMENT, REASONS
from evalsys.cases.rules import Condition, Duty, Field, FieldKind, Machine, Move, ran_out
from evalsys.core.errors import N_

LINE = FieldKind.LINE


@dataclass(frozen=True)
class CommendationFacts:
    """What the rules need to know about a commendation. `places` are free in the quota."""

    today: date
    places: int
    notice_ends: date | None


def within_quota(facts: CommendationFacts) -> Condition:
    """The quota of the period has a place."""
    return Condition(
        N_("The quota of the period has a free place (%(places)s)"),
        facts.places > 0,
        {"places": facts.places},
    )


def notice_over(facts: CommendationFacts) -> Condition:
    """The public notice has run its time: the day after its last one."""
    words = N_("The public notice has run its time (until %(day)s)")
    return ran_out(words, facts.notice_ends, lambda end: facts.today > end)


COMMENDATION = Machine(
    first="proposed",
    states={
        "proposed": N_("Proposed by the figures"),
        "on_notice": N_("On public notice"),
        "objected": N_("Objection being examined"),
        "commended": N_("Commended"),
        "declined": N_("Not commended"),
    },
    spans={"commend_notice_wd": N_("The public notice is over")},
    owners={"commend_notice_wd": Duty.PERSONNEL},
    moves=(
        Move(
            "publish_notice", ("proposed",), "on_notice", Duty.PERSONNEL,
            N_("Put on public notice"),
            fields=(
                Field("deeds", N_("What is commended")),
                Field("where", N_("Where the notice is put up"), LINE),
                Field("contact", N_("Whom objections go to (office and telephone)"), LINE),
            ),
            checks=(within_quota,), starts=("commend_notice_wd",),
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
            checks=(notice_over,), meets=("commend_notice_wd",),
            asks=N_("Decide on the commendation"),
        ),
        Move(
            "decline", ("proposed", "on_notice", "objected"), "declined", Duty.LEADER,
            N_("Do not commend"), fields=(REASONS, DECIDER), is_way=False,
        ),
    ),
)  # fmt: skip
