"""Users, roles, signing in, one-time links, server-side sessions."""

from flask import Flask
from flask_login import UserMixin

from evalsys.accounts.models import User
from evalsys.accounts.queries import find_session
from evalsys.core import pages
from evalsys.core.extensions import login_manager
from evalsys.core.permissions import Actor


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature, and how a cookie becomes a user."""
    login_manager.user_loader(_load)


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types.
    """The signed-in user as Flask-Login knows it: its id is the session token, not the user's."""

    def __init__(self, token: str, user: User) -> None:
        self.token = token
        self.user = user

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return self.token

    @property
    def actor(self) -> Actor:
        """Return who acts."""
        return self.user.actor


def _load(token: str) -> SignedIn | None:
    session = find_session(token, pages.now())
    return SignedIn(token, session.user) if session else None
