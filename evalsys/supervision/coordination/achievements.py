"""Figures of the tasks of coordinations in the archive: how they were fed back.

Each task is a matter and counted among these, where lateness speaks against somebody once. Here it
is said how many of them the head of an organ gave, and how they went.
"""

from collections.abc import Iterator, Mapping

from evalsys.cases.engine.parties import is_party
from evalsys.core.database import Query
from evalsys.core.errors import N_, NP_
from evalsys.personnel.archive.achievements import Achievements, WorkAsked
from evalsys.personnel.archive.rules import Achievement, Part, parts_of
from evalsys.supervision.coordination.rules import KIND
from evalsys.supervision.coordination.sheets import COORDINATIONS
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.sheets.achievements import IN_TIME, LATE, OPEN, kept

PARTS = (
    (IN_TIME, Part(NP_("tasks", "fed back in time"), 0)),
    (LATE, Part(NP_("tasks", "late or overdue"), 0)),
    (OPEN, Part(NP_("tasks", "in hand"), 0)),
)


def count(asked: WorkAsked) -> Iterator[Query]:
    """Yield the query for the tasks of people or sections, by how their terms were kept."""
    yield kept(asked, is_party(MatterDuty.CONVENER))


def tell(counts: Mapping[str, int]) -> Iterator[Achievement]:
    """Yield the figure: it bears nothing of its own, since each task is a matter above."""
    if parts := parts_of(PARTS, counts):
        total = sum(part.figure for part in parts)
        name = N_("Tasks of top-level coordination, among the matters")
        yield Achievement(name, total, COORDINATIONS, parts=parts)


ACHIEVED = Achievements(KIND, count, tell)
