"""The receipt of a conclusion on paper, by who had no account to open it. Pure.

`facts` are those of the matter, in whose rules the move stands.
"""

from collections.abc import Mapping
from typing import Any

from evalsys.cases.engine.rules.entries import BadEntry
from evalsys.cases.engine.rules.machine import STAY, Field, FieldKind, Move, day_of
from evalsys.core.errors import N_
from evalsys.supervision.duties import MatterDuty

RECEIPT = "note_receipt"
RECEIVED = Field(
    "received_on",
    N_("Day on the signed receipt"),
    FieldKind.DAY,
    hint=N_("The term for an objection runs from this day. The scan of the receipt goes below."),
)


def awaits_receipt(facts: Any) -> bool:
    """Return whether there is a conclusion that its section has not received yet."""
    if facts is None:
        return True
    return facts.concluded_on is not None and not facts.is_received


def was_handed_over(entry: Mapping[str, Any], facts: Any) -> None:
    """Raise BadEntry unless the day of a receipt lies between the conclusion and today."""
    day = day_of(entry, RECEIVED.name)
    if day > facts.today:
        problem = N_("The day on the receipt is still to come.")
        raise BadEntry(field=RECEIVED.label, problem=problem)
    if facts.concluded_on is not None and day < facts.concluded_on:
        problem = N_("The conclusion is of %(day)s: it was not received before.")
        raise BadEntry(field=RECEIVED.label, problem=problem, day=facts.concluded_on)


NOTE_RECEIPT = Move(
    RECEIPT,
    ("closed",),
    STAY,
    MatterDuty.OFFICE,
    N_("Record the receipt on paper"),
    fields=(RECEIVED,),
    entry_checks=(was_handed_over,),
    applies=awaits_receipt,
    is_way=False,
    is_note=True,
)
