"""What a hotline ticket holds, what a call-back says, and what of it is not kept. Pure."""

import re
from dataclasses import astuple, dataclass
from datetime import date
from enum import StrEnum

from evalsys.cases.engine.rules.machine import LONGEST
from evalsys.cases.engine.rules.phones import without_phones
from evalsys.core.errors import N_, DomainError

LONGEST_NUMBER, LONGEST_CATEGORY, LONGEST_TITLE = 60, 80, 120
LONGEST_SAYS = LONGEST
SHOWN_HEAD, SHOWN_TAIL = 6, 4  # characters of a masked identity number
# The check of its last character is left out: a mistyped number is a number as well.
IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{6}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])", re.ASCII)


class Satisfaction(StrEnum):
    """How satisfied a caller is, as asked in a call-back."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    BASICALLY = "basically"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"


SATISFACTIONS = {
    Satisfaction.VERY_SATISFIED: N_("Very satisfied"),
    Satisfaction.SATISFIED: N_("Satisfied"),
    Satisfaction.BASICALLY: N_("Basically satisfied"),
    Satisfaction.DISSATISFIED: N_("Dissatisfied"),
    Satisfaction.VERY_DISSATISFIED: N_("Very dissatisfied"),
}
CONTENT = (Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED, Satisfaction.BASICALLY)
CALLED_TOO_EARLY = N_("The ticket had not been received yet on this day.")
NOBODY_REACHED = N_("Nobody was reached: then there is no answer.")


@dataclass(frozen=True)
class CallBack:
    """What a call-back says; None is what was not asked."""

    called_on: date | None = None
    is_reached: bool | None = None
    in_limit: bool | None = None  # the organ contacted the caller within the limit
    is_solved: bool | None = None
    satisfaction: Satisfaction | None = None

    @property
    def mark(self) -> str:
        """What a form carries to tell whether another call-back came meanwhile; "" of nothing."""
        said = astuple(self)
        return "|".join(map(str, said)) if any(one is not None for one in said) else ""

    @property
    def has_answers(self) -> bool:
        """Whether the caller answered anything."""
        return any(one is not None for one in (self.in_limit, self.is_solved, self.satisfaction))


class NewerCall(DomainError):
    """Another call-back was entered since the form was opened."""

    message = N_("Another call-back was entered meanwhile: look at it, then store yours again.")


class BadCallDay(DomainError):
    """The day of a call-back is to come, or before the ticket was received."""


def check_call(call: CallBack, received_on: date, on: date) -> None:
    """Raise DomainError for answers of nobody, BadCallDay for a day on which nobody called."""
    if call.is_reached is False and call.has_answers:
        raise DomainError(NOBODY_REACHED)
    if call.called_on is not None and call.called_on > on:
        raise BadCallDay(N_("A record is written on the day itself or later, not before."))
    if call.called_on is not None and call.called_on < received_on:
        raise BadCallDay(CALLED_TOO_EARLY)


@dataclass(frozen=True)
class TicketEntry:
    """A ticket as the hotline tells it; neither name nor number of the caller is taken.

    `is_open` is None if the hotline does not say: a new ticket is open, a known one as it was.
    """

    number: str
    organ_id: int
    received_on: date
    title: str
    says: str = ""
    category: str | None = None
    answer_by: date | None = None
    is_open: bool | None = None
    called_on: date | None = None
    is_reached: bool | None = None
    in_limit: bool | None = None
    is_solved: bool | None = None
    satisfaction: Satisfaction | None = None


def without_persons(text: str) -> str:
    """Hide the middle of phone and identity numbers in a text."""
    hidden = IDENTITY.sub(
        lambda found: f"{found[0][:SHOWN_HEAD]}********{found[0][-SHOWN_TAIL:]}", text
    )
    return without_phones(hidden)
