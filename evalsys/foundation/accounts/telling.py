"""What administrators did to accounts, shown to their owners and peers at the next sign-in.

A link, a factor reset, a role, an owner and enabling each give somebody access to an account. What
needs no agreement is shown as well, so that nobody takes over an account unnoticed.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from evalsys.core.audit import Unit
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.factor.rules import FACTOR_ROLES
from evalsys.foundation.accounts.models import AccountRequest, RequestKind, User

WITH_NAMES = (
    joinedload(AccountRequest.user),
    joinedload(AccountRequest.asker),
    joinedload(AccountRequest.decider),
)


def needs_agreement(user: User) -> bool:
    """Return whether a link for an account takes two: only if it has a role."""
    return user.role is not Role.CITIZEN


def tell(unit: Unit, user: User, kind: RequestKind, *, now: datetime) -> None:
    """Store what was done to an account without a request, unless the account has no role."""
    if needs_agreement(user):
        db.session.flush()  # A new account has no id before.
        done = {"asked_by": unit.actor.user_id, "asked_at": now, "done_at": now}
        row = AccountRequest(user_id=user.id, staff_id=user.staff_id, kind=kind, reason="", **done)
        db.session.add(row)
        db.session.flush()


def list_of(user: User) -> Sequence[AccountRequest]:
    """Return what was done to the accounts of a person, newest first."""
    return db.session.scalars(
        select(AccountRequest)
        .where(_is_of(user), AccountRequest.done_at.is_not(None))
        .options(*WITH_NAMES)
        .order_by(AccountRequest.id.desc())
        .limit(20)
    ).all()


def done_since(user: User, since: datetime | None) -> Sequence[AccountRequest]:
    """Return what was done since a time to accounts of the person, or of the same role and organ.

    Roles and owners of others are for those who need a second factor: the rest are too many. None
    means before the first sign-in: returns nothing.
    """
    if since is None:
        return []
    peers = select(User.id).where(
        User.role == user.role,
        User.organ_id.is_(None) if user.organ_id is None else User.organ_id == user.organ_id,
    )
    is_peers: ColumnElement[bool] = AccountRequest.user_id.in_(peers)
    if user.role not in FACTOR_ROLES:
        is_peers &= AccountRequest.kind.in_((RequestKind.LINK, RequestKind.FACTOR))
    return db.session.scalars(
        select(AccountRequest)
        .where(AccountRequest.done_at > since, or_(_is_of(user), is_peers))
        .options(*WITH_NAMES)
        .order_by(AccountRequest.id)
        .limit(10)
    ).all()


def _is_of(user: User) -> ColumnElement[bool]:
    """Return the predicate that a row is about the account, or about one of its owner's."""
    own = AccountRequest.user_id == user.id
    return own if user.staff_id is None else or_(own, AccountRequest.staff_id == user.staff_id)
