"""Whom a decision commends, as its letter lists them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from evalsys.cases.engine.models import CaseFile, CaseStep
from evalsys.core.city import in_chinese
from evalsys.core.extensions import db
from evalsys.organisation.org.models import Section
from evalsys.personnel.chiefs.letters.commendation import Honoured, praised_for


def honoured(case: CaseFile, steps: Sequence[CaseStep], _on: date) -> Mapping[str, Any]:
    """Return all whom the organ commends by the document of the last step; none without one.

    They are recorded one after the other, so that here what came later counts: the list of a
    decision is one, whoever's letter it follows.
    """
    document = steps[-1].entry.get("document") if steps and steps[-1].name == "commend" else None
    return {"honoured": _by_document(case, document) if document else []}


def _by_document(case: CaseFile, document: str) -> list[Honoured]:
    rows = db.session.scalars(
        select(CaseFile)
        .join(CaseStep, CaseStep.case_id == CaseFile.id)
        .join(CaseFile.section)
        .where(
            CaseFile.kind == case.kind,
            CaseStep.name == "commend",
            CaseStep.entry["document"].as_string() == document,
            Section.organ_id == case.section.organ_id,
        )
        .options(contains_eager(CaseFile.section), joinedload(CaseFile.staff))
        .order_by(CaseStep.id)
    ).all()
    choices = _choices(rows)
    return [
        Honoured(
            one.staff.name,
            one.section.name,
            one.staff.post or "",
            praised_for(in_chinese, choices.get(one.id, {}), one.grounds),
        )
        for one in rows
    ]


def _choices(cases: Sequence[CaseFile]) -> Mapping[int, dict[str, Any]]:
    """Return case id -> the last choice of a commendation."""
    rows = db.session.execute(
        select(CaseStep.case_id, CaseStep.entry)
        .where(CaseStep.case_id.in_([one.id for one in cases]), CaseStep.name == "choose")
        .order_by(CaseStep.id)
    )
    return {row.case_id: row.entry for row in rows}
