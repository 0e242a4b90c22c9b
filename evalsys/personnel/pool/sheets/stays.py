"""不胜任池台账: who is or was in the pool, and what became of them."""

from collections.abc import Callable, Sequence

from sqlalchemy import func, select

from evalsys.cases.engine.models import CaseFile
from evalsys.cases.engine.rules.machine import day_of
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import Column, Kind, Sheet, Value, Words
from evalsys.foundation.spreadsheets.words import NONE, join, same
from evalsys.organisation.org.models import Section
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.personnel.pool.sheets.rows import PoolLine, remedies_of
from evalsys.personnel.pool.sheets.words import RESULTS
from evalsys.personnel.pool.words import TRAINING
from evalsys.personnel.remedies.sheets import remedies_against, remedy_words
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, case_columns, read_lines
from evalsys.personnel.sheets.words import page_words

STAYS = Words("不胜任池台账", "The pool")


def stays_sheet(request: CaseRequest) -> Sheet[PoolLine]:
    """Return the sheet of the stays in the pool that ran on a day of the span."""
    lines = read_lines(request.select_cases("pool").where(request.running))
    ids = [line.case.id for line in lines]
    origins = [line.case.origin_id for line in lines if line.case.origin_id]
    before = {
        line.case.id: line for line in read_lines(select(CaseFile).where(CaseFile.id.in_(origins)))
    }
    remedies = remedies_against(request, [*ids, *origins])
    units: dict[int, list[TrainingUnit]] = {}
    for unit in db.session.scalars(
        select(TrainingUnit).where(TrainingUnit.case_id.in_(ids)).order_by(TrainingUnit.starts_on)
    ):
        units.setdefault(unit.case_id, []).append(unit)
    notes = select(MentorNote.case_id, func.count()).where(MentorNote.case_id.in_(ids))
    counted = {row[0]: row[1] for row in db.session.execute(notes.group_by(MentorNote.case_id))}
    receivers = _sections([line.said("section", "reassign") for line in lines])
    rows = [
        PoolLine(
            line,
            before.get(line.case.origin_id or 0),
            remedies_of(remedies, line.case.id, line.case.origin_id or 0),
            units.get(line.case.id, ()),
            counted.get(line.case.id, 0),
            receiver=receivers.get(line.said("section", "reassign")),
        )
        for line in lines
    ]
    return Sheet(STAYS, COLUMNS, rows, len(rows), frozen=1, printed=15)


def _sections(codes: Sequence[Value]) -> dict[Value, Section]:
    wanted = [code for code in codes if isinstance(code, str)]
    rows = db.session.scalars(select(Section).where(Section.code.in_(wanted)))
    return {row.code: row for row in rows}


def _earlier(row: PoolLine, value: Callable[[CaseLine], Value]) -> Value:
    return value(row.before) if row.before else NONE


def _training(row: PoolLine) -> Value:
    """Name the kinds of training with their hours."""
    hours: dict[TrainingKind, int] = {}
    for unit in row.units:
        hours[unit.kind] = hours.get(unit.kind, 0) + unit.hours
    parts = [
        Words(
            f"{page_words(TRAINING[kind]).zh}{count}学时",
            f"{page_words(TRAINING[kind]).en}, {count} hours",
        )
        for kind, count in hours.items()
    ]
    return join(parts) if parts else NONE


def _stages(row: PoolLine) -> Value:
    """Say what came of the training so far, and how often the mentor wrote."""
    parts = [same(f"{unit.title}：{unit.result}") for unit in row.units if unit.result]
    if row.notes:
        parts.append(Words(f"导师记录{row.notes}次", f"{row.notes} notes of the mentor"))
    return join(parts) if parts else NONE


def _whereto(row: PoolLine) -> Value:
    """Say where the person went: to a section, or which measure was taken."""
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
    Column(Words("姓名", "Name"), lambda row: row.case.staff.name, meaning=Words("姓名", "name")),
    Column(
        Words("原{科室}", "Former section"),
        lambda row: row.case.section.name,
        meaning=Words("退人前的{科室}", "the section before the return"),
    ),
    Column(
        Words("退人日期", "Returned on"),
        lambda row: _earlier(row, lambda line: line.day("propose")),
        meaning=Words("{科长}提出退人的日期", "the day on which the chief proposed it"),
    ),
    Column(
        Words("依据情形", "Situation"),
        lambda row: _earlier(row, lambda line: line.chosen("situation", "propose")),
        meaning=Words("本单位办法规定的情形；排名不是依据", "of the unit's rules; a rank is none"),
    ),
    Column(
        Words("决定文号", "Document"),
        lambda row: _earlier(row, lambda line: line.said("document", "admit")),
        meaning=Words("纳入决定的文号", "number of the decision of admission"),
    ),
    Column(
        Words("纳入日", "Admitted on"),
        lambda row: local_day(row.case.opened_at),
        meaning=Words("纳入人员池的日期", "first day in the pool"),
    ),
    Column(
        Words("到期日", "Ends on"),
        lambda row: row.line.due("pool_months", "extension_months"),
        meaning=Words("培训期或延长期届满日", "when the stay ends, or its extension"),
    ),
    Column(
        Words("培训方式", "Training"),
        _training,
        meaning=Words("各类培训的学时", "hours of each kind"),
        is_wide=True,
        widest=20,
    ),
    Column(
        Words("导师", "Mentor"),
        lambda row: row.case.mentor.name if row.case.mentor else NONE,
        meaning=Words("姓名", "name"),
    ),
    Column(
        Words("阶段评价", "So far"),
        _stages,
        meaning=Words(
            "各次培训的结果，导师记录次数", "results of the training, notes of the mentor"
        ),
        is_wide=True,
        widest=20,
    ),
    Column(
        Words("延长次数", "Extensions"),
        lambda row: row.line.count("extend"),
        Kind.WHOLE,
        Words("至多一次", "one at most"),
    ),
    Column(
        Words("评估结论", "Assessment"),
        lambda row: row.line.named(RESULTS),
        meaning=Words("最近一次评估", "the latest one"),
    ),
    Column(
        Words("去向", "Went to"),
        _whereto,
        meaning=Words("接收{科室}和岗位，或者组织处理", "section and post, or the measure"),
        is_wide=True,
        widest=20,
    ),
    Column(
        Words("去向日期", "Went on"),
        _left_on,
        meaning=Words("到岗日期，或者决定日期", "first day there, or day of the decision"),
    ),
    Column(
        Words("申诉情况", "Remedies"),
        lambda row: remedy_words(row.remedies),
        meaning=Words("对退人决定和在池处理的复核、申诉", "against the admission and in the pool"),
    ),
    *case_columns(lambda row: row.case),
)

REGISTER = Register(
    "pool",
    Words("不胜任池台账", "The pool"),
    N_("Stays in the pool that were under way in these days"),
    stays_sheet,
)
