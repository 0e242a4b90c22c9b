"""Front-line visits (走访): what may come of one, and what its texts may be. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from evalsys.core.errors import N_, DomainError

LONGEST_PLACE, LONGEST_TEXT = 120, 2_000
MOST_PHOTOS = 3
AGO = timedelta(days=366)  # A visit is logged within a year.
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FIRST_SENTENCE = re.compile(r"[^。！？；!?;\n]+")


class VisitOutcome(StrEnum):
    """What came of a visit."""

    NOTHING = "nothing"
    SOLVED = "solved"
    FOLLOW_UP = "follow_up"


OUTCOMES = {
    VisitOutcome.NOTHING: N_("No problem found"),
    VisitOutcome.SOLVED: N_("Solved on the spot"),
    VisitOutcome.FOLLOW_UP: N_("To be followed up as a matter"),
}


@dataclass(frozen=True)
class VisitEntry:
    """What somebody enters of a visit; `key` is made where it is typed, one for each visit.

    `organ_id` is whom a follow-up concerns, None for the visitor's own organ.
    """

    key: str
    visited_on: date
    place: str
    found: str
    outcome: VisitOutcome
    solved_how: str | None = None
    organ_id: int | None = None


def check_entry(entry: VisitEntry, today: date) -> None:
    """Raise DomainError unless a visit can be logged on a day."""
    if not KEY.fullmatch(entry.key):
        raise DomainError(N_("This form is no longer valid. Open it again."), status=422)
    if entry.visited_on > today:
        raise DomainError(N_("A visit is logged on the day itself or later, not before."))
    if entry.visited_on < today - AGO:
        raise DomainError(N_("A visit is logged within a year."))
    if entry.outcome is VisitOutcome.SOLVED and not entry.solved_how:
        raise DomainError(N_("Please say how it was solved."))


def title_of_matter(place: str, found: str, longest: int) -> str:
    """Return the title of a follow-up: the place and the first sentence of what was found."""
    first = FIRST_SENTENCE.search(found)
    title = f"{place}：{(first[0] if first else found).strip()}"
    return title if len(title) <= longest else title[: longest - 1] + "…"


def reference_of(visit_id: int) -> str:
    """Return the number of a visit, which is the reference of its follow-up."""
    return f"ZF-{visit_id:06d}"
