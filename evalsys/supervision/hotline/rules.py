"""What a hotline ticket holds, and what of it is not kept. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from evalsys.cases.engine.rules.machine import LONGEST
from evalsys.cases.engine.rules.phones import without_phones

LONGEST_NUMBER, LONGEST_CATEGORY, LONGEST_TITLE = 60, 80, 120
LONGEST_SAYS = LONGEST
SHOWN_HEAD, SHOWN_TAIL = 6, 4  # characters of a masked identity number
# The check of its last character is left out: a mistyped number is a number as well.
IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{6}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])", re.ASCII)


@dataclass(frozen=True)
class TicketEntry:
    """A ticket as the hotline tells it; neither name nor number of the caller is taken."""

    number: str
    organ_id: int
    received_on: date
    title: str
    says: str = ""
    category: str | None = None
    answer_by: date | None = None
    is_open: bool = True


def without_persons(text: str) -> str:
    """Hide the middle of phone and identity numbers in a text."""
    hidden = IDENTITY.sub(
        lambda found: f"{found[0][:SHOWN_HEAD]}********{found[0][-SHOWN_TAIL:]}", text
    )
    return without_phones(hidden)
