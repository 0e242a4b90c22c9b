"""Requests that take two administrators: a new link for an account with a role, a factor reset.

The system administrator asks, the security administrator agrees; the person and the other accounts
of the same role and organ are notified at their next sign-in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError, NotAllowed
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import SYSTEM, Action, Actor, Role
from evalsys.foundation.accounts.administration import (
    ADMINISTRATORS,
    ADMINISTRATORS_ACCOUNT,
    OWN_ACCOUNT,
)
from evalsys.foundation.accounts.factor import service as second_factor
from evalsys.foundation.accounts.models import AccountRequest, RequestKind, User
from evalsys.foundation.accounts.second_person import check_second_person, is_second_person
from evalsys.foundation.accounts.service import make_link
from evalsys.foundation.accounts.telling import needs_agreement, tell

WAITS = timedelta(days=7)  # Until a request, or an agreement, expires.


def ask(
    actor: Actor, user: User, kind: RequestKind, reason: str, *, now: datetime
) -> AccountRequest:
    """Ask for a new link or a factor reset. Raises DomainError."""
    with unit_of_work(actor) as unit:
        lock_row(user)
        _check_account(actor, user)
        if find_open(user, kind, now=now) is not None:
            raise DomainError(
                N_("The same was asked for %(name)s already: the security administrator decides."),
                name=user.name,
            )
        row = AccountRequest(
            user_id=user.id,
            staff_id=user.staff_id,
            kind=kind,
            reason=reason,
            asked_by=actor.user_id,
            asked_at=now,
        )
        db.session.add(row)
        unit.record(Action.ACCOUNT_CREATE, row, name=user.name, ask=kind.value, reason=reason)
    return row


def decide(actor: Actor, request_id: int, *, is_agreed: bool, now: datetime) -> AccountRequest:
    """Agree to a request or reject it; a factor reset is carried out at once.

    Raises NoResultFound or DomainError.
    """
    with unit_of_work(actor) as unit:
        row = db.session.get_one(AccountRequest, request_id, with_for_update=True)
        if row.decided_at is not None or row.asked_at + WAITS <= now:
            raise DomainError(N_("This request was decided, carried out or has expired meanwhile."))
        check_second_person(actor, row.asked_by, row.user_id)
        row.decided_by, row.decided_at, row.is_agreed = actor.user_id, now, is_agreed
        facts: dict[str, Any] = {"name": row.user.name, "ask": row.kind.value, "agreed": is_agreed}
        unit.record(Action.ACCOUNT_AGREE, row, **facts)
        if is_agreed and row.kind is RequestKind.FACTOR:
            second_factor.remove(unit, row.user, now=now)
            row.done_at = now
    return row


def issue_link(user: User, *, actor: Actor, now: datetime) -> str:
    """Return the token of a new one-time link; the password works until it is used.

    Raises NotAllowed or DomainError.
    """
    if not actor.may(Action.ACCOUNT_CREATE):
        raise NotAllowed
    with unit_of_work(actor) as unit:
        lock_row(user)
        _check_account(actor, user)
        if actor.role is Role.SYSTEM:
            tell(unit, user, RequestKind.LINK, now=now)
        elif needs_agreement(user):
            row = find_open(user, RequestKind.LINK, now=now)
            if row is None or not row.is_agreed:
                raise DomainError(
                    N_(
                        "A new link for %(name)s takes the agreement of the security administrator "
                        "first."
                    ),
                    name=user.name,
                )
            row.done_at = now
        unit.record(Action.ACCOUNT_CREATE, user, name=user.name, link="new")
        return make_link(user, now=now)


def reset_factor(user: User, *, now: datetime) -> None:
    """Reset the second factor of an account from the command line."""
    with unit_of_work(SYSTEM) as unit:
        lock_row(user)
        tell(unit, user, RequestKind.FACTOR, now=now)
        second_factor.remove(unit, user, now=now)


def find_open(user: User, kind: RequestKind, *, now: datetime) -> AccountRequest | None:
    """Return the request of an account that is undecided, or agreed and not carried out yet."""
    return db.session.scalar(
        select(AccountRequest)
        .where(
            AccountRequest.user_id == user.id,
            AccountRequest.kind == kind,
            *_is_open(now),
        )
        .order_by(AccountRequest.id.desc())
        .limit(1)
    )


def list_open(*, now: datetime) -> Sequence[AccountRequest]:
    """Return all undecided requests, and agreed ones not carried out yet; oldest first."""
    return db.session.scalars(
        select(AccountRequest)
        .where(*_is_open(now))
        .options(joinedload(AccountRequest.user), joinedload(AccountRequest.asker))
        .order_by(AccountRequest.id)
        .limit(50)
    ).all()


def _is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        AccountRequest.done_at.is_(None),
        AccountRequest.asked_at > now - WAITS,
        or_(AccountRequest.is_agreed.is_(None), AccountRequest.is_agreed.is_(True)),
    )


def _check_account(actor: Actor, user: User) -> None:
    """Raise DomainError unless the actor may ask for the account."""
    if actor.role is not Role.SYSTEM:
        if user.role in ADMINISTRATORS:
            raise DomainError(ADMINISTRATORS_ACCOUNT)
        if not is_second_person(actor, user.id):
            raise DomainError(OWN_ACCOUNT)
    if user.disabled_at is not None:
        raise DomainError(N_("The account %(name)s is disabled."), name=user.name)
