"""The list of chiefs commended by a decision."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.core.city import in_chinese
from evalsys.core.extensions import db
from evalsys.organisation.org.models import Section
from evalsys.personnel.chiefs.letters.commendation import Honoured, praised_for


def honoured(case: Subject, steps: Sequence[CaseStep], _on: date) -> Mapping[str, Any]:
    """Return all whom the organ commends by the document of the last step; none without one.

    They are recorded one after the other, so later steps count too: each letter has the whole list.
    """
    document = steps[-1].entry.get("document") if steps and steps[-1].name == "commend" else None
    return {"honoured": _by_document(case, document) if document else []}


def _by_document(case: Subject, document: str) -> list[Honoured]:
    rows = db.session.scalars(
        select(Subject)
        .join(CaseStep, CaseStep.subject_id == Subject.id)
        .join(Subject.owner)
        .join(Party.section)
        .where(
            Subject.kind == case.kind,
            CaseStep.name == "commend",
            CaseStep.entry["document"].as_string() == document,
            Section.organ_id == case.section.organ_id,
        )
        .options(
            contains_eager(Subject.owner).contains_eager(Party.section),
            joinedload(Subject.person).joinedload(Party.staff),
        )
        .order_by(CaseStep.id)
    ).all()
    choices = _choices(rows)
    return [
        Honoured(
            case.staff.name,
            case.section.name,
            case.staff.post or "",
            praised_for(in_chinese, choices.get(case.id, {}), case.grounds),
        )
        for case in rows
    ]


def _choices(cases: Sequence[Subject]) -> Mapping[int, dict[str, Any]]:
    """Return case id -> the entry of its last choice."""
    rows = db.session.execute(
        select(CaseStep.subject_id, CaseStep.entry)
        .where(CaseStep.subject_id.in_([case.id for case in cases]), CaseStep.name == "choose")
        .order_by(CaseStep.id)
    )
    return {row.subject_id: row.entry for row in rows}
