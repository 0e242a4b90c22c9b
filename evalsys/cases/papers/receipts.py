"""What somebody has had before them: opening a case marks its messages as read.

For the person it is the receipt, from which the terms of remedies run.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, select, update

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseStep, Notice, Subject
from evalsys.cases.engine.parties import is_about
from evalsys.cases.engine.queries import lock_case
from evalsys.cases.notices.service import case_key
from evalsys.core.audit import unaudited_unit, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.models import User


class Receipt(NamedTuple):
    """When somebody was told something of a case, and when they opened it."""

    told_at: datetime
    opened_at: datetime


def mark_read(actor: Actor, *, now: datetime) -> None:
    """Mark everything in somebody's inbox as read; their own cases are opened by it."""
    unread = (Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    own = (
        select(Subject)
        .where(is_about(actor.staff_id))
        .where(Subject.id.in_(select(Notice.subject_id).where(*unread)))
        .order_by(Subject.id)
    )
    for case in db.session.scalars(own).all():
        mark_opened(actor, case, now=now)
    with unaudited_unit():
        db.session.execute(update(Notice).where(*unread).values(read_at=now))


def mark_opened(actor: Actor, case: Subject, *, now: datetime) -> bool:
    """Mark what somebody was told of a case as read: they have its page before them.

    Return whether anything was written: then what was read before is to be read again.

    For the person it is the receipt of all that was done so far, and stands in the log. Whoever
    had no account at that time was sent no message: one is put on file that is read already.
    """
    if actor.user_id is None:
        return False
    unread = and_(
        Notice.user_id == actor.user_id, Notice.subject_id == case.id, Notice.read_at.is_(None)
    )
    has_unread = db.session.scalar(select(Notice.id).where(unread).limit(1)) is not None
    read = update(Notice).where(unread).values(read_at=now)
    if actor.staff_id is None or actor.staff_id != case.staff_id:
        if has_unread:
            with unaudited_unit():
                db.session.execute(read)
        return has_unread
    if not has_unread and _untold(actor, case) is None:
        return False
    with unit_of_work(actor) as unit:
        case = lock_case(case.id)  # One receipt, however many windows are open.
        step = _untold(actor, case)
        if step is not None:
            key, topic = case_key(case.id, step.id), f"moved:{step.target}"
            told = {"user_id": actor.user_id, "subject_id": case.id, "at": now}
            db.session.add(Notice(**told, key=key, topic=topic))
            db.session.flush()
        db.session.execute(read)
        kind_of(case).opened(case, now)
        unit.record(Action.CASE_VIEW, case, kind=case.kind, number=case.number, received=True)
    return True


def _untold(actor: Actor, case: Subject) -> CaseStep | None:
    """Return the last step of a case if no message to somebody is as young, else None."""
    told = db.session.scalar(
        select(func.max(Notice.at)).where(
            Notice.user_id == actor.user_id, Notice.subject_id == case.id
        )
    )
    steps = select(CaseStep).where(CaseStep.subject_id == case.id)
    if told is not None:
        steps = steps.where(CaseStep.at > told)
    return db.session.scalar(steps.order_by(CaseStep.id.desc()).limit(1))


def list_receipts(staff_id: int, case_ids: Iterable[int]) -> Mapping[int, list[Receipt]]:
    """Return case id -> when the person was told something of it and had it before them."""
    found: dict[int, list[Receipt]] = {}
    rows = db.session.execute(
        select(Notice.subject_id, Notice.at, Notice.read_at)
        .join(User, User.id == Notice.user_id)
        .where(
            User.staff_id == staff_id,
            Notice.subject_id.in_(list(case_ids)),
            Notice.read_at.is_not(None),
        )
    )
    for case_id, told_at, read_at in rows:
        assert read_at is not None
        found.setdefault(case_id, []).append(Receipt(told_at, read_at))
    return found
