"""The register 顶格协调台账: coordinations of a span, their tasks, how they go beside matters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.titles import names_of, place_of
from evalsys.core.errors import N_, NP_, Text
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, read_lines, stage_column
from evalsys.supervision.coordination.course import Course
from evalsys.supervision.coordination.measures import (
    Went,
    course_of,
    how_they_went,
    usual_course,
)
from evalsys.supervision.coordination.rules import KIND
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.sheets.columns import HANDLED, KEPT, NUMBER, TEXT
from evalsys.supervision.matters.sheets.rows import MatterLine, read_matters

COORDINATIONS = NP_("sheet", "Top-level coordination")
TASKS, BESIDE = NP_("sheet", "Tasks"), NP_("sheet", "Beside ordinary matters")
COORDINATED, ORDINARY = NP_("sheet", "Top-level coordination"), NP_("sheet", "Ordinary matters")
NAMES = "、"


@dataclass(frozen=True)
class CoordinationLine:
    """A coordination of a register, and how it went."""

    line: CaseLine
    went: Went

    @property
    def case(self) -> Subject:
        """The coordination as a case."""
        return self.line.case

    @property
    def share(self) -> Value:
        """The share of its tasks that was fed back in time; NONE without any answered or late."""
        kept = self.went.kept
        return kept.in_time / kept.answered if kept.answered else NONE


def coordinations_sheet(request: CaseRequest) -> Sheet[CoordinationLine]:
    """Return the sheet of the coordinations that were open on a day of the span."""
    rows = _read(request)
    return Sheet(COORDINATIONS, COLUMNS, rows, len(rows), frozen=2, printed=14)


def _read(request: CaseRequest) -> list[CoordinationLine]:
    lines = read_lines(request.select_cases(KIND).where(request.running))
    went = how_they_went([line.case.id for line in lines], request.on)
    return [CoordinationLine(line, went[line.case.id]) for line in lines]


def more_sheets(request: CaseRequest) -> Sequence[Sheet[Any]]:
    """Return the tasks, and how coordinations go beside ordinary matters, with a chart."""
    from evalsys.foundation.spreadsheets.charts import draw_shares

    tasks = [row for row in read_matters(request) if row.is_task]
    top = course_of(row.went for row in _read(request))
    sides = [(COORDINATED, top), (ORDINARY, usual_course(request.actor, request.on))]
    draw = draw_shares(NP_("sheet", "Share fed back in time"), value=6)
    return [
        Sheet(TASKS, TASK_COLUMNS, tasks, len(tasks), frozen=1),
        Sheet(BESIDE, BESIDE_COLUMNS, sides, len(sides), frozen=1, draw=draw),
    ]


COLUMNS: tuple[Column[CoordinationLine], ...] = (
    Column(
        NP_("sheet", "Coordination number"),
        lambda row: row.case.number,
        CellKind.CODE,
        N_("the number of the year among coordinations"),
    ),
    Column(
        NP_("sheet", "Question"),
        lambda row: row.went.row.title,
        meaning=N_("what the head took up"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(N_("Organ"), lambda row: place_of(row.case), meaning=N_("whose head took it up")),
    Column(
        NP_("sheet", "Conveners"),
        lambda row: row.went.row.conveners,
        meaning=N_("who called together"),
    ),
    Column(
        NP_("sheet", "Called sections"),
        lambda row: NAMES.join(names_of(row.case, MatterDuty.CALLED)) or NONE,
        meaning=N_("of any organ"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Raised on"),
        lambda row: row.went.row.raised_on,
        meaning=N_("when somebody first asked"),
    ),
    Column(
        NP_("sheet", "First decision on"),
        lambda row: row.went.decided_on or NONE,
        meaning=N_("when the head decided"),
    ),
    Column(
        NP_("sheet", "Days to the decision"),
        lambda row: NONE if row.went.days is None else row.went.days,
        CellKind.WHOLE,
        N_("from raising to the first decision"),
    ),
    Column(
        NP_("sheet", "Levels passed"),
        lambda row: row.went.levels,
        CellKind.WHOLE,
        N_("who had the question up to the decision, the head included; the usual way has four"),
    ),
    Column(
        NP_("sheet", "Number of tasks"),
        lambda row: row.went.kept.tasks,
        CellKind.WHOLE,
        N_("given in it, with those under study"),
    ),
    Column(
        NP_("sheet", "Open tasks"),
        lambda row: row.went.kept.still_open,
        CellKind.WHOLE,
        N_("tasks that are not closed"),
    ),
    Column(
        NP_("sheet", "Fed back in time"),
        lambda row: row.share,
        CellKind.PERCENT,
        N_("tasks answered in every term / tasks answered or overdue"),
    ),
    Column(
        NP_("sheet", "Task force"),
        lambda row: NAMES.join(names_of(row.case, MatterDuty.FORCE)) or NONE,
        meaning=N_("its members"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Decision of the head"),
        lambda row: row.line.entered("conclusion", "decide"),
        meaning=N_("of the head"),
        is_wide=True,
        widest=TEXT,
    ),
    stage_column(lambda row: row.case),
)
TASK_COLUMNS: tuple[Column[MatterLine], ...] = (
    NUMBER,
    Column(
        NP_("sheet", "Coordination number"),
        lambda row: row.case.origin.number if row.case.origin else NONE,
        CellKind.CODE,
        N_("in which it was given"),
    ),
    Column(
        NP_("sheet", "Task"),
        lambda row: row.matter.title,
        meaning=N_("what it is about"),
        is_wide=True,
        widest=TEXT,
    ),
    *HANDLED,
    *KEPT,
    stage_column(lambda row: row.case),
)
Side = tuple[Text, Course]
BESIDE_COLUMNS: tuple[Column[Side], ...] = (
    Column(NP_("sheet", "Way"), lambda side: side[0], meaning=N_("begun by the head, or as usual")),
    Column(
        NP_("sheet", "Decided"),
        lambda side: side[1].decided,
        CellKind.WHOLE,
        N_("with a first decision; of an ordinary matter its assignment"),
    ),
    Column(
        NP_("sheet", "Mean days to the decision"),
        lambda side: side[1].mean_days,
        CellKind.SCORE,
        N_("from raising to the first decision"),
    ),
    Column(
        NP_("sheet", "Mean levels passed"),
        lambda side: side[1].mean_levels,
        CellKind.SCORE,
        N_("counted in a coordination; the usual way has four"),
    ),
    Column(
        NP_("sheet", "Answered or overdue"),
        lambda side: side[1].answered,
        CellKind.WHOLE,
        N_("tasks, or ordinary matters"),
    ),
    Column(
        NP_("sheet", "Share fed back in time"),
        lambda side: side[1].share,
        CellKind.PERCENT,
        N_("answered in every term / answered or overdue"),
    ),
)

REGISTER = Register(
    "coordinations",
    COORDINATIONS,
    N_("Coordinations that were open on one of these days, their tasks, and how they go"),
    coordinations_sheet,
    readers=frozenset({Role.SUPERVISOR, Role.LEADER, Role.CHIEF, Role.SYSTEM}),
    more=more_sheets,
)
