"""The register 退人台账: proposed returns and their decisions."""

from collections.abc import Sequence

from sqlalchemy import select

from evalsys.cases.engine.models import Evidence, Subject
from evalsys.cases.engine.words import EVIDENCE
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.errors import N_, NP_
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE, PAUSE, join
from evalsys.personnel.pool.queries import BEFORE_PROPOSAL
from evalsys.personnel.pool.sheets.rows import PoolLine, remedies_of
from evalsys.personnel.pool.sheets.words import DECISIONS, STATEMENTS
from evalsys.personnel.remedies.sheets import remedies_against, remedy_words
from evalsys.personnel.sheets.registers import OFFICE, Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import case_columns, read_lines

RETURNS = NP_("sheet", "Returns")
VOTES = {
    "entitled": NP_("votes", "entitled %(count)s"),
    "present": NP_("votes", "present %(count)s"),
    "in_favour": NP_("votes", "for %(count)s"),
    "against": NP_("votes", "against %(count)s"),
    "abstained": NP_("votes", "abstained %(count)s"),
}


def returns_sheet(request: CaseRequest) -> Sheet[PoolLine]:
    """Return the sheet of the proposed returns open on a day of the span."""
    query = request.select_cases("return").where(
        request.running, Subject.state.not_in(BEFORE_PROPOSAL)
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
    by_case: dict[int, set[EvidenceKind]] = {}
    query = select(Evidence.subject_id, Evidence.kind).where(Evidence.subject_id.in_(case_ids))
    for case_id, kind in db.session.execute(query.distinct()):
        by_case.setdefault(case_id, set()).add(kind)
    return by_case


def _proposer(row: PoolLine) -> Value:
    step = row.line.find("propose")
    return step.user.display_name if step and step.user else NONE


def _votes(row: PoolLine) -> Value:
    step = row.line.find(*DECISIONS)
    if step is None:
        return NONE
    return join([each.filled(count=step.entry.get(name, 0)) for name, each in VOTES.items()], PAUSE)


def _pieces(row: PoolLine) -> Value:
    return join([EVIDENCE[kind] for kind in row.evidence]) if row.evidence else NONE


COLUMNS: tuple[Column[PoolLine], ...] = (
    Column(N_("Name"), lambda row: row.case.staff.name, meaning=NP_("person", "name")),
    Column(
        NP_("sheet", "Former section"),
        lambda row: row.case.section.name,
        meaning=N_("the section that proposed the return"),
    ),
    Column(
        N_("Proposed by"),
        _proposer,
        meaning=N_("the chief; has no vote"),
    ),
    Column(
        NP_("sheet", "Returned on"),
        lambda row: row.line.day("propose"),
        meaning=N_("the day on which the chief proposed it"),
    ),
    Column(
        N_("Situation"),
        lambda row: row.line.chosen("situation", "propose"),
        meaning=N_("of the unit's rules; a rank is none"),
    ),
    Column(
        NP_("sheet", "Kinds of evidence"),
        _pieces,
        meaning=N_("at least two independent kinds"),
        is_wide=True,
        widest=20,
    ),
    Column(
        NP_("sheet", "Told on"),
        lambda row: row.line.day("notify"),
        meaning=N_("the day on which the person was told"),
    ),
    Column(
        N_("Statement"),
        lambda row: row.line.named(STATEMENTS),
        meaning=N_("whether one was given; its words are in the case"),
    ),
    Column(
        NP_("sheet", "Verified on"),
        lambda row: row.line.day("verify", "drop"),
        meaning=N_("by the personnel office"),
    ),
    Column(
        NP_("sheet", "Talk on"),
        lambda row: row.line.filled_day("held_on", "talk"),
        meaning=NP_("sheet", "the day of the talk"),
    ),
    Column(
        NP_("sheet", "Votes"),
        _votes,
        meaning=NP_("votes", "of the leading group"),
        is_wide=True,
        widest=20,
    ),
    Column(
        NP_("sheet", "Recused"),
        lambda row: row.line.entered("recused", *DECISIONS),
        meaning=N_("who took no part in the vote"),
    ),
    Column(
        N_("Decision"),
        lambda row: row.line.named(DECISIONS),
        meaning=NP_("decision", "of the leading group"),
    ),
    Column(
        NP_("sheet", "Decided on"),
        lambda row: row.line.day(*DECISIONS),
        meaning=NP_("sheet", "day of the decision"),
    ),
    Column(
        NP_("sheet", "Document"),
        lambda row: row.line.entered("document", *DECISIONS),
        meaning=NP_("return", "number of the decision"),
    ),
    Column(
        NP_("sheet", "Remedies"),
        lambda row: remedy_words(row.remedies),
        meaning=N_("reconsideration and appeal; not for chiefs"),
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
