"""What letters and registers say of a matter, as it stood at a moment."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Deadline, DeadlineChange, Subject
from evalsys.cases.engine.rules.entries import codes_in
from evalsys.core.city import in_chinese
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import staff_by_number
from evalsys.supervision.matters.letters.parts import MARKS, MatterTold
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.matters.rules import ASSIGNING, HANDLING, SOURCES

OFFICE = "督查室"


def matter_told(case: Subject, steps: Sequence[CaseStep], at: datetime) -> MatterTold:
    """Return what a letter of a moment says of a matter, given its steps so far."""
    matter = get_matter(case)
    assigned = next((row for row in reversed(steps) if row.name in ASSIGNING), None)
    entry = assigned.entry if assigned else {}
    codes = [str(entry.get("section", "")), *codes_in(str(entry.get("co_owners", "")))]
    places = _places(codes)
    number = str(entry.get("handler", ""))
    handler = staff_by_number([number]).get(number) if number else None
    term = _term(case, at)
    return MatterTold(
        office=f"{current_app.config['ORGANISATION']}{OFFICE}",
        title=matter.title,
        source=in_chinese(SOURCES[matter.source]),
        reference=matter.reference or "",
        says=str(case.grounds.get("says", "")),
        owner=places.get(codes[0], ""),
        handler=handler.name if handler else "",
        co_owners=[places[code] for code in codes[1:] if code in places],
        demand=str(entry.get("demand", "")),
        assigned_on=local_day(assigned.at) if assigned else None,
        is_final=assigned is not None and assigned.name == "assign_finally",
        is_task=assigned is not None and assigned.name == "task",
        is_excused=any(row.name == "reopen" and row.entry.get("excused") for row in steps),
        term=term.amount if term else None,
        due_on=_due_at(term, at) if term else None,
        marks=[(row.name, local_day(row.at)) for row in steps if row.name in MARKS],
    )


def letter_facts(case: Subject, steps: Sequence[CaseStep], _on: date) -> Mapping[str, Any]:
    """Return what letters say of a matter, at the latest of some steps."""
    return {"matter": matter_told(case, steps, steps[-1].at if steps else case.opened_at)}


def _places(codes: Sequence[str]) -> dict[str, str]:
    """Return section code -> organ and section."""
    rows = db.session.scalars(select(Section).where(Section.code.in_(codes)))
    return {row.code: f"{row.organ.name}{row.name}" for row in rows}


def _term(case: Subject, at: datetime) -> Deadline | None:
    """Return the term of handling that began last, up to a moment."""
    return db.session.scalar(
        select(Deadline)
        .where(
            Deadline.subject_id == case.id,
            Deadline.rule.in_(HANDLING),
            Deadline.started_on <= local_day(at),
        )
        .order_by(Deadline.id.desc())
        .limit(1)
    )


def _due_at(term: Deadline, at: datetime) -> date:
    """Return when a term ended as seen at a moment: changes agreed to later do not count."""
    later = db.session.scalar(
        select(DeadlineChange.due_before)
        .where(DeadlineChange.deadline_id == term.id, DeadlineChange.decided_at > at)
        .order_by(DeadlineChange.decided_at)
        .limit(1)
    )
    return later or term.due_on
