"""The state machine of a coordination: the head begins, decides, gives tasks. Pure.

The head of an organ takes a question up first, before any level below has passed it on. A decision
is followed by tasks, each a supervised matter with an owner and a day of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evalsys.cases.engine.rules.entries import BadEntry
from evalsys.cases.engine.rules.machine import (
    STAY,
    Field,
    FieldKind,
    Machine,
    Move,
    day_of,
)
from evalsys.core.errors import N_, DomainError
from evalsys.supervision.coordination import limits
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.rules import DEMAND, UNTIL

KIND = "coordination"
LONGEST_TITLE, LONGEST_NAMES = 120, 200  # characters of a title, of the names of conveners
DECIDE = limits.DECIDE.name
CONVENER = MatterDuty.CONVENER


@dataclass(frozen=True)
class CoordinationFacts:
    """The facts of a coordination: how many of its tasks are open."""

    today: date
    open_tasks: int = 0


def all_done(facts: CoordinationFacts | None) -> bool:
    """Return whether no task of the coordination is open."""
    return facts is None or facts.open_tasks == 0


def is_ahead(entry: Mapping[str, Any], facts: CoordinationFacts) -> None:
    """Raise DomainError unless the day of a task is still to come."""
    if day_of(entry, "until") <= facts.today:
        raise DomainError(N_("%(day)s is not ahead."), day=day_of(entry, "until"))


def fits(entry: Mapping[str, Any], _facts: CoordinationFacts) -> None:
    """Raise BadEntry for a title that is longer than that of a matter."""
    if len(entry["title"]) > LONGEST_TITLE:
        raise BadEntry(field=TITLE.label, problem=N_("This is too long"))


CALLED = Field(
    "called",
    N_("Called sections (codes)"),
    FieldKind.SECTIONS,
    hint=N_("Of any organ; separate the codes by spaces."),
)
TITLE = Field("title", N_("Task"), FieldKind.LINE)
OPEN = ("raised", "decided")

COORDINATION = Machine(
    first="raised",
    opens=(DECIDE,),
    states={
        "raised": N_("Taken up, to be decided"),
        "decided": N_("Decided, tasks in hand"),
        "closed": N_("Closed"),
        "withdrawn": N_("Taken back"),
    },
    owners={DECIDE: CONVENER},
    extensions={DECIDE: None},
    moves=(
        Move(
            "decide", ("raised",), "decided", CONVENER, N_("Decide the question"),
            fields=(
                Field("conclusion", N_("Decision")),
                Field("attendees", N_("Present (names)"), is_required=False,
                      hint=N_("Separate the names by a comma.")),
            ),
            meets=(DECIDE,),
        ),
        Move(
            "close", ("decided",), "closed", CONVENER, N_("Close the coordination"),
            fields=(Field("result", N_("What came of it")),), applies=all_done,
        ),
        Move(
            "task", ("decided",), STAY, CONVENER, N_("Give a task"),
            fields=(
                TITLE,
                Field("section", N_("Owning section (code)"), FieldKind.SECTION),
                Field("handler", N_("Responsible person (staff number)"), FieldKind.STAFF),
                Field("co_owners", N_("Co-owning sections (codes)"), FieldKind.SECTIONS,
                      is_required=False),
                DEMAND,
                UNTIL,
            ),
            is_way=False, entry_checks=(fits, is_ahead), page="coordination.task",
        ),
        Move(
            "study", ("decided",), STAY, CONVENER, N_("Have a question studied"),
            fields=(TITLE, DEMAND, Field("until", N_("Study until"), FieldKind.DAY)),
            is_way=False, entry_checks=(fits, is_ahead),
        ),
        Move(
            "form_force", ("decided",), STAY, CONVENER, N_("Set up a task force"),
            fields=(
                Field("force", N_("Name of the task force"), FieldKind.LINE),
                Field("members", N_("Members (staff numbers)"), FieldKind.LINE,
                      hint=N_("Separate the numbers by spaces; who was a member before stays only "
                              "if named again.")),
            ),
            is_way=False,
        ),
        Move(
            "call", OPEN, STAY, CONVENER, N_("Call further sections"), fields=(CALLED,),
            is_way=False,
        ),
        Move(
            "state", OPEN, STAY, MatterDuty.CALLED, N_("State the view of the section"),
            fields=(Field("says", N_("View of the section")),), is_way=False,
        ),
        Move(
            "note", ("decided",), STAY, MatterDuty.FORCE, N_("Note the progress"),
            fields=(Field("says", N_("How it goes")),), is_way=False,
        ),
        Move(
            "withdraw", ("raised",), "withdrawn", CONVENER, N_("Take the question back"),
            fields=(Field("reasons", N_("Reasons")),), is_way=False,
        ),
    ),
)  # fmt: skip
