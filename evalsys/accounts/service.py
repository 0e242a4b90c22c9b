"""Use cases of accounts: signing in and out."""

import secrets
from datetime import datetime

from evalsys.accounts.models import SignInSession, User
from evalsys.accounts.queries import hash_token
from evalsys.core.audit import Unit
from evalsys.core.extensions import db
from evalsys.core.permissions import Action


def start_session(unit: Unit, user: User, *, now: datetime) -> str:
    """Start a session for a user and return its token, which only the cookie will hold (a step)."""
    token = secrets.token_urlsafe(32)
    session = SignInSession(
        token_hash=hash_token(token), user=user, role=user.role, started_at=now, seen_at=now
    )
    db.session.add(session)
    unit.record(Action.ACCOUNT_SIGN_IN, user, name=user.name)
    return token
