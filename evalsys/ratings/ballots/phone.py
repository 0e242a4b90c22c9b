"""The cookies of the citizen's form, all HttpOnly.

The ticket, for an hour or until it is rated, so that a reload finds the form. The key of the ticket
opened last, until its window closes: the same phone can change the rating, and a submit whose
answer was lost can be repeated. Only the last one, so that no cookie joins the tickets of a phone.
A shared device keeps nothing.
"""

import functools
import secrets
from datetime import date, timedelta

from flask import Response, current_app
from werkzeug.http import dump_cookie

from evalsys.core import pages
from evalsys.core.extensions import cookie
from evalsys.ratings.ballots.queries import HeldTicket
from evalsys.ratings.ballots.rules import KEY_BYTES

TICKET, HAND, SHARED = "ticket", "hand", "shared"
TICKET_AGE = 3600  # seconds
DAY = 24 * 3600  # seconds
HOST_ONLY = "__Host-"  # Browsers accept it over TLS only, from this host.
Kept = tuple[str, str, int]  # name, value, max-age in seconds


def is_shared() -> bool:
    """Return whether this device is marked as shared."""
    return cookie(SHARED) == "1"


def share(answer: Response, *, is_shared: bool) -> None:
    """Remember whether this device is shared."""
    pages.remember(answer, SHARED, "1" if is_shared else "0")


def held_code() -> str:
    """Return the code of the ticket in the cookie, or ""."""
    return cookie(_name(TICKET))


def keep_ticket(answer: Response, code: str) -> Response:
    """Set the ticket cookie unless the device is shared."""
    return answer if is_shared() else _keep(answer, (TICKET, code, TICKET_AGE))


def forget_ticket(answer: Response) -> Response:
    """Delete the ticket cookie."""
    answer.delete_cookie(_name(TICKET), secure=_is_secure())
    return answer


def forget_all(answer: Response) -> Response:
    """Delete the cookies of ticket and key."""
    answer.delete_cookie(_name(HAND), secure=_is_secure())
    return forget_ticket(answer)


def held_hand() -> tuple[bytes, bytes] | None:
    """Return (hash of the ticket rated last, its key) from the cookie, or None."""
    hashed, _, key = cookie(_name(HAND)).partition(".")
    raw = _read(hashed), _read(key)
    return raw if raw[0] and len(raw[1]) == KEY_BYTES else None


def key_for(ticket: HeldTicket, sent: str = "") -> bytes:
    """Return the key for a ticket: from the cookie, else from the form, else a new one.

    The cookie goes first, so that two tabs opened at once rate with one key.
    """
    hand = held_hand()
    if hand and hand[0] == ticket.hash:
        return hand[1]
    key = _read(sent)
    return key if len(key) == KEY_BYTES else secrets.token_bytes(KEY_BYTES)


def keep_key(answer: Response, ticket: HeldTicket, key: bytes, today: date) -> Response:
    """Set the key cookie until the ballot is counted, unless the device is shared."""
    return answer if is_shared() else _keep(answer, _hand(ticket, key, today))


def keep_form(answer: Response, ticket: HeldTicket, key: bytes, today: date) -> Response:
    """Set both cookies, and let the browser show the form again when going back."""
    answer.headers["Cache-Control"] = pages.MAY_COME_BACK
    return _keep(answer, (TICKET, ticket.code, TICKET_AGE), _hand(ticket, key, today))


def _hand(ticket: HeldTicket, key: bytes, today: date) -> Kept:
    days = (ticket.valid_until - today + timedelta(days=1)).days
    return HAND, f"{ticket.hash.hex()}.{key.hex()}", days * DAY


def _read(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _keep(answer: Response, *cookies: Kept) -> Response:
    """Set cookies whose values need no quotes: letters, digits and dots."""
    is_secure = _is_secure()
    prefix = HOST_ONLY if is_secure else ""
    for name, value, seconds in cookies:
        ending = _ending(seconds, is_secure)
        answer.headers.add("Set-Cookie", f"{prefix}{name}={value}{ending}")
    return answer


@functools.lru_cache(maxsize=256)
def _ending(seconds: int, is_secure: bool) -> str:  # noqa: FBT001  # Named by its only caller.
    """Return the attributes of a cookie; cached, since Werkzeug formats them anew each time.

    Max-Age without Expires: the latter would differ with every request.
    """
    plain = dump_cookie(
        "name",
        max_age=seconds,
        secure=is_secure,
        httponly=True,
        samesite="Lax",
        sync_expires=False,
    )
    return plain.removeprefix("name=")


def _name(cookie: str) -> str:
    return HOST_ONLY + cookie if _is_secure() else cookie


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
