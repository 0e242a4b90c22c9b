"""Figures of front-line visits in the archive: where somebody went, and what was solved there."""

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select

from evalsys.core.database import Query
from evalsys.core.errors import N_, NP_
from evalsys.personnel.archive.achievements import Achievements, Whose, WorkAsked
from evalsys.personnel.archive.rules import Achievement, Bearing, Part, parts_of
from evalsys.supervision.visits.models import Visit
from evalsys.supervision.visits.rules import VisitOutcome
from evalsys.supervision.visits.sheets import VISITS

LISTED = "visits.index"
OUTCOMES = (
    (VisitOutcome.NOTHING.value, Part(NP_("outcome of a visit", "no problem"), 0)),
    (VisitOutcome.SOLVED.value, Part(NP_("outcome of a visit", "solved on the spot"), 0)),
    (VisitOutcome.FOLLOW_UP.value, Part(NP_("outcome of a visit", "became a matter"), 0)),
)


def count(asked: WorkAsked) -> Iterator[Query]:
    """Yield the query for the visits of people or sections in some days, by what came of them."""
    who = Visit.staff_id if asked.whose is Whose.PERSON else Visit.section_id
    query = select(who, Visit.outcome, func.count()).group_by(who, Visit.outcome)
    yield query.where(who.in_(asked.ids), Visit.visited_on.between(asked.since, asked.until))


def tell(counts: Mapping[str, int]) -> Iterator[Achievement]:
    """Yield the figures: that somebody went often says nothing, that they solved something does."""
    if parts := parts_of(OUTCOMES, counts):
        total = sum(part.figure for part in parts)
        yield Achievement(N_("Front-line visits"), total, VISITS, parts=parts, listed=LISTED)
    solved = counts.get(VisitOutcome.SOLVED.value, 0)
    if problems := solved + counts.get(VisitOutcome.FOLLOW_UP.value, 0):
        yield Achievement(
            N_("Problems of visits solved on the spot"),
            solved,
            VISITS,
            Bearing.GOOD,
            problems,
            listed=LISTED,
        )


ACHIEVED = Achievements("visits", count, tell)
