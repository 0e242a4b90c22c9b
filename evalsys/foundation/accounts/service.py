"""Use cases of accounts: sign-in and sign-out, sessions, passwords, one-time links, mail."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from evalsys.core.audit import Unit, unaudited_unit, unit_of_work
from evalsys.core.database.sqlite import Busy
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Actor, Role
from evalsys.foundation.accounts import passwords
from evalsys.foundation.accounts.models import OneTimeLink, SignInSession, SignInTries, User
from evalsys.foundation.accounts.queries import find_user, get_link, hash_token, need_of
from evalsys.foundation.accounts.rules import (
    LINK_DEAD,
    LINK_LIFE,
    LOCK,
    MAX_TRIES,
    Locked,
    MayNotSignIn,
    WrongPassword,
    clean,
    clean_mail,
    minutes_left,
)
from evalsys.foundation.accounts.sessions.browsers import UNKNOWN, Browser

KEPT = timedelta(days=7)  # How long an ended session is stored, to explain its end.


def sign_in(name: str, password: str, *, now: datetime, asked: Browser = UNKNOWN) -> str:
    """Check a password, start a session and return its token, which only the cookie stores.

    If a second factor is needed, the session gives no access before it. Raises WrongPassword,
    Locked or MayNotSignIn.
    """
    user = check_credentials(name, password, now=now, asked=asked)
    with unit_of_work(user.actor) as unit:
        forget_tries(tries_key(user.name, user, asked))
        if user.password_hash and passwords.is_outdated(user.password_hash):
            user.password_hash = passwords.hash_password(password)
        return start_session(unit, user, now=now, asked=asked)


def check_credentials(name: str, password: str, *, now: datetime, asked: Browser = UNKNOWN) -> User:
    """Return the user of a name and password.

    An unknown name is counted, locked and answered like a known one, in the same time.
    Raises WrongPassword, Locked or MayNotSignIn.
    """
    name = clean(name).strip()
    user = find_user(name)
    tries = take_try(tries_key(name, user, asked), now)
    if not passwords.is_right(password, user.password_hash if user else None) or user is None:
        if tries < MAX_TRIES:
            raise WrongPassword(left=MAX_TRIES - tries)
        with unit_of_work(SYSTEM) as unit:  # Nobody is signed in.
            unit.record(Action.ACCOUNT_LOCK, user or "unknown name", minutes=LOCK.seconds // 60)
        raise Locked(tries=MAX_TRIES, minutes=LOCK.seconds // 60)
    if user.disabled_at is not None:
        raise MayNotSignIn(N_("This account is disabled. Ask the security administrator."))
    if user.role is Role.CITIZEN:
        raise MayNotSignIn(N_("This account has no role yet. Ask the security administrator."))
    return user


def start_session(unit: Unit, user: User, *, now: datetime, asked: Browser = UNKNOWN) -> str:
    """Start a session for a user and return its token, which only the cookie stores."""
    token = secrets.token_urlsafe(32)
    dead = (SignInSession.user_id == user.id) & (SignInSession.started_at < now - KEPT)
    db.session.execute(delete(SignInSession).where(dead))
    session = SignInSession(
        token_hash=hash_token(token),
        user=user,
        role=user.role,
        started_at=now,
        seen_at=now,
        previous_at=user.signed_in_at,
        browser=asked.label,
    )
    db.session.add(session)
    waits = need_of(session) is not None
    user.signed_in_at = user.signed_in_at if waits else now
    facts = {"second_factor": "waits"} if waits else {}
    unit.record(Action.ACCOUNT_SIGN_IN, user, name=user.name, **facts)
    return token


def keep_alive(token: str, *, now: datetime) -> None:
    """Update `seen_at` of a session; skipped while the write lock is held."""
    is_alive = (SignInSession.token_hash == hash_token(token)) & SignInSession.ended_at.is_(None)
    with suppress(Busy), unaudited_unit(wait=False):
        db.session.execute(update(SignInSession).where(is_alive).values(seen_at=now))


def sign_out(token: str, *, actor: Actor, now: datetime) -> None:
    """End the session of a token."""
    with unit_of_work(actor) as unit:
        session = db.session.get_one(SignInSession, hash_token(token))
        session.ended_at = now
        unit.record(Action.ACCOUNT_SIGN_OUT, session.user, name=session.user.name)


def end_own(actor: Actor, present: SignInSession, key: str, *, now: datetime) -> int:
    """End one of the actor's sessions by its `key`, or all but the current one ("others").

    Returns the number of ended sessions.
    """
    mine = (SignInSession.user_id == actor.user_id) & SignInSession.ended_at.is_(None)
    with unit_of_work(actor) as unit:
        rows = db.session.scalars(select(SignInSession).where(mine)).all()
        if key == "others":
            chosen = [row for row in rows if row is not present]
        else:
            chosen = [row for row in rows if row.key == key]
        for row in chosen:
            row.ended_at = now
        user = present.user
        unit.record(Action.ACCOUNT_SIGN_OUT, user, name=user.name, ended=len(chosen))
    return len(chosen)


def end_sessions(user: User, *, now: datetime) -> None:
    """End all sessions of a user; the caller records it."""
    is_open = (SignInSession.user_id == user.id) & SignInSession.ended_at.is_(None)
    db.session.execute(update(SignInSession).where(is_open).values(ended_at=now))


def set_password(unit: Unit, user: User, password: str, *, now: datetime) -> None:
    """Set the password of a user; all sessions end and the counter of tries is reset.

    Raises WeakPassword.
    """
    passwords.check_password(password, (user.name, user.display_name))
    user.password_hash = passwords.hash_password(password)
    end_sessions(user, now=now)
    forget_tries(tries_key(user.name, user, UNKNOWN))
    unit.record(Action.ACCOUNT_PASSWORD, user, name=user.name)


def change_password(
    session: SignInSession, old: str, new: str, *, now: datetime, asked: Browser = UNKNOWN
) -> str:
    """Change one's own password and return the token of a new session; all others end.

    A second factor given before stays valid. Raises like `check_credentials` and `set_password`.
    """
    given_at = session.factor_at
    user = check_credentials(session.user.name, old, now=now, asked=asked)
    with unit_of_work(user.actor) as unit:
        set_password(unit, user, new, now=now)
        token = start_session(unit, user, now=now, asked=asked)
        db.session.get_one(SignInSession, hash_token(token)).factor_at = given_at
        return token


def change_mail(actor: Actor, text: str) -> None:
    """Set one's own mail address for notices; an empty text removes it.

    The audit line does not contain the address. Raises BadMail.
    """
    address = clean_mail(text) if text.strip() else None
    with unit_of_work(actor) as unit:
        user = db.session.get_one(User, actor.user_id, with_for_update=True)
        user.mail_address = address
        to = "set" if address else "removed"
        unit.record(Action.ACCOUNT_MAIL, user, name=user.name, to=to)


def make_link(user: User, *, now: datetime) -> str:
    """Return the token of a new one-time link and void earlier ones; the caller records it."""
    is_unused = (OneTimeLink.user_id == user.id) & OneTimeLink.used_at.is_(None)
    db.session.execute(update(OneTimeLink).where(is_unused).values(used_at=now))
    token = secrets.token_urlsafe(32)
    db.session.add(OneTimeLink(token_hash=hash_token(token), user=user, expires_at=now + LINK_LIFE))
    return token


def link_address(token: str) -> str:
    """Return the URL of a one-time link."""
    return f"{current_app.config['PUBLIC_URL'].rstrip('/')}/link/{token}"


def use_link(token: str, password: str, *, now: datetime) -> None:
    """Set the password of the account of a one-time link.

    Raises DomainError, or WeakPassword, after which the link is still valid.
    """
    with unit_of_work(SYSTEM) as unit:  # Nobody is signed in.
        link = get_link(token, now)
        is_mine = (OneTimeLink.token_hash == link.token_hash) & OneTimeLink.used_at.is_(None)
        taken = (
            update(OneTimeLink).where(is_mine).values(used_at=now).returning(OneTimeLink.user_id)
        )
        if db.session.scalar(taken) is None:
            raise DomainError(LINK_DEAD, status=410)  # Another browser was faster.
        set_password(unit, link.user, password, now=now)


def tries_key(name: str, user: User | None, asked: Browser) -> bytes:
    """Return the key of the counter of tries for a name.

    A browser in which the account signed in before has its own counter, so that guessing from
    elsewhere does not lock it out; a new password starts a new counter.
    """
    if user is None or not asked.knows(user.name):
        return hash_token(name)
    return hash_token("\0".join((name, asked.key, user.password_hash or "")))


def take_try(key: bytes, now: datetime) -> int:
    """Count a try before it is verified, and return its number, 1 to MAX_TRIES.

    Counting first keeps concurrent tries within the limit. Raises Locked.
    """
    is_open = (SignInTries.name_hash == key) & (SignInTries.tries < MAX_TRIES)
    increment = (
        update(SignInTries)
        .where(is_open)
        .values(tries=SignInTries.tries + 1, last_at=now)
        .returning(SignInTries.tries)
    )
    with unaudited_unit():
        db.session.execute(delete(SignInTries).where(SignInTries.last_at <= now - LOCK))
        number = db.session.scalar(increment)
        last_at = db.session.scalar(_last_try(key)) if number is None else None
        if number is None and last_at is None:
            try:
                with db.session.begin_nested():
                    first = insert(SignInTries).values(name_hash=key, tries=1, last_at=now)
                    db.session.execute(first)
                number = 1
            except IntegrityError:  # Another worker has just inserted the row.
                number = db.session.scalar(increment)
        if number is None:
            raise Locked(tries=MAX_TRIES, minutes=minutes_left(last_at or now, now))
        return number


def _last_try(key: bytes) -> Select[datetime]:
    return select(SignInTries.last_at).where(SignInTries.name_hash == key)


def forget_tries(key: bytes) -> None:
    """Reset the counter of tries of a key."""
    db.session.execute(delete(SignInTries).where(SignInTries.name_hash == key))
