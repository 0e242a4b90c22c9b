"""Mail digests of the inbox: one per person, each notice at most once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import joinedload

from evalsys.cases.deadlines.queries import light_of
from evalsys.cases.engine.models import CaseStep, Deadline, Notice, Subject
from evalsys.cases.inbox.messages import not_kept_since
from evalsys.cases.notices.service import case_key, deadline_key
from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.models import User


@dataclass(frozen=True)
class DigestLine:
    """What a mail may reveal of a notice: the case, and the due day of a step or None."""

    notice_id: int
    kind: str
    number: str
    due_on: date | None


@dataclass(frozen=True)
class Digest:
    """The notices in one mail to one person."""

    address: str
    lines: tuple[DigestLine, ...]


def list_waiting() -> Sequence[int]:
    """Return the accounts with an address and a notice neither read nor mailed."""
    return db.session.scalars(
        select(Notice.user_id)
        .join(User, User.id == Notice.user_id)
        .where(_is_new(), User.mail_address.is_not(None), User.disabled_at.is_(None))
        .distinct()
        .order_by(Notice.user_id)
    ).all()


def find_digest(user_id: int, *, on: date) -> Digest | None:
    """Return an account's digest on a day, or None if there is nothing to mail."""
    user = db.session.get_one(User, user_id, populate_existing=True)
    is_open = user.disabled_at is None and user.actor.may(Action.ACCOUNT_MAIL)
    if user.mail_address is None or not is_open:
        return None
    notices = db.session.scalars(
        select(Notice)
        .where(Notice.user_id == user_id, _is_new(), *not_kept_since(user.actor))
        .options(joinedload(Notice.subject))
        .order_by(Notice.id)
    ).all()
    standing = _standing_keys(notices, on)
    lines = tuple(
        DigestLine(row.id, row.subject.kind, row.subject.number, standing[row.key])
        for row in notices
        if row.key in standing
    )
    return Digest(user.mail_address, lines) if lines else None


def claim_digest(user_id: int, *, now: datetime) -> Digest | None:
    """Claim the notices of a digest before its mail is sent; None if another run has them.

    Nobody sends them again unless they are given back.
    """
    with unaudited_unit():
        digest = find_digest(user_id, on=local_day(now))
        if digest is None:
            return None
        ids = [line.notice_id for line in digest.lines]
        taken = update(Notice).where(Notice.id.in_(ids), _is_new()).values(mailed_at=now)
        mine = set(db.session.scalars(taken.returning(Notice.id)))
    lines = tuple(line for line in digest.lines if line.notice_id in mine)
    return replace(digest, lines=lines) if lines else None


def give_back(digest: Digest) -> None:
    """Release the notices of a digest for the next run."""
    ids = [line.notice_id for line in digest.lines]
    with unaudited_unit():
        db.session.execute(update(Notice).where(Notice.id.in_(ids)).values(mailed_at=None))


def _is_new() -> ColumnElement[bool]:
    return and_(Notice.read_at.is_(None), Notice.mailed_at.is_(None))


def _standing_keys(notices: Sequence[Notice], on: date) -> dict[str, date | None]:
    """Return the keys of notices still current -> the due day of a step, or None.

    Outdated are notices of deadlines met, moved or with another light, and of steps followed by
    another.
    """
    keys = {notice.key for notice in notices}
    ids = [int(key.split(":")[1]) for key in keys if key.startswith("deadline:")]
    deadlines = db.session.scalars(
        select(Deadline)
        .where(Deadline.id.in_(ids))
        .options(joinedload(Deadline.subject))
        .execution_options(populate_existing=True)
    )
    now_due = {deadline_key(row, light_of(row, on)): row.due_on for row in deadlines}
    last = db.session.execute(
        select(Subject.id, func.max(CaseStep.id))
        .outerjoin(CaseStep, CaseStep.subject_id == Subject.id)
        .where(Subject.id.in_({notice.subject_id for notice in notices}))
        .group_by(Subject.id)
    )
    now_at = {case_key(case_id, step_id): None for case_id, step_id in last}
    lasting = {key: None for key in keys if not key.startswith(("deadline:", "case:"))}
    return {key: due for key, due in (now_due | now_at | lasting).items() if key in keys}
