"""In which browsers somebody signed in before: a signed cookie that says so for a year.

Anybody can lock a name for thirty minutes by guessing. Who has signed in with a browser before is
not locked out there: its tries are counted by themselves. The cookie opens nothing.
"""

import re
import secrets
from dataclasses import dataclass

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from evalsys.foundation.accounts.queries import hash_token

YEAR = 365 * 24 * 3600  # seconds
MOST = 8  # accounts that one browser remembers, for a shared computer
# What a user agent says -> what people call it; the first that fits.
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
    """The browser of a request: its key ("" for an unknown one), and who signed in with it."""

    key: str = ""
    accounts: tuple[str, ...] = ()
    label: str | None = None

    def knows(self, name: str) -> bool:
        """Return whether the account of a name has signed in with it before."""
        return bool(self.key) and _mark(name) in self.accounts


UNKNOWN = Browser()


def this_browser() -> Browser:
    """Return the browser of this request, by its cookie and by what it says it is."""
    label = describe(request.user_agent.string)
    try:
        key, accounts = _signer().loads(request.cookies.get(_cookie(), ""))
        return Browser(str(key), tuple(map(str, accounts)), label)
    except (BadSignature, ValueError, TypeError):
        return Browser(label=label)


def remember(response: Response, name: str) -> Response:
    """Let the browser remember that the account of a name signed in with it."""
    known = this_browser()
    accounts = [_mark(name), *(mark for mark in known.accounts if mark != _mark(name))][:MOST]
    value = _signer().dumps([known.key or secrets.token_urlsafe(18), accounts])
    is_secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        _cookie(), value, max_age=YEAR, secure=is_secure, httponly=True, samesite="Lax"
    )
    return response


def describe(agent: str) -> str | None:
    """Say in two words which browser it is, so that its owner can tell it from others."""
    program = next((name for mark, name in PROGRAMS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if re.search(mark, agent)), "")
    return " · ".join(part for part in (program, system) if part) or None


def _cookie() -> str:
    return "__Host-browser" if current_app.config["SESSION_COOKIE_SECURE"] else "browser"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="evalsys browser/v1")


def _mark(name: str) -> str:
    """Return what the cookie says of an account: not its name."""
    return hash_token(f"browser\0{name}").hex()[:16]
