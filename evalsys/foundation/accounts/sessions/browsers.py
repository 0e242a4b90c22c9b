"""Browsers in which an account signed in before, remembered for a year by a signed cookie.

Anybody can lock a name for thirty minutes by guessing. A known browser has its own counter of
tries, so its user is not locked out. The cookie gives no access.
"""

import re
import secrets
from dataclasses import dataclass

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from evalsys.foundation.accounts.queries import hash_token

YEAR = 365 * 24 * 3600  # seconds
MOST = 8  # accounts remembered by a browser, for shared computers
# (part of the user agent, label); the first match counts.
PROGRAMS = (
    ("MicroMessenger", "微信"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Browser:
    """The browser of a request: its key ("" if unknown), and marks of accounts that signed in."""

    key: str = ""
    accounts: tuple[str, ...] = ()
    label: str | None = None

    def knows(self, name: str) -> bool:
        """Return whether an account has signed in with it before."""
        return bool(self.key) and _mark(name) in self.accounts


UNKNOWN = Browser()


def this_browser() -> Browser:
    """Return the browser of this request, from its cookie and user agent."""
    label = describe(request.user_agent.string)
    try:
        key, accounts = _signer().loads(request.cookies.get(_cookie(), ""))
        return Browser(str(key), tuple(map(str, accounts)), label)
    except (BadSignature, ValueError, TypeError):
        return Browser(label=label)


def remember(response: Response, name: str) -> Response:
    """Set the cookie that marks the browser as known to an account."""
    known = this_browser()
    accounts = [_mark(name), *(mark for mark in known.accounts if mark != _mark(name))][:MOST]
    value = _signer().dumps([known.key or secrets.token_urlsafe(18), accounts])
    is_secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        _cookie(), value, max_age=YEAR, secure=is_secure, httponly=True, samesite="Lax"
    )
    return response


def describe(agent: str) -> str | None:
    """Return a short label of a user agent, such as "Chrome · Windows", or None."""
    program = next((name for mark, name in PROGRAMS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if re.search(mark, agent)), "")
    return " · ".join(part for part in (program, system) if part) or None


def _cookie() -> str:
    return "__Host-browser" if current_app.config["SESSION_COOKIE_SECURE"] else "browser"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="evalsys browser/v1")


def _mark(name: str) -> str:
    """Return the mark of an account in the cookie, which does not reveal its name."""
    return hash_token(f"browser\0{name}").hex()[:16]
