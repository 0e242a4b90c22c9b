"""The register 走访台账: visits of a span, and by section how many were solved on the spot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import selectinload

from evalsys.cases.engine.models import Subject
from evalsys.core.errors import N_, NP_
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NO, NONE, YES
from evalsys.organisation.org.models import Section
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.words import stage_words
from evalsys.supervision.visits.models import Visit
from evalsys.supervision.visits.queries import VisitFilter, select_visits
from evalsys.supervision.visits.rules import OUTCOMES, VisitOutcome

VISITS, BY_SECTION = NP_("sheet", "Front-line visits"), NP_("sheet", "Visits by section")
TEXT = 48  # characters of a wide column


@dataclass(frozen=True)
class VisitLine:
    """A visit of the register with its follow-up, if any."""

    visit: Visit

    @property
    def case(self) -> Subject | None:
        """The matter that follows it."""
        return self.visit.matter


@dataclass(frozen=True)
class VisitsOf:
    """The visits of a section, or of the leaders of an organ."""

    who: str
    organ: str
    visits: int
    solved: int
    followed: int
    section: Section | None

    @property
    def share(self) -> Value:
        """The share of the problems found that were solved on the spot; None without any."""
        problems = self.solved + self.followed
        return self.solved / problems if problems else None


def read_visits(request: CaseRequest) -> list[VisitLine]:
    """Return the visits of a request, the earliest first."""
    wanted = VisitFilter(
        organ=request.filters.get("organ", ""), section=request.filters.get("section", "")
    )
    query = (
        select_visits(request.actor, wanted, request.on)
        .where(Visit.visited_on >= request.since, Visit.visited_on <= request.until)
        .options(selectinload(Visit.photos))
        .order_by(None)
        .order_by(Visit.visited_on, Visit.id)
    )
    return [VisitLine(row) for row in db.session.scalars(query)]


def visits_sheet(request: CaseRequest) -> Sheet[VisitLine]:
    """Return the sheet of the visits of the span."""
    rows = read_visits(request)
    return Sheet(VISITS, COLUMNS, rows, len(rows), frozen=2, printed=13)


def sums_sheets(request: CaseRequest) -> Sequence[Sheet[Any]]:
    """Return the visits by section, with a chart."""
    from evalsys.foundation.spreadsheets.charts import draw_shares

    rows = count_by_section(read_visits(request))
    draw = draw_shares(NP_("sheet", "Share solved on the spot"), value=7) if rows else None
    return [Sheet(BY_SECTION, SUMS, rows, len(rows), 1, draw=draw)]


def count_by_section(lines: Sequence[VisitLine]) -> list[VisitsOf]:
    """Count visits and what came of them, by section."""
    found: dict[tuple[str, str], list[VisitOutcome]] = {}
    sections: dict[tuple[str, str], Section | None] = {}
    for line in lines:
        visit = line.visit
        key = visit.organ.name, visit.section.name if visit.section else ""
        found.setdefault(key, []).append(visit.outcome)
        sections[key] = visit.section
    return [
        VisitsOf(
            name,
            organ,
            len(outcomes),
            outcomes.count(VisitOutcome.SOLVED),
            outcomes.count(VisitOutcome.FOLLOW_UP),
            sections[organ, name],
        )
        for (organ, name), outcomes in sorted(found.items())
    ]


def _front_line(section: Section | None) -> Value:
    if section is None:
        return NONE
    return YES if section.is_front_line else NO


FRONT_LINE = NP_("sheet", "Front-line section")
COLUMNS: tuple[Column[VisitLine], ...] = (
    Column(
        NP_("sheet", "Visit number"),
        lambda row: row.visit.number,
        CellKind.CODE,
        N_("the reference of the matter that follows"),
    ),
    Column(NP_("sheet", "Visited on"), lambda row: row.visit.visited_on, meaning=N_("the day")),
    Column(N_("Organ"), lambda row: row.visit.organ.name, meaning=N_("of the visitor")),
    Column(
        N_("Section"),
        lambda row: row.visit.section.name if row.visit.section else NONE,
        meaning=N_("of the visitor on that day; leaders have none"),
    ),
    Column(
        FRONT_LINE,
        lambda row: _front_line(row.visit.section),
        meaning=N_("as the roster says today; leaders have no section"),
    ),
    Column(NP_("sheet", "Visitor"), lambda row: row.visit.staff.name, meaning=N_("who went there")),
    Column(
        N_("Staff number"), lambda row: row.visit.staff.number, CellKind.CODE, N_("of the visitor")
    ),
    Column(
        N_("Place"), lambda row: row.visit.place, meaning=N_("where"), is_wide=True, widest=TEXT
    ),
    Column(
        N_("What was found"),
        lambda row: row.visit.found,
        meaning=N_("in the visitor's words"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        N_("What comes of it"),
        lambda row: OUTCOMES[row.visit.outcome],
        meaning=N_("nothing, solved on the spot, or a matter"),
    ),
    Column(
        N_("How it was solved"),
        lambda row: row.visit.solved_how or NONE,
        meaning=N_("of what was solved on the spot"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Matter number"),
        lambda row: row.case.number if row.case else NONE,
        CellKind.CODE,
        N_("the number of the year among matters"),
    ),
    Column(
        N_("Stage"),
        lambda row: stage_words(row.case) if row.case else NONE,
        meaning=N_("where the matter stands"),
    ),
    Column(
        N_("Photos"),
        lambda row: len(row.visit.photos),
        CellKind.WHOLE,
        N_("on file with the visit"),
    ),
)
SUMS: tuple[Column[VisitsOf], ...] = (
    Column(N_("Section"), lambda row: row.who or NONE, meaning=N_("of the visitors; — leaders")),
    Column(N_("Organ"), lambda row: row.organ, meaning=N_("of the visitors")),
    Column(
        FRONT_LINE,
        lambda row: _front_line(row.section),
        meaning=N_("as the roster says today; leaders have no section"),
    ),
    Column(N_("Visits"), lambda row: row.visits, CellKind.WHOLE, N_("in the span")),
    Column(
        N_("Solved on the spot"), lambda row: row.solved, CellKind.WHOLE, N_("problems, at once")
    ),
    Column(
        NP_("sheet", "Followed up"),
        lambda row: row.followed,
        CellKind.WHOLE,
        N_("problems that became a matter"),
    ),
    Column(
        NP_("sheet", "Share solved"),
        lambda row: row.share,
        CellKind.PERCENT,
        N_("solved on the spot / (solved + followed up)"),
    ),
)

REGISTER = Register(
    "visits",
    VISITS,
    N_("Front-line visits of these days, and what came of them by section"),
    visits_sheet,
    readers=frozenset({Role.SUPERVISOR, Role.HR, Role.LEADER, Role.CHIEF, Role.SYSTEM}),
    more=sums_sheets,
)
