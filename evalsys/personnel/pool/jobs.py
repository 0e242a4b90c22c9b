"""The daily job that reminds mentors of the weekly note."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.notices.service import announce, is_office_time
from evalsys.core.audit import unaudited_unit
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.personnel.pool.models import MentorNote
from evalsys.personnel.pool.queries import ACCOMPANIED, WEEK
from evalsys.personnel.pool.rules.stays import MENTOR


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Remind mentors without a note for a week; once a week each, in office hours."""
    return {
        "message": N_("%(sent)s mentors were reminded."),
        "params": {"sent": remind_mentors(now=now)},
    }


def remind_mentors(*, now: datetime) -> int:
    """Add a notice for each mentor whose weekly note is due; return how many.

    The key of a notice contains the week, so that repeated runs add it once.
    """
    if not is_office_time(now):
        return 0
    on = local_day(now)
    year, week, _ = on.isocalendar()
    lately = now - WEEK
    noted = exists().where(MentorNote.case_id == Subject.id, MentorNote.at > lately)
    moved = exists().where(CaseStep.subject_id == Subject.id, CaseStep.at > lately)
    query = (
        select(Subject)
        .where(Subject.kind == "pool", Subject.state.in_(ACCOMPANIED), ~noted, ~moved)
        .options(joinedload(Subject.owner).joinedload(Party.section))
        .order_by(Subject.id)
    )
    with unaudited_unit():
        return sum(
            announce(
                case, MENTOR, "note_due", f"note:{case.id}:{year}-{week}", by=None, now=now, on=on
            )
            for case in db.session.scalars(query).all()
        )
