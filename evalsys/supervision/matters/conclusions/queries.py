"""Reads of conclusions: the one that stands, and when the section received it."""

from datetime import date, datetime

from sqlalchemy import func, select

from evalsys.cases.engine.models import CaseStep, Notice, Subject
from evalsys.cases.engine.queries import list_steps
from evalsys.cases.engine.rules.machine import day_of
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.core.reads import once
from evalsys.foundation.accounts.models import User
from evalsys.personnel.remedies.rules import receipt_day
from evalsys.supervision.matters.conclusions.rules import RECEIPT, RECEIVED
from evalsys.supervision.matters.rules import CLOSING


def conclusion_of(matter: Subject) -> CaseStep | None:
    """Return the step that concluded a matter; None while it is open, and of a task.

    A task of a coordination is closed by the head, who concludes no supervision.
    """
    if matter.closed_at is None:
        return None
    closed = (row for row in reversed(list_steps(matter)) if row.name in CLOSING)
    row = next(closed, None)
    return row if row is not None and row.name == "close" else None


@once
def received_on(matter: Subject, conclusion: CaseStep) -> date | None:
    """Return the day on which the section received a conclusion; None before that.

    A chief of it opened the matter, or the office noted the receipt that was signed on paper: the
    earliest counts.
    """
    read = (
        select(func.min(Notice.read_at))
        .join(User, User.id == Notice.user_id)
        .where(
            Notice.subject_id == matter.id,
            Notice.at >= conclusion.at,
            User.role == Role.CHIEF,
        )
    )
    first: datetime | None = db.session.scalar(read)
    signed = [
        day_of(row.entry, RECEIVED.name)
        for row in list_steps(matter)
        if row.name == RECEIPT and row.id > conclusion.id
    ]
    opened = [local_day(first)] if first else []
    return receipt_day(local_day(conclusion.at), *signed, *opened)
