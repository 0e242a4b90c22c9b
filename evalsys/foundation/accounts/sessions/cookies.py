"""Load users from the session cookie: the only module that uses Flask-Login's session.

The signed cookie holds a random token; the session itself is a row in the database, so that it can
be ended there.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, current_app, flash, g, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import UserMixin, logout_user

from evalsys.core import pages
from evalsys.core.error_pages import after_answer
from evalsys.core.errors import N_
from evalsys.core.extensions import login_manager
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import SignInSession, User
from evalsys.foundation.accounts.queries import find_begun, find_ending, find_session
from evalsys.foundation.accounts.rules import HEARTBEAT, Ending
from evalsys.foundation.accounts.service import keep_alive
from evalsys.foundation.accounts.sessions.kept import (
    FLAG,
    WAS,
    begin_forms,
    count_kept,
    keep_post,
    way_back,
)

TOKEN = "_user_id"  # noqa: S105  # Flask-Login's key in the cookie.
ENDINGS = {
    Ending.IDLE: N_(
        "You were signed out after %(idle)s minutes without activity. Please sign in again."
    ),
    Ending.TOO_LONG: N_("A sign-in lasts %(longest)s hours at most. Please sign in again."),
    Ending.CHANGED: N_("Your account was changed, which signed you out. Please sign in again."),
    Ending.ENDED: N_("You were signed out. Please sign in again."),
}


@dataclass(frozen=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types.
    """The user for Flask-Login; its id is the session token, not the user's id.

    The actor is that of the beginning of the request, however often the request writes.
    """

    token: str
    session: SignInSession
    actor: Actor

    @property
    def user(self) -> User:
        """The account."""
        return self.session.user

    @property
    def must_confirm(self) -> bool:
        """Whether the second factor must be given again for an irreversible action."""
        given_at, has_factor = self.session.factor_at, self.user.totp_since is not None
        valid: timedelta = current_app.config["CONFIRMED_FOR"]
        return has_factor and (given_at is None or pages.now() - given_at > valid)

    def get_id(self) -> str:
        """Return the token of the cookie."""
        return self.token


def init_app(app: Flask) -> None:
    """Configure cookie and login manager, and update sessions in use."""
    if app.config["SESSION_COOKIE_SECURE"]:
        # Browsers accept this prefix only from the host itself over TLS, not from subdomains.
        app.config["SESSION_COOKIE_NAME"] = "__Host-session"
    for name in ("SESSION_IDLE", "SESSION_LONGEST", "CONFIRMED_FOR"):
        if not isinstance(app.config[name], timedelta):  # EVALSYS_SESSION_IDLE=15 means minutes.
            app.config[name] = timedelta(minutes=int(app.config[name]))
    login_manager.session_protection = None  # Its fingerprint changes with the mobile network.
    login_manager.user_loader(load)
    login_manager.unauthorized_handler(ask_to_sign_in)
    login_manager.needs_refresh_handler(ask_again)
    after_answer(app, _keep_alive)


def load(token: str) -> SignedIn | None:
    """Return the user of a session token with their current rights, or None."""
    now = pages.now()
    live = find_session(token, now)
    if live is None:
        return None
    if now - live.seen_at >= HEARTBEAT:
        g.heartbeat = token
    return SignedIn(token, live, live.user.actor)


def enter(token: str) -> None:
    """Replace the contents of the cookie by a new session."""
    session.clear()
    session[TOKEN] = token
    live = find_begun(token, pages.now())
    if live is not None:
        begin_forms(live.user_id)
        if count_kept(live.user_id):
            session[FLAG] = True
    g.pop("_login_user", None)  # Flask-Login loads the user again.


def begun() -> tuple[str, SignInSession] | None:
    """Return token and session of this browser, even if it needs its second factor."""
    token = session.get(TOKEN)
    if not isinstance(token, str):
        return None
    live = find_begun(token, pages.now())
    return (token, live) if live else None


def leave() -> None:
    """Clear the cookie but for the old token, which identifies the owner of unsent forms."""
    token = session.get(TOKEN)
    logout_user()
    session.clear()
    if token is not None:
        session[WAS] = token


def ask_to_sign_in() -> ResponseReturnValue:
    """Redirect to the sign-in page and back; flash why if a session has ended."""
    target = way_back(keep_post())
    if begun():
        return redirect(url_for("accounts.second_factor", next=target))
    token = session.pop(TOKEN, None)
    if token is not None:
        session[WAS] = token  # Identifies the owner of a form in another tab.
        ending = find_ending(token, pages.now()) or Ending.ENDED
        flash(
            _(
                ENDINGS[ending],
                idle=_whole("SESSION_IDLE", timedelta(minutes=1)),
                longest=_whole("SESSION_LONGEST", timedelta(hours=1)),
            )
        )
    return redirect(url_for("accounts.login", next=target))


def ask_again() -> ResponseReturnValue:
    """Redirect to the page that asks for the second factor, and back."""
    return redirect(url_for("accounts.second_factor", next=way_back(keep_post())), 303)


def _whole(setting: str, unit: timedelta) -> int:
    value: timedelta = current_app.config[setting]
    return value // unit


def _keep_alive(response: Response) -> Response:
    """Update `seen_at` after the response, at most once a minute."""
    token = g.pop("heartbeat", None)
    if token is not None:
        keep_alive(token, now=pages.now())
    return response
