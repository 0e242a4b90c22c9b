"""Messages to those who have to act: the inbox. Exactly once each, by their key."""

from datetime import date, datetime, time

from sqlalchemy import select

from evalsys.calendars.queries import working_days
from evalsys.cases.deadline_queries import light_of
from evalsys.cases.models import CaseFile, Deadline, Notice
from evalsys.cases.queries import holders
from evalsys.cases.rules import Duty
from evalsys.cases.terms import Light
from evalsys.core.audit import silent_unit
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI
from evalsys.core.permissions import Actor

OFFICE_OPENS, OFFICE_CLOSES = time(8, 30), time(18)
# Whom a light reaches beside the one who must act.
URGED = {Light.YELLOW: (), Light.TODAY: (Duty.PERSONNEL,), Light.RED: (Duty.PERSONNEL, Duty.LEADER)}


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
    """Mark everything in somebody's inbox as read."""
    unread = select(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    with silent_unit():
        for notice in db.session.scalars(unread):
            notice.read_at = now
