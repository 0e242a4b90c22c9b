"""What of the inbox goes out by mail: one digest per person, each notice at most once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import joinedload

from evalsys.accounts.models import User
from evalsys.calendars.queries import working_days
from evalsys.calendars.rules import WorkingDays
from evalsys.cases.deadline_queries import light_of
from evalsys.cases.models import CaseStep, Deadline, Notice
from evalsys.cases.notices import deadline_key
from evalsys.core.audit import silent_unit
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action


@dataclass(frozen=True)
class Line:
    """What a mail may say of a notice: the case, and the day on which a step is due, or None."""

    notice_id: int
    kind: str
    number: str
    due_on: date | None


@dataclass(frozen=True)
class Digest:
    """The notices that one mail to one person is about."""

    address: str
    lines: tuple[Line, ...]


def list_waiting() -> Sequence[int]:
    """Return the accounts with an address and a notice that was neither read nor mailed."""
    return db.session.scalars(
        select(Notice.user_id)
        .join(User, User.id == Notice.user_id)
        .where(_is_new(), User.mail_address.is_not(None), User.disabled_at.is_(None))
        .distinct()
        .order_by(Notice.user_id)
    ).all()


def find_digest(user_id: int, *, on: date) -> Digest | None:
    """Return what somebody is to be told by mail on a day, or None if nothing waits for them."""
    user = db.session.get_one(User, user_id, populate_existing=True)
    is_open = user.disabled_at is None and user.actor.may(Action.ACCOUNT_MAIL)
    if user.mail_address is None or not is_open:
        return None
    notices = db.session.scalars(
        select(Notice)
        .where(Notice.user_id == user_id, _is_new())
        .options(joinedload(Notice.case))
        .order_by(Notice.id)
    )
    days = working_days()
    found = (_line(notice, on, days) for notice in notices)
    lines = tuple(line for line in found if line is not None)
    return Digest(user.mail_address, lines) if lines else None


def claim_digest(user_id: int, *, now: datetime) -> Digest | None:
    """Take what somebody is to be told, before the mail is sent; None if another one has it.

    From here on nobody sends it again, unless it is given back.
    """
    with silent_unit():
        digest = find_digest(user_id, on=local_day(now))
        if digest is None:
            return None
        ids = [line.notice_id for line in digest.lines]
        taken = update(Notice).where(Notice.id.in_(ids), _is_new()).values(mailed_at=now)
        mine = set(db.session.scalars(taken.returning(Notice.id)))
    lines = tuple(line for line in digest.lines if line.notice_id in mine)
    return replace(digest, lines=lines) if lines else None


def give_back(digest: Digest) -> None:
    """Let the next run tell what this one could not."""
    ids = [line.notice_id for line in digest.lines]
    with silent_unit():
        db.session.execute(update(Notice).where(Notice.id.in_(ids)).values(mailed_at=None))


def _is_new() -> ColumnElement[bool]:
    return and_(Notice.read_at.is_(None), Notice.mailed_at.is_(None))


def _line(notice: Notice, on: date, days: WorkingDays) -> Line | None:
    """Return the line of a notice; None if it was overtaken: answered, moved, or another light."""
    case, due_on = notice.case, None
    what, *key = notice.key.split(":")
    if what == "deadline":
        deadline = db.session.get_one(Deadline, int(key[0]), populate_existing=True)
        due_on = deadline.due_on
        if notice.key != deadline_key(deadline, light_of(deadline, on, days)):
            return None
    elif what == "case":  # service._tell names it after the last step.
        last = select(func.max(CaseStep.id)).where(CaseStep.case_id == case.id)
        step = db.session.scalar(last)
        if key[1:] != (["opened"] if step is None else ["step", str(step)]):
            return None
    return Line(notice.id, case.kind, case.number, due_on)
