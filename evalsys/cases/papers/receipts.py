"""Read receipts: opening a case marks its messages as read.

For the person it is the receipt from which the terms of remedies run.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, exists, or_, select, update

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseStep, Notice, Subject
from evalsys.cases.engine.parties import is_about
from evalsys.cases.engine.queries import has_unread, lock_case
from evalsys.cases.notices.service import case_key
from evalsys.core.audit import unaudited_unit, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import is_of


class Receipt(NamedTuple):
    """When somebody was notified about a case, and when they opened it."""

    notified_at: datetime
    opened_at: datetime


def mark_read(actor: Actor, *, now: datetime) -> None:
    """Mark the actor's whole inbox as read, which opens their own cases."""
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
    """Mark the actor's messages on a case as read; return whether anything was written.

    Then data read before must be reloaded. For the person it is the recorded receipt of all steps
    so far. If no message was sent, as they had no account, a read one is added.
    """
    if actor.user_id is None:
        return False
    case_id = case.id
    unread = and_(
        Notice.user_id == actor.user_id, Notice.subject_id == case_id, Notice.read_at.is_(None)
    )
    is_unread = has_unread(actor, case)
    read = update(Notice).where(unread).values(read_at=now)
    if actor.staff_id is None or actor.staff_id != case.staff_id:
        if is_unread:
            with unaudited_unit():
                db.session.execute(read)
        return is_unread
    if not is_unread and _unnotified(actor, case) is None:
        return False
    with unit_of_work(actor) as unit:
        case = lock_case(case_id)  # One receipt, even with several windows open.
        step = _unnotified(actor, case)
        if step is not None:
            key, topic = case_key(case.id, step.id), f"moved:{step.target}"
            values = {"user_id": actor.user_id, "subject_id": case.id, "at": now}
            db.session.add(Notice(**values, key=key, topic=topic))
            db.session.flush()
        db.session.execute(read)
        kind_of(case).opened(case, now)
        unit.record(Action.CASE_VIEW, case, kind=case.kind, number=case.number, received=True)
    return True


def _unnotified(actor: Actor, case: Subject) -> CaseStep | None:
    """Return the last step of others in a case if it is newer than the actor's messages."""
    told = exists().where(
        Notice.user_id == actor.user_id,
        Notice.subject_id == case.id,
        Notice.at >= CaseStep.at,
    )
    of_others = or_(CaseStep.by.is_(None), CaseStep.by.not_in(select(User.id).where(is_of(actor))))
    steps = select(CaseStep).where(CaseStep.subject_id == case.id, ~told, of_others)
    return db.session.scalar(steps.order_by(CaseStep.id.desc()).limit(1))


def list_receipts(staff_id: int, case_ids: Iterable[int]) -> Mapping[int, list[Receipt]]:
    """Return case id -> when the person was notified about it and opened it."""
    by_case: dict[int, list[Receipt]] = {}
    rows = db.session.execute(
        select(Notice.subject_id, Notice.at, Notice.read_at)
        .join(User, User.id == Notice.user_id)
        .where(
            User.staff_id == staff_id,
            Notice.subject_id.in_(list(case_ids)),
            Notice.read_at.is_not(None),
        )
    )
    for case_id, notified_at, read_at in rows:
        assert read_at is not None
        by_case.setdefault(case_id, []).append(Receipt(notified_at, read_at))
    return by_case
