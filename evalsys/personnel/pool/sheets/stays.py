"""The register 不胜任池台账: stays in the pool and their results."""

from collections.abc import Callable, Sequence

from sqlalchemy import func, select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.machine import day_of
from evalsys.core.errors import N_, NP_, Text
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE, join
from evalsys.organisation.org.models import Section
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from evalsys.personnel.pool.rules.stays import MENTOR, RESULTS, TrainingKind
from evalsys.personnel.pool.sheets.rows import PoolLine, remedies_of
from evalsys.personnel.pool.words import TRAINING
from evalsys.personnel.remedies.sheets import remedies_against, remedy_words
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, case_columns, read_lines

STAYS = NP_("sheet", "The pool")


def stays_sheet(request: CaseRequest) -> Sheet[PoolLine]:
    """Return the sheet of the stays in the pool open on a day of the span."""
    lines = read_lines(request.select_cases("pool").where(request.running))
    ids = [line.case.id for line in lines]
    origins = [line.case.origin_id for line in lines if line.case.origin_id]
    before = {
        line.case.id: line for line in read_lines(select(Subject).where(Subject.id.in_(origins)))
    }
    remedies = remedies_against(request, [*ids, *origins])
    units: dict[int, list[TrainingUnit]] = {}
    for unit in db.session.scalars(
        select(TrainingUnit).where(TrainingUnit.case_id.in_(ids)).order_by(TrainingUnit.starts_on)
    ):
        units.setdefault(unit.case_id, []).append(unit)
    notes = select(MentorNote.case_id, func.count()).where(MentorNote.case_id.in_(ids))
    counted = {row[0]: row[1] for row in db.session.execute(notes.group_by(MentorNote.case_id))}
    receivers = _sections([line.entered("section", "reassign") for line in lines])
    rows = [
        PoolLine(
            line,
            before.get(line.case.origin_id or 0),
            remedies_of(remedies, line.case.id, line.case.origin_id or 0),
            units.get(line.case.id, ()),
            counted.get(line.case.id, 0),
            receiver=receivers.get(line.entered("section", "reassign")),
        )
        for line in lines
    ]
    return Sheet(STAYS, COLUMNS, rows, len(rows), frozen=1, printed=15)


def _mentor(row: PoolLine) -> str:
    person = row.case.named(MENTOR)
    return person.name if person else NONE


def _sections(codes: Sequence[Value]) -> dict[Value, Section]:
    wanted = [code for code in codes if isinstance(code, str)]
    rows = db.session.scalars(select(Section).where(Section.code.in_(wanted)))
    return {row.code: row for row in rows}


def _earlier(row: PoolLine, value: Callable[[CaseLine], Value]) -> Value:
    return value(row.before) if row.before else NONE


def _training(row: PoolLine) -> Value:
    """Return the kinds of training with their hours."""
    hours: dict[TrainingKind, int] = {}
    for unit in row.units:
        hours[unit.kind] = hours.get(unit.kind, 0) + unit.hours
    parts = [
        NP_("sheet", "%(training)s, %(count)s hours").filled(training=TRAINING[kind], count=count)
        for kind, count in hours.items()
    ]
    return join(parts) if parts else NONE


def _stages(row: PoolLine) -> Value:
    """Return the results of the training so far, and the number of notes."""
    parts: list[Text] = [f"{unit.title}：{unit.result}" for unit in row.units if unit.result]
    if row.notes:
        parts.append(N_("%(count)s notes of the mentor").filled(count=row.notes))
    return join(parts) if parts else NONE


def _whereto(row: PoolLine) -> Value:
    """Return the new section and post, or the measure."""
    if row.line.find("measure"):
        return row.line.chosen("measure", "measure")
    step = row.line.find("reassign")
    if step is None:
        return NONE
    place = row.receiver.name if row.receiver else str(step.entry["section"])
    return f"{place} {step.entry.get('post', '')}".strip()


def _left_on(row: PoolLine) -> Value:
    step = row.line.find("reassign", "measure")
    if step is None:
        return NONE
    return day_of(step.entry, "starts_on") if step.name == "reassign" else local_day(step.at)


COLUMNS: tuple[Column[PoolLine], ...] = (
    Column(N_("Name"), lambda row: row.case.staff.name, meaning=NP_("person", "name")),
    Column(
        NP_("sheet", "Former section"),
        lambda row: row.case.section.name,
        meaning=N_("the section before the return"),
    ),
    Column(
        NP_("sheet", "Returned on"),
        lambda row: _earlier(row, lambda line: line.day("propose")),
        meaning=N_("the day on which the chief proposed it"),
    ),
    Column(
        N_("Situation"),
        lambda row: _earlier(row, lambda line: line.chosen("situation", "propose")),
        meaning=N_("of the unit's rules; a rank is none"),
    ),
    Column(
        NP_("sheet", "Document"),
        lambda row: _earlier(row, lambda line: line.entered("document", "admit")),
        meaning=N_("number of the decision of admission"),
    ),
    Column(
        NP_("sheet", "Admitted on"),
        lambda row: local_day(row.case.opened_at),
        meaning=N_("first day in the pool"),
    ),
    Column(
        NP_("sheet", "Ends on"),
        lambda row: row.line.due("pool_months", "extension_months"),
        meaning=N_("when the stay ends, or its extension"),
    ),
    Column(
        NP_("sheet", "Training"),
        _training,
        meaning=NP_("sheet", "hours of each kind"),
        is_wide=True,
        widest=20,
    ),
    Column(
        N_("Mentor"),
        _mentor,
        meaning=NP_("person", "name"),
    ),
    Column(
        NP_("sheet", "So far"),
        _stages,
        meaning=N_("results of the training, notes of the mentor"),
        is_wide=True,
        widest=20,
    ),
    Column(
        NP_("sheet", "Extensions"),
        lambda row: row.line.count("extend"),
        CellKind.WHOLE,
        NP_("sheet", "one at most"),
    ),
    Column(
        NP_("sheet", "Assessment"),
        lambda row: row.line.named(RESULTS),
        meaning=NP_("sheet", "the latest one"),
    ),
    Column(
        NP_("sheet", "Went to"),
        _whereto,
        meaning=N_("section and post, or the measure"),
        is_wide=True,
        widest=20,
    ),
    Column(
        NP_("sheet", "Went on"),
        _left_on,
        meaning=N_("first day there, or day of the decision"),
    ),
    Column(
        NP_("sheet", "Remedies"),
        lambda row: remedy_words(row.remedies),
        meaning=N_("against the admission and in the pool"),
    ),
    *case_columns(lambda row: row.case),
)

REGISTER = Register(
    "pool",
    NP_("sheet", "The pool"),
    N_("Stays in the pool that were under way in these days"),
    stays_sheet,
)
