"""Reads of accounts."""

import hashlib
from datetime import datetime

from flask import current_app

from evalsys.accounts.models import SignInSession, User
from evalsys.core.extensions import db


def hash_token(token: str) -> bytes:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def find_session(token: str, now: datetime) -> SignInSession | None:
    """Return the live session of a token, or None: it ended, idled out, or its user changed."""
    session = db.session.get(SignInSession, hash_token(token))
    if session is None or session.ended_at is not None:
        return None
    user: User = session.user
    config = current_app.config
    is_live = (
        user.disabled_at is None
        and user.role is session.role
        and now - session.seen_at <= config["SESSION_IDLE"]
        and now - session.started_at <= config["SESSION_LONGEST"]
    )
    return session if is_live else None
