"""退人台账: whom chiefs have proposed to return, and how it was decided."""

from collections.abc import Sequence

from sqlalchemy import select

from evalsys.cases.engine.models import CaseFile, Evidence, EvidenceKind
from evalsys.cases.engine.words import EVIDENCE
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import Column, Sheet, Value, Words
from evalsys.foundation.spreadsheets.words import NONE, join
from evalsys.personnel.pool.queries import BEFORE_PROPOSAL
from evalsys.personnel.pool.sheets.rows import PoolLine, remedies_of
from evalsys.personnel.pool.sheets.words import DECISIONS, STATEMENTS
from evalsys.personnel.remedies.sheets import remedies_against, remedy_words
from evalsys.personnel.sheets.registers import OFFICE, Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import case_columns, read_lines
from evalsys.personnel.sheets.words import page_words

RETURNS = Words("退人台账", "Returns")
VOTES = (
    ("entitled", "应到", "entitled"),
    ("present", "实到", "present"),
    ("in_favour", "赞成", "for"),
    ("against", "反对", "against"),
    ("abstained", "弃权", "abstained"),
)


def returns_sheet(request: CaseRequest) -> Sheet[PoolLine]:
    """Return the sheet of the returns that ran on a day of the span: what was proposed at all."""
    query = request.select_cases("return").where(
        request.running, CaseFile.state.not_in(BEFORE_PROPOSAL)
    )
    lines = read_lines(query)
    ids = [line.case.id for line in lines]
    remedies, evidence = remedies_against(request, ids), _evidence(ids)
    rows = [
        PoolLine(
            line,
            remedies=remedies_of(remedies, line.case.id),
            evidence=sorted(evidence.get(line.case.id, ())),
        )
        for line in lines
    ]
    return Sheet(RETURNS, COLUMNS, rows, len(rows), frozen=1, printed=16)


def _evidence(case_ids: Sequence[int]) -> dict[int, set[EvidenceKind]]:
    found: dict[int, set[EvidenceKind]] = {}
    query = select(Evidence.case_id, Evidence.kind).where(Evidence.case_id.in_(case_ids))
    for case_id, kind in db.session.execute(query.distinct()):
        found.setdefault(case_id, set()).add(kind)
    return found


def _proposer(row: PoolLine) -> Value:
    step = row.line.find("propose")
    return step.user.display_name if step and step.user else NONE


def _votes(row: PoolLine) -> Value:
    step = row.line.find(*DECISIONS)
    if step is None:
        return NONE
    said = [(zh, en, step.entry.get(name, 0)) for name, zh, en in VOTES]
    return Words(
        "，".join(f"{zh}{count}" for zh, _en, count in said),
        ", ".join(f"{en} {count}" for _zh, en, count in said),
    )


def _pieces(row: PoolLine) -> Value:
    return join([page_words(EVIDENCE[kind]) for kind in row.evidence]) if row.evidence else NONE


COLUMNS: tuple[Column[PoolLine], ...] = (
    Column(Words("姓名", "Name"), lambda row: row.case.staff.name, meaning=Words("姓名", "name")),
    Column(
        Words("原{科室}", "Former section"),
        lambda row: row.case.section.name,
        meaning=Words("提出退人的{科室}", "the section that proposed the return"),
    ),
    Column(
        Words("提出人", "Proposed by"),
        _proposer,
        meaning=Words("提出退人的{科长}，不参加表决", "the chief; has no vote"),
    ),
    Column(
        Words("退人日期", "Returned on"),
        lambda row: row.line.day("propose"),
        meaning=Words("{科长}提出退人的日期", "the day on which the chief proposed it"),
    ),
    Column(
        Words("依据情形", "Situation"),
        lambda row: row.line.chosen("situation", "propose"),
        meaning=Words("本单位办法规定的情形；排名不是依据", "of the unit's rules; a rank is none"),
    ),
    Column(
        Words("证据种类", "Kinds of evidence"),
        _pieces,
        meaning=Words("至少两种相互独立的证据", "at least two independent kinds"),
        is_wide=True,
        widest=20,
    ),
    Column(
        Words("告知日期", "Told on"),
        lambda row: row.line.day("notify"),
        meaning=Words("告知本人的日期", "the day on which the person was told"),
    ),
    Column(
        Words("陈述申辩", "Statement"),
        lambda row: row.line.named(STATEMENTS),
        meaning=Words(
            "本人是否陈述申辩，内容见案卷", "whether one was given; its words are in the case"
        ),
    ),
    Column(
        Words("核实日期", "Verified on"),
        lambda row: row.line.day("verify", "drop"),
        meaning=Words("组织人事部门核实的日期", "by the personnel office"),
    ),
    Column(
        Words("谈话日期", "Talk on"),
        lambda row: row.line.filled_day("held_on", "talk"),
        meaning=Words("退人谈话的日期", "the day of the talk"),
    ),
    Column(
        Words("集体研究", "Votes"),
        _votes,
        meaning=Words("领导班子成员的表决", "of the leading group"),
        is_wide=True,
        widest=20,
    ),
    Column(
        Words("回避人员", "Recused"),
        lambda row: row.line.said("recused", *DECISIONS),
        meaning=Words("未参加表决的人", "who took no part in the vote"),
    ),
    Column(
        Words("决定", "Decision"),
        lambda row: row.line.named(DECISIONS),
        meaning=Words("集体研究的决定", "of the leading group"),
    ),
    Column(
        Words("决定日期", "Decided on"),
        lambda row: row.line.day(*DECISIONS),
        meaning=Words("作出决定的日期", "day of the decision"),
    ),
    Column(
        Words("决定文号", "Document"),
        lambda row: row.line.said("document", *DECISIONS),
        meaning=Words("决定的文号", "number of the decision"),
    ),
    Column(
        Words("申诉情况", "Remedies"),
        lambda row: remedy_words(row.remedies),
        meaning=Words("复核、申诉；{科长}不知情", "reconsideration and appeal; not for chiefs"),
    ),
    *case_columns(lambda row: row.case),
)

REGISTER = Register(
    "returns",
    RETURNS,
    N_("Returns that were under way in these days"),
    returns_sheet,
    OFFICE | {Role.CHIEF},
)
