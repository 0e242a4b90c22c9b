"""Rules of large exports, which a second person approves before they are written. Pure."""

from datetime import date
from enum import StrEnum

from evalsys.core.errors import N_, DomainError

MANY = 200  # people in a workbook above which it needs a second person
WAITS = 30  # days until a request expires
HOLDS = 7  # days until an approval expires, the last one inclusive


class ExportState(StrEnum):
    """The state of a request. TAKEN: written at least once; repeatable until the approval expires.

    EXPIRED is never stored but derived from the date.
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
    """Return whether a workbook with this many people needs a second person."""
    return persons > MANY


def refuse_many(persons: int) -> None:
    """Raise DomainError if the people exported in a period exceed MANY."""
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
    """Raise DomainError if the people whose cases were exported in a year exceed MANY."""
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
    """Return the state of a request on a day."""
    return ExportState.EXPIRED if stored in LAPSING and valid_until < on else stored


def check_step(state: ExportState, step: ExportState) -> None:
    """Raise DomainError unless a request may go from one state to the other."""
    if step not in TRANSITIONS[state]:
        raise DomainError(N_("This request was decided or has expired meanwhile."))
