"""What a citizen's phone keeps, in cookies that no script reads.

The ticket, for an hour or until it was rated, so that a reload finds the form. The key for the
ticket that was opened last, until its window closes: so the same phone can change the rating
without typing anything, and an answer that was lost on its way is simply asked for again. Only the
last one, so that no cookie joins the tickets of a phone. A device that several people share keeps
nothing.
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
HOST_ONLY = "__Host-"  # A browser takes it over TLS, from this very host.
Kept = tuple[str, str, int]  # What a cookie is called, what it holds, and its seconds.


def is_shared() -> bool:
    """Say whether several people use this device."""
    return cookie(SHARED) == "1"


def share(answer: Response, *, is_shared: bool) -> None:
    """Remember whether several people use this device."""
    pages.remember(answer, SHARED, "1" if is_shared else "0")


def held_code() -> str:
    """Return the code of the ticket that the phone holds, or nothing."""
    return cookie(_name(TICKET))


def keep_ticket(answer: Response, code: str) -> Response:
    """Let the phone keep the ticket, so that the form survives a reload."""
    return answer if is_shared() else _keep(answer, (TICKET, code, TICKET_AGE))


def forget_ticket(answer: Response) -> Response:
    """Take the ticket from the phone."""
    answer.delete_cookie(_name(TICKET), secure=_is_secure())
    return answer


def forget_all(answer: Response) -> Response:
    """Take the ticket and the key from the phone."""
    answer.delete_cookie(_name(HAND), secure=_is_secure())
    return forget_ticket(answer)


def held_hand() -> tuple[bytes, bytes] | None:
    """Return the hash of the ticket that was rated last, and the key for it."""
    hashed, _, key = cookie(_name(HAND)).partition(".")
    raw = _read(hashed), _read(key)
    return raw if raw[0] and len(raw[1]) == KEY_BYTES else None


def key_for(ticket: HeldTicket, sent: str = "") -> bytes:
    """Return the key for a ticket: what the phone keeps, what its form sent back, or a new one.

    The cookie goes first, so that two tabs that were opened at once rate with one key.
    """
    hand = held_hand()
    if hand and hand[0] == ticket.hash:
        return hand[1]
    key = _read(sent)
    return key if len(key) == KEY_BYTES else secrets.token_bytes(KEY_BYTES)


def keep_key(answer: Response, ticket: HeldTicket, key: bytes, today: date) -> Response:
    """Let the phone keep the key until the ballot is counted, in place of the one before."""
    return answer if is_shared() else _keep(answer, _hand(ticket, key, today))


def keep_form(answer: Response, ticket: HeldTicket, key: bytes, today: date) -> Response:
    """Let a phone that nobody shares keep ticket and key, and show the form again by itself."""
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
    """Return what stands behind the value of a cookie; Werkzeug works it out anew each time.

    Its age alone, no day on which it ends: that would be another one with every request.
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
