"""The daily job that reminds mentors of the weekly note."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.notices.service import announce, is_office_time
from evalsys.core.audit import unaudited_unit
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.rows import batched
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

    The key of a notice contains the week, so that repeated or concurrent runs add it once. Each
    batch is a transaction: what an interrupted run told stays told.
    """
    if not is_office_time(now):
        return 0
    due = db.session.scalars(select(Subject.id).where(*_is_due(now)).order_by(Subject.id))
    return sum(_remind_once(batch, now) for batch in batched(due))


def _is_due(now: datetime) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of the stays without a note, or a step, for a week."""
    lately = now - WEEK
    yield Subject.kind == "pool"
    yield Subject.state.in_(ACCOMPANIED)
    yield ~exists().where(MentorNote.case_id == Subject.id, MentorNote.at > lately)
    yield ~exists().where(CaseStep.subject_id == Subject.id, CaseStep.at > lately)


def _remind_once(ids: Sequence[int], now: datetime) -> int:
    try:
        return _remind(ids, now)
    except IntegrityError:  # A concurrent run added some: add the rest.
        return _remind(ids, now)


def _remind(ids: Sequence[int], now: datetime) -> int:
    on, sent = local_day(now), 0
    year, week, _ = on.isocalendar()
    query = (
        select(Subject)
        .where(Subject.id.in_(ids), *_is_due(now))
        .options(joinedload(Subject.owner).joinedload(Party.section))
        .order_by(Subject.id)
    )
    with unaudited_unit():
        for case in db.session.scalars(query).all():
            key = f"note:{case.id}:{year}-{week}"
            sent += announce(case, MENTOR, "note_due", key, by=None, now=now, on=on)
    return sent
