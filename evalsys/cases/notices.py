"""Messages to those who have to act: the inbox. Exactly once each, by their key."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import and_, func, select, update

from evalsys.accounts.models import User
from evalsys.calendars.queries import working_days
from evalsys.cases.kinds import kind_of
from evalsys.cases.models import CaseFile, CaseStep, Deadline, Notice
from evalsys.cases.queries import holders, light_of, lock_case
from evalsys.cases.rules import Duty
from evalsys.cases.terms import Light
from evalsys.core.audit import silent_unit, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI
from evalsys.core.permissions import Action, Actor

OFFICE_OPENS, OFFICE_CLOSES = time(8, 30), time(18)
# Whom a light reaches beside the one who must act.
URGED = {Light.YELLOW: (), Light.TODAY: (Duty.PERSONNEL,), Light.RED: (Duty.PERSONNEL, Duty.LEADER)}


class Receipt(NamedTuple):
    """When somebody was told something of a case, and when they opened it."""

    told_at: datetime
    opened_at: datetime


def announce(  # noqa: PLR0913  # Each is a part of the message.
    case: CaseFile, duty: Duty, subject: str, key: str, *, now: datetime, on: date
) -> int:
    """Put a message into the inbox of everybody who holds a duty; return how many were new."""
    users = [user.id for user in holders(case, duty, on)]
    had = set(
        db.session.scalars(
            select(Notice.user_id).where(Notice.user_id.in_(users), Notice.key == key)
        )
    )
    new = [user_id for user_id in users if user_id not in had]
    db.session.add_all(
        Notice(user_id=user_id, case_id=case.id, key=key, subject=subject, at=now)
        for user_id in new
    )
    db.session.flush()
    return len(new)


def is_office_time(now: datetime) -> bool:
    """Say whether people may be reminded: on a working day, in office hours, Shanghai time."""
    local = now.astimezone(SHANGHAI)
    is_open = OFFICE_OPENS <= local.time() < OFFICE_CLOSES
    return is_open and working_days().is_working(local.date())


def remind(*, now: datetime) -> int:
    """Remind of every open deadline whose light turned; return how many messages were new.

    A message is named after the deadline, the day and the light, so that running twice, or two at
    once, sends it once; a deadline that was answered is not looked at.
    """
    if not is_office_time(now):
        return 0
    on, days, sent = now.astimezone(SHANGHAI).date(), working_days(), 0
    query = select(Deadline).where(Deadline.closed_on.is_(None), Deadline.paused_on.is_(None))
    with silent_unit():
        for deadline in db.session.scalars(query.order_by(Deadline.id)):
            shown = light_of(deadline, on, days)
            for duty in (Duty(deadline.duty), *URGED[shown]) if shown in URGED else ():
                key = f"deadline:{deadline.id}:{deadline.due_on.isoformat()}:{shown}"
                sent += announce(deadline.case, duty, f"light_{shown}", key, now=now, on=on)
    return sent


def mark_read(actor: Actor, *, now: datetime) -> None:
    """Mark everything in somebody's inbox as read; their own cases are opened by it."""
    unread = (Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    own = (
        select(CaseFile)
        .where(CaseFile.staff_id == actor.staff_id)
        .where(CaseFile.id.in_(select(Notice.case_id).where(*unread)))
        .order_by(CaseFile.id)
    )
    for case in db.session.scalars(own).all():
        mark_opened(actor, case, now=now)
    with silent_unit():
        db.session.execute(update(Notice).where(*unread).values(read_at=now))


def mark_opened(actor: Actor, case: CaseFile, *, now: datetime) -> None:
    """Mark what somebody was told of a case as read: they have its page before them.

    For the person it is the receipt of all that was done so far, and stands in the log. Whoever
    had no account at that time was sent no message: one is put on file that is read already.
    """
    if actor.user_id is None:
        return
    unread = and_(
        Notice.user_id == actor.user_id, Notice.case_id == case.id, Notice.read_at.is_(None)
    )
    has_unread = db.session.scalar(select(Notice.id).where(unread).limit(1)) is not None
    read = update(Notice).where(unread).values(read_at=now)
    if actor.staff_id != case.staff_id:
        if has_unread:
            with silent_unit():
                db.session.execute(read)
    elif has_unread or _untold(actor, case) is not None:
        with unit_of_work(actor) as unit:
            case = lock_case(case.id)  # One receipt, however many windows are open.
            step = _untold(actor, case)
            if step is not None:
                key = f"case:{case.id}:step:{step.id}"
                about = {"user_id": actor.user_id, "case_id": case.id, "subject": "moved"}
                db.session.add(Notice(**about, key=key, at=now))
                db.session.flush()
            db.session.execute(read)
            kind_of(case).opened(case, now)
            unit.record(Action.CASE_VIEW, case, kind=case.kind, number=case.number, received=True)


def _untold(actor: Actor, case: CaseFile) -> CaseStep | None:
    """Return the last step of a case if no message to somebody is as young, else None."""
    told = db.session.scalar(
        select(func.max(Notice.at)).where(
            Notice.user_id == actor.user_id, Notice.case_id == case.id
        )
    )
    steps = select(CaseStep).where(CaseStep.case_id == case.id)
    if told is not None:
        steps = steps.where(CaseStep.at > told)
    return db.session.scalar(steps.order_by(CaseStep.id.desc()).limit(1))


def list_receipts(staff_id: int, case_ids: Iterable[int]) -> Mapping[int, list[Receipt]]:
    """Return case id -> when the person was told something of it and had it before them."""
    found: dict[int, list[Receipt]] = {}
    rows = db.session.execute(
        select(Notice.case_id, Notice.at, Notice.read_at)
        .join(User, User.id == Notice.user_id)
        .where(
            User.staff_id == staff_id,
            Notice.case_id.in_(list(case_ids)),
            Notice.read_at.is_not(None),
        )
    )
    for case_id, told_at, read_at in rows:
        assert read_at is not None
        found.setdefault(case_id, []).append(Receipt(told_at, read_at))
    return found
