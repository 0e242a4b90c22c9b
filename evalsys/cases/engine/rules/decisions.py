"""Collective decisions of a leading group: attendance, recusals, votes. Pure.

Two thirds of those entitled must be present, and a burdening decision needs more than half of all
entitled (regulation on the work of Party groups, 2019). Names and numbers are both entered, as in
the minutes: a slip in one shows in the other.
"""

import re
from collections.abc import Mapping
from typing import Any

from evalsys.cases.engine.rules.machine import Field, FieldKind
from evalsys.core.errors import N_, DomainError

LINE, NUMBER = FieldKind.LINE, FieldKind.NUMBER
IN_BRACKETS = re.compile(r"[(（][^)）]*[)）]")  # a post, or why somebody is absent
BETWEEN_NAMES = re.compile(r"[、,，;；\n]+")


REASONS = Field("reasons", N_("Reasons"))
DECIDER = Field("decider", N_("Decided by (name and post)"), LINE, is_outcome=True)
DOCUMENT = Field("document", N_("Number of the document"), LINE, is_outcome=True)
MEETING = (
    Field("entitled", N_("Members of the group"), NUMBER, low=3, high=50),
    Field("attendees", N_("Present (names)"), hint=N_("Separate the names by a comma.")),
    Field("recused", N_("Recused (names)"), LINE, is_required=False),
    Field("absent", N_("Absent (names)"), LINE, is_required=False),
    Field("present", N_("Present and not recused"), NUMBER, low=2, high=50),
    Field("in_favour", N_("Votes for"), NUMBER, high=50),
    Field("against", N_("Votes against"), NUMBER, high=50),
    Field("abstained", N_("Abstained"), NUMBER, high=50),
    REASONS,
    DECIDER,
    DOCUMENT,
)


def names_in(words: str) -> list[str]:
    """Return the names of a list, in order, without duplicates and brackets."""
    parts = (part.strip() for part in BETWEEN_NAMES.split(IN_BRACKETS.sub("", words)))
    return list(dict.fromkeys(part for part in parts if part))


def voters_in(entry: Mapping[str, Any]) -> list[str]:
    """Return the people present with a vote."""
    recused = names_in(entry.get("recused", ""))
    return [name for name in names_in(entry["attendees"]) if name not in recused]


def quorate(entry: Mapping[str, Any], _facts: Any = None) -> None:
    """Check attendance and votes, whatever the result.

    Raises DomainError.
    """
    voters, absent = voters_in(entry), names_in(entry.get("absent", ""))
    if twice := [name for name in voters if name in absent]:
        raise DomainError(N_("%(name)s is named as present and as absent."), name=twice[0])
    entitled, present = entry["entitled"], entry["present"]
    if len(voters) != present:
        raise DomainError(
            N_(
                "The names give %(names)s people who are present and not recused, the number says "
                "%(present)s."
            ),
            names=len(voters),
            present=present,
        )
    needed = -(-2 * entitled // 3)
    if not needed <= present <= entitled:
        raise DomainError(
            N_("At least two thirds of the group must be present: %(needed)s of %(entitled)s."),
            needed=needed,
            entitled=entitled,
        )
    if entry["in_favour"] + entry["against"] + entry["abstained"] != present:
        raise DomainError(
            N_("The votes must add up to the %(present)s people who were present."), present=present
        )


def collective(entry: Mapping[str, Any], _facts: Any = None) -> None:
    """Check a decision that was carried. Raises DomainError."""
    quorate(entry)
    if entry["in_favour"] * 2 <= entry["entitled"]:
        raise DomainError(
            N_("The decision needs more than half of the %(entitled)s votes."),
            entitled=entry["entitled"],
        )


def proposer_left_out(entry: Mapping[str, Any], facts: Any) -> None:
    """Raise DomainError if the proposer took part in the decision.

    Titles around the name are ignored.
    """
    if facts.proposer and any(facts.proposer in name for name in voters_in(entry)):
        raise DomainError(
            N_("%(name)s proposed this and may not be among those who decide."),
            name=facts.proposer,
        )
