"""Rules of workbooks that name many people: another person agrees before there is a file. Pure."""

from datetime import date
from enum import StrEnum

from evalsys.core.errors import N_, DomainError

MANY = 200  # people whom a workbook may name before it needs a second person
WAITS = 30  # days that a request waits for somebody
HOLDS = 7  # days for which an agreement holds, the last one included


class ExportState(StrEnum):
    """Where a request stands. TAKEN: made at least once, and while it holds it may be again.

    EXPIRED is never stored: the calendar says it.
    """

    WAITING = "waiting"
    AGREED = "agreed"
    REFUSED = "refused"
    TAKEN = "taken"
    EXPIRED = "expired"


LAPSING = frozenset({ExportState.WAITING, ExportState.AGREED, ExportState.TAKEN})
HELD = frozenset({ExportState.AGREED, ExportState.TAKEN})

TRANSITIONS: dict[ExportState, frozenset[ExportState]] = {
    ExportState.WAITING: frozenset({ExportState.AGREED, ExportState.REFUSED}),
    ExportState.AGREED: frozenset({ExportState.TAKEN}),
    ExportState.TAKEN: frozenset({ExportState.TAKEN}),
    ExportState.REFUSED: frozenset(),
    ExportState.EXPIRED: frozenset(),
}


NOT_AS_AGREED = N_(
    "What was asked for has changed since: other results, other people or another role. "
    "Please ask again."
)


def is_large(persons: int) -> bool:
    """Return whether a workbook that names so many people needs a second person."""
    return persons > MANY


def refuse_many(persons: int) -> None:
    """Raise DomainError if somebody would have so many people that one is not enough."""
    if is_large(persons):
        raise DomainError(
            N_(
                "With this workbook you would have taken figures of %(persons)s people of the "
                "period. Above %(most)s another person agrees first: ask for it from the page."
            ),
            persons=persons,
            most=MANY,
            status=403,
        )


def refuse_many_cases(persons: int, taken: int) -> None:
    """Raise DomainError if somebody would have the cases of so many people in a year."""
    if is_large(taken):
        raise DomainError(
            N_(
                "This workbook would name %(persons)s people, and with the registers of cases that "
                "you have taken this year you would have %(taken)s: %(most)s is the most for one "
                "person. Choose fewer days or a section, or let another person of the personnel "
                "office take it."
            ),
            persons=persons,
            taken=taken,
            most=MANY,
            status=422,
        )


def state_on(stored: ExportState, valid_until: date, on: date) -> ExportState:
    """Return where a request stands on a day."""
    return ExportState.EXPIRED if stored in LAPSING and valid_until < on else stored


def check_step(state: ExportState, step: ExportState) -> None:
    """Raise DomainError if a request in a state cannot take the step."""
    if step not in TRANSITIONS[state]:
        raise DomainError(N_("This request was decided or has expired meanwhile."))
