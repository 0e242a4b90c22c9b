"""Queries of accounts and sessions."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    TableClause,
    column,
    func,
    select,
    table,
)

from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.factor.rules import FACTOR_ROLES, Need
from evalsys.foundation.accounts.models import OneTimeLink, SignInSession, SignInTries, User
from evalsys.foundation.accounts.rules import LINK_DEAD, LOCK, MAX_TRIES, Ending, why_ended

# The tables of org referenced by accounts, by name: org is a higher layer and must not be imported
# here (docs/adr/0007).
ORGAN = table("organ", column("id", Integer), column("code", String), column("name", String))
SECTION = table(
    "section",
    column("id", Integer),
    column("organ_id", Integer),
    column("code", String),
    column("name", String),
)
STAFF = table("staff", column("id", Integer), column("number", String), column("name", String))


@dataclass(frozen=True)
class Scope:
    """The scope of an account: an organ, a section in it, or neither."""

    organ_id: int | None = None
    section_id: int | None = None


@dataclass(frozen=True)
class AccountRow:
    """An account as shown to administrators: names and rights, no business data.

    `organ` and `section` are code and name; `locked_at` is when wrong passwords locked it, or None.
    """

    user: User
    organ: str | None
    section: str | None
    locked_at: datetime | None


def hash_token(token: str) -> bytes:
    """Return the SHA-256 of a token, as stored."""
    return hashlib.sha256(token.encode()).digest()


def find_session(token: str, now: datetime) -> SignInSession | None:
    """Return the session of a token; None if it has ended or needs its second factor."""
    session = find_begun(token, now)
    return session if session and need_of(session) is None else None


def find_begun(token: str, now: datetime) -> SignInSession | None:
    """Return the live session of a token, even if it needs its second factor, or None."""
    session = db.session.get(SignInSession, hash_token(token))
    return session if session and ending_of(session, now) is None else None


def list_sessions(user: User, now: datetime) -> Sequence[SignInSession]:
    """Return the live sessions of a user, last used first."""
    is_open = (SignInSession.user_id == user.id) & SignInSession.ended_at.is_(None)
    rows = db.session.scalars(
        select(SignInSession).where(is_open).order_by(SignInSession.seen_at.desc())
    )
    return [row for row in rows if ending_of(row, now) is None]


def need_of(session: SignInSession) -> Need | None:
    """Return what a session still needs before it gives access, or None."""
    if session.factor_at is not None:
        return None
    if session.user.totp_since is not None:
        return Need.CODE
    is_demanded = current_app.config["SECOND_FACTOR"] == "required"
    return Need.SET_UP if is_demanded and session.user.role in FACTOR_ROLES else None


def find_ending(token: str, now: datetime) -> Ending | None:
    """Return why the session of a token ended; None if it is live or does not exist."""
    session = db.session.get(SignInSession, hash_token(token))
    return ending_of(session, now) if session else None


def ending_of(session: SignInSession, now: datetime) -> Ending | None:
    """Return why a session ended, None if it is live."""
    user = session.user
    return why_ended(
        started_at=session.started_at,
        seen_at=session.seen_at,
        ended_at=session.ended_at,
        is_changed=user.disabled_at is not None or user.role is not session.role,
        now=now,
        idle=current_app.config["SESSION_IDLE"],
        longest=current_app.config["SESSION_LONGEST"],
    )


def find_user(name: str) -> User | None:
    """Return the account with a sign-in name, or None."""
    return db.session.scalar(select(User).where(User.name == name))


def get_user(name: str) -> User:
    """Return the account with a sign-in name. Raises DomainError."""
    user = find_user(name)
    if user is None:
        raise DomainError(N_("There is no account %(name)s."), name=name)
    return user


def get_link(token: str, now: datetime) -> OneTimeLink:
    """Return a valid link. Raises DomainError if it is unknown, used or expired."""
    link = db.session.get(OneTimeLink, hash_token(token))
    if link is None or link.used_at or link.expires_at <= now or link.user.disabled_at:
        raise DomainError(LINK_DEAD, status=410)
    return link


def get_scope(organ_code: str | None, section_code: str | None) -> Scope:
    """Return the scope of an organ code or section code; a section implies its organ.

    Raises DomainError.
    """
    organ_id = None
    if organ_code:
        organ_id = db.session.scalar(select(ORGAN.c.id).where(ORGAN.c.code == organ_code))
        if organ_id is None:
            raise DomainError(N_("There is no organ with the code %(code)s."), code=organ_code)
    if not section_code:
        return Scope(organ_id)
    section = db.session.execute(
        select(SECTION.c.id, SECTION.c.organ_id).where(SECTION.c.code == section_code)
    ).first()
    if section is None:
        raise DomainError(N_("There is no section with the code %(code)s."), code=section_code)
    if organ_id is not None and section.organ_id != organ_id:
        raise DomainError(
            N_("The section %(section)s does not belong to the organ %(organ)s."),
            section=section_code,
            organ=organ_code,
        )
    return Scope(section.organ_id, section.id)


def scope_codes(scope: Scope) -> tuple[str | None, str | None]:
    """Return the codes of organ and section."""
    return (
        db.session.scalar(select(ORGAN.c.code).where(ORGAN.c.id == scope.organ_id)),
        db.session.scalar(select(SECTION.c.code).where(SECTION.c.id == scope.section_id)),
    )


def find_staff(number: str) -> tuple[int, str] | None:
    """Return id and name of the staff member with a number, or None."""
    row = db.session.execute(
        select(STAFF.c.id, STAFF.c.name).where(STAFF.c.number == number)
    ).first()
    return (row.id, row.name) if row else None


def staff_number(staff_id: int | None) -> str | None:
    """Return the staff number of an id, or None."""
    return db.session.scalar(select(STAFF.c.number).where(STAFF.c.id == staff_id))


def list_organs() -> Sequence[tuple[str, str]]:
    """Return code and name of every organ, by code."""
    rows = db.session.execute(select(ORGAN.c.code, ORGAN.c.name).order_by(ORGAN.c.code))
    return [(row.code, row.name) for row in rows]


def select_accounts(text: str = "", role: Role | None = None, state: str = "") -> Select[User]:
    """Return the query of accounts, by name.

    `text` is searched in both names; `state` is active, disabled, waiting (for a password) or empty
    for all.
    """
    query = select(User).order_by(User.name)
    if text:
        query = query.where(contains(User.name, text) | contains(User.display_name, text))
    if role:
        query = query.where(User.role == role)
    if state == "disabled":
        return query.where(User.disabled_at.is_not(None))
    if state:
        waits = User.password_hash.is_(None)
        query = query.where(User.disabled_at.is_(None), waits if state == "waiting" else ~waits)
    return query


def describe(users: Sequence[User], now: datetime) -> list[AccountRow]:
    """Return accounts with the labels of their organs and sections, and their locks."""
    organs = _labels(ORGAN, {user.organ_id for user in users})
    sections = _labels(SECTION, {user.section_id for user in users})
    hashes = {user.id: hash_token(user.name) for user in users}
    rows = db.session.execute(
        select(SignInTries.name_hash, SignInTries.last_at).where(
            SignInTries.name_hash.in_(hashes.values()),
            SignInTries.tries >= MAX_TRIES,
            SignInTries.last_at > now - LOCK,
        )
    )
    locked = {row.name_hash: row.last_at for row in rows}
    return [
        AccountRow(
            user,
            organs.get(user.organ_id),
            sections.get(user.section_id),
            locked.get(hashes[user.id]),
        )
        for user in users
    ]


def contains(value: Any, text: str) -> ColumnElement[bool]:
    """Return the predicate that a column contains a text, ignoring case."""
    return func.lower(value).contains(text.lower(), autoescape=True)


def _labels(codes: TableClause, ids: set[int | None]) -> dict[int | None, str]:
    rows = db.session.execute(select(codes).where(codes.c.id.in_(ids - {None})))
    return {row.id: f"{row.code} {row.name}" for row in rows}
