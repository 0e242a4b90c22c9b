"""Use cases of the second factor: a TOTP code or a recovery code. The only user of pyotp."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import pyotp
from cryptography.fernet import InvalidToken
from flask import current_app
from sqlalchemy import delete, func, or_, select, update

from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import SYSTEM, Action
from evalsys.core.sealing import cipher_for
from evalsys.foundation.accounts.factor.rules import (
    CODES,
    DIGITS,
    DRIFT,
    STEP,
    FactorLocked,
    SetUpBefore,
    WrongCode,
    in_fours,
    new_recovery_code,
    read_recovery_code,
    read_typed,
)
from evalsys.foundation.accounts.models import RecoveryCode, SignInSession, User
from evalsys.foundation.accounts.queries import hash_token
from evalsys.foundation.accounts.rules import LOCK, MAX_TRIES, Locked, clean
from evalsys.foundation.accounts.service import end_sessions, forget_tries, take_try

SECRET, OFFERED = "second factor/v1", "second factor offered/v1"
SHOWN_FOR = 3600  # seconds until an offered secret expires


def offer() -> str:
    """Return a new sealed secret; its page posts it back with the first code."""
    return cipher_for(OFFERED).encrypt(pyotp.random_base32().encode()).decode()


def offered_secret(sealed: str) -> str | None:
    """Return the secret of an offer, or None if it is invalid or expired."""
    try:
        return cipher_for(OFFERED).decrypt(sealed.encode(), ttl=SHOWN_FOR).decode()
    except InvalidToken:
        return None


def address_of(user: User, secret: str) -> str:
    """Return the otpauth URI for the QR code, with organisation and account name."""
    issuer = current_app.config["ORGANISATION"]
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).provisioning_uri(user.name, issuer)


def set_up(user: User, secret: str, text: str, *, now: datetime) -> list[str]:
    """Set up the second factor with its first code; return the recovery codes, shown only once.

    Raises SetUpBefore, WrongCode or FactorLocked.
    """
    left = MAX_TRIES - _count_try(user, now)
    step = _step_of(secret, read_typed(clean(text)), now)
    if step is None:
        _refuse(user, left)
    with unit_of_work(user.actor) as unit:
        lock_row(user)
        if user.totp_since is not None:
            raise SetUpBefore
        user.totp_secret = cipher_for(SECRET).encrypt(secret.encode())
        user.totp_since, user.totp_step = now, step
        forget_tries(_key(user))
        unit.record(Action.ACCOUNT_FACTOR, user, name=user.name, to="set up")
        return _make_codes(user)


def give(token: str, text: str, *, now: datetime) -> None:
    """Verify a TOTP or recovery code and mark the session as confirmed.

    Raises WrongCode or FactorLocked.
    """
    session = db.session.get_one(SignInSession, hash_token(token))
    user = session.user
    left = MAX_TRIES - _count_try(user, now)
    with unit_of_work(user.actor) as unit:
        way, is_new = _use(user, clean(text), now), session.factor_at is None
        if way is not None:
            forget_tries(_key(user))
            session.factor_at = now
            user.signed_in_at = now if is_new else user.signed_in_at
        action = Action.ACCOUNT_SIGN_IN if is_new and way else Action.ACCOUNT_FACTOR
        unit.record(action, user, name=user.name, second_factor=way or "wrong code")
    if way is None:
        _refuse(user, left)


def open_with_set_up(token: str, *, now: datetime) -> None:
    """Mark the session in which the second factor was set up as confirmed."""
    session = db.session.get_one(SignInSession, hash_token(token))
    with unit_of_work(session.user.actor) as unit:
        session.factor_at = session.user.signed_in_at = now
        name = session.user.name
        unit.record(Action.ACCOUNT_SIGN_IN, session.user, name=name, second_factor="set up")


def renew_codes(user: User) -> list[str]:
    """Replace the recovery codes; return the ten new ones, shown only once."""
    with unit_of_work(user.actor) as unit:
        codes = _make_codes(user)
        unit.record(Action.ACCOUNT_FACTOR, user, name=user.name, to="new recovery codes")
        return codes


def count_codes(user: User) -> int:
    """Return the number of unused recovery codes of an account."""
    is_left = (RecoveryCode.user_id == user.id) & RecoveryCode.used_at.is_(None)
    return db.session.scalar(select(func.count()).where(is_left)) or 0


def remove(unit: Unit, user: User, *, now: datetime) -> None:
    """Remove the second factor of an account and end its sessions."""
    user.totp_secret = user.totp_since = user.totp_step = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    end_sessions(user, now=now)
    unit.record(Action.ACCOUNT_FACTOR_RESET, user, name=user.name)


def _count_try(user: User, now: datetime) -> int:
    """Count a try before verifying it, and return its number. Raises FactorLocked."""
    try:
        return take_try(_key(user), now)
    except Locked as error:
        raise FactorLocked(**error.params) from error


def _refuse(user: User, left: int) -> NoReturn:
    """Raise WrongCode, or FactorLocked and an audit line if no try is left."""
    if left:
        raise WrongCode(left=left)
    minutes = LOCK.seconds // 60
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.ACCOUNT_LOCK, user, minutes=minutes, second_factor=True)
    raise FactorLocked(tries=MAX_TRIES, minutes=minutes)


def _key(user: User) -> bytes:
    return hash_token(f"second factor\0{user.id}")


def _use(user: User, text: str, now: datetime) -> str | None:
    """Use up a code; return its kind for the audit log, None if it is wrong."""
    typed = read_typed(text)
    if typed.isdecimal() and len(typed) == DIGITS:
        return "app" if _use_step(user, typed, now) else None
    mine = (RecoveryCode.user_id == user.id) & RecoveryCode.used_at.is_(None)
    code = RecoveryCode.code_hash == _hash(user, read_recovery_code(text))
    used = update(RecoveryCode).where(mine & code).values(used_at=now)
    user_id = db.session.scalar(used.returning(RecoveryCode.user_id))
    return "recovery code" if user_id is not None else None


def _use_step(user: User, typed: str, now: datetime) -> bool:
    """Return whether a TOTP code is right and of a later time step than the last one used."""
    if user.totp_secret is None or user.totp_since is None:
        return False
    step = _step_of(cipher_for(SECRET).decrypt(user.totp_secret).decode(), typed, now)
    if step is None:
        return False
    is_later = or_(User.totp_step.is_(None), User.totp_step < step)
    taken = update(User).where(User.id == user.id, is_later).values(totp_step=step)
    return db.session.scalar(taken.returning(User.id)) is not None


def can_be_read(sealed: bytes) -> bool:
    """Return whether a stored secret can be decrypted with the configured secret key."""
    try:
        cipher_for(SECRET).decrypt(sealed)
    except InvalidToken:
        return False
    return True


def _step_of(secret: str, typed: str, now: datetime) -> int | None:
    """Return the time step of a typed code, None for a wrong one."""
    totp, present = pyotp.TOTP(secret, digits=DIGITS, interval=STEP), int(now.timestamp()) // STEP
    steps = range(present - DRIFT, present + DRIFT + 1)
    given = typed.encode()
    right = [s for s in steps if hmac.compare_digest(totp.generate_otp(s).encode(), given)]
    return max(right, default=None)


def _make_codes(user: User) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [new_recovery_code() for _ in range(CODES)]
    rows: Sequence[RecoveryCode] = [
        RecoveryCode(user_id=user.id, code_hash=_hash(user, code)) for code in codes
    ]
    db.session.add_all(sorted(rows, key=lambda _: secrets.randbits(32)))
    return [in_fours(code) for code in codes]


def _hash(user: User, code: str) -> bytes:
    return hash_token(f"recovery/v1\0{user.id}\0{code}")
