"""The state machine of an objection to a conclusion of supervision. Pure.

Who was supervised may object within a term that runs from the receipt of the conclusion; it is
decided in another one, by somebody who took no part in it (regulation on government supervision,
article 17). It suspends nothing. A conclusion is upheld, changed, or revoked: then the answer is
checked and concluded anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalsys.cases.engine.rules.decisions import DECIDER, REASONS
from evalsys.cases.engine.rules.machine import Field, FieldKind, Machine, Move
from evalsys.core.errors import N_, DomainError
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters import limits

KIND = "objection"
REVIEW = limits.OBJECT_DECIDE.name
DECIDING = ("uphold", "change", "revoke")
REVIEW_IT = N_("Decide on the objection")


@dataclass(frozen=True)
class ObjectionFacts:
    """The facts of an objection: whether there is a lateness that counts."""

    is_late: bool = True


def is_left(entry: Mapping[str, Any], _facts: Any) -> None:
    """Raise DomainError if a conclusion that stands is to lose its lateness."""
    if entry.get("excused"):
        raise DomainError(N_("A conclusion that stands keeps its lateness."))


def is_there(entry: Mapping[str, Any], facts: ObjectionFacts) -> None:
    """Raise DomainError if there is no lateness that could be excused."""
    if entry.get("excused") and not facts.is_late:
        raise DomainError(N_("There is no lateness that counts."))


EXCUSED = Field(
    "excused",
    N_("The lateness no longer counts"),
    FieldKind.TICK,
    is_required=False,
    hint=N_("In the register and the archive the matter then counts as answered in time."),
)
DECISION = (EXCUSED, REASONS, DECIDER)


def _decision(move: str, target: str, label: str, *fields: Field, check: Any = is_there) -> Move:
    return Move(
        move, ("filed",), target, MatterDuty.OFFICE, label,
        fields=(*fields, *DECISION), meets=(REVIEW,), entry_checks=(check,), asks=REVIEW_IT,
        form="review", decides=True,
    )  # fmt: skip


OBJECTION = Machine(
    first="filed",
    opens=(REVIEW,),
    states={
        "filed": N_("Objection filed, to be decided"),
        "upheld": N_("Conclusion upheld"),
        "changed": N_("Conclusion changed"),
        "revoked": N_("Conclusion revoked, to be checked again"),
        "withdrawn": N_("Objection taken back"),
    },
    owners={REVIEW: MatterDuty.OFFICE},
    extensions={REVIEW: None},
    moves=(
        _decision("uphold", "upheld", N_("Uphold the conclusion"), check=is_left),
        _decision(
            "change", "changed", N_("Change the conclusion"),
            Field("conclusion", N_("The conclusion now says")),
        ),
        _decision("revoke", "revoked", N_("Revoke the conclusion")),
        Move(
            "withdraw", ("filed",), "withdrawn", MatterDuty.OBJECTOR, N_("Take the objection back"),
            fields=(Field("reasons", N_("Reasons"), is_required=False),), is_way=False,
        ),
    ),
    forms={"review": REVIEW_IT},
)  # fmt: skip
