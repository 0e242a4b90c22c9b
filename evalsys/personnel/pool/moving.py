"""Move a person to the receiving section, by the decision that names it."""

from datetime import datetime

from sqlalchemy import or_, select

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.rules.machine import day_of
from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action
from evalsys.organisation.org.models import Posting, Section
from evalsys.organisation.org.queries import select_visible
from evalsys.organisation.org.rules import Assignment, Write, current, move
from evalsys.organisation.org.service import lock_organisation, write_rows


def move_there(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Post the person to the receiving section from the first day there on.

    The posting before ends the day before and names the decision; one that the roster wrote
    already stays. A post that begins by today is theirs as well. Raises DomainError if the section
    cannot receive them, or if a later posting stands in the way.
    """
    section, start = _receiving(unit, case, step, now), day_of(step.entry, "starts_on")
    lock_organisation()
    query = select(Posting).where(Posting.staff_id == case.staff.id)
    spans = [
        Assignment(row.id, row.section_id, row.started_on, row.ended_on)
        for row in db.session.scalars(query)
    ]
    here = current(spans, start)
    writes: list[Write] = []
    if here is None or here.holder != section:
        writes = [_with_reason(each, case) for each in move(case.staff.id, spans, section, start)]
    if start <= local_day(now):
        staff = case.staff
        before = {"post": staff.post, "post_since": staff.post_since}
        after = {"post": step.entry["post"], "post_since": start}
        writes.append(Write("staff", staff.id, before, after))
    # Whoever decides in the meeting need not be who keeps the roster.
    may_change = unit.actor.may(Action.ORG_CHANGE)
    action = Action.ORG_CHANGE if may_change else Action.CASE_DECIDE
    write_rows(unit, writes, f"case {case.number}", action)


def _with_reason(write: Write, case: Subject) -> Write:
    """Return the end of a posting with its reason."""
    if not write.before or not write.after:
        return write
    before, after = {**write.before, "end_reason": None}, {**write.after, "end_reason": case.number}
    return Write(write.table, write.id, before, after)


def _receiving(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> int:
    """Return the section that receives the person. Raises DomainError unless it can."""
    code, on = step.entry["section"], local_day(now)
    query = select(Section.id).where(
        Section.code == code,
        Section.id != case.section.id,
        Section.ended_on.is_(None) | (Section.ended_on >= on),
        or_(
            Section.organ_id == case.section.organ_id,
            Section.id.in_(select_visible(unit.actor, on, on)),
        ),
    )
    section = db.session.scalar(query)
    if section is None:
        raise DomainError(
            N_("%(code)s is not a section that can receive the person: unknown, ended, or theirs."),
            code=code,
        )
    return int(section)
