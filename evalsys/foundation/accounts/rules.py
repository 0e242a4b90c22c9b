"""Rules of accounts: names, passwords, locks, mail addresses, ends of sessions. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from evalsys.core.errors import N_, DomainError

MAX_TRIES = 5
LOCK = timedelta(minutes=30)
LINK_LIFE = timedelta(hours=48)
HEARTBEAT = timedelta(minutes=1)
SHORTEST, LONGEST = 12, 128  # characters of a password
WEAKEST = 3  # zxcvbn's score, 0-4: "safely unguessable" begins here.
TELLING = 3  # Shorter Latin names occur in too many passwords to forbid them.

LONGEST_MAIL, LONGEST_BOX = 254, 64  # characters of an address, and of its local part

_NAME = re.compile(r"[\w][\w.@-]{1,63}")
# Stricter than RFC 5322: no quotes, comments or brackets that a header may misread, and a dot in
# the domain, which typing errors often lose.
_BOX = r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"(?P<box>{_BOX}(?:\.{_BOX})*)@{_LABEL}(?:\.{_LABEL})+")


class Ending(StrEnum):
    """Why a session ended."""

    ENDED = "ended"
    CHANGED = "changed"
    IDLE = "idle"
    TOO_LONG = "too_long"


class BadMail(DomainError):
    """An invalid mail address."""

    message = N_(
        "This is not a mail address. It looks like zhou.min@example.cn: Latin letters and digits, "
        "one @, no spaces."
    )


class WeakPassword(DomainError):
    """A password that is too weak, too short or too long; the message says which."""


class WrongPassword(DomainError):
    """Name and password do not match; `left` tries remain before the lock."""

    message = N_("The name or the password is wrong.")
    status = 422

    @property
    def left(self) -> int:
        """The number of remaining tries."""
        return int(str(self.params["left"]))


class Locked(DomainError):
    """Too many wrong passwords for a name, existing or not."""

    message = N_(
        "After %(tries)s wrong passwords this name is locked. Try again in %(minutes)s min."
    )
    status = 422


LINK_DEAD = N_(
    "This link was used already, has expired or is not complete. "
    "Ask the system administrator for a new one."
)


class MayNotSignIn(DomainError):
    """The password is right but the account may not sign in; revealed only after the password."""

    status = 422


def clean(text: str) -> str:
    """Normalise a name or password by NFKC, e.g. full-width １２３ to 123.

    Zero bytes are removed: PostgreSQL rejects them.
    """
    return unicodedata.normalize("NFKC", text).replace("\0", "")


def clean_name(text: str) -> str:
    """Normalise and validate a sign-in name. Raises DomainError."""
    name = clean(text).strip()
    if not _NAME.fullmatch(name):
        raise DomainError(
            N_("A sign-in name has 2 to 64 letters, digits, dots, hyphens or @, without spaces.")
        )
    return name


def clean_mail(text: str) -> str:
    """Normalise and validate one mail address, e.g. ＠ to @. Raises BadMail."""
    address = clean(text).strip()
    match = _MAIL.fullmatch(address)
    if match is None or len(address) > LONGEST_MAIL or len(match["box"]) > LONGEST_BOX:
        raise BadMail
    return address


def check_length_and_names(password: str, names: Sequence[str]) -> None:
    """Raise WeakPassword for a wrong length, or if the password contains a name."""
    if len(password) < SHORTEST:
        raise WeakPassword(
            N_("The password has %(length)s characters. It needs at least %(shortest)s."),
            length=len(password),
            shortest=SHORTEST,
        )
    if len(password) > LONGEST:
        raise WeakPassword(
            N_("The password may have at most %(longest)s characters."), longest=LONGEST
        )
    folded = password.casefold()
    telling = (name for name in names if len(name) >= TELLING or (name and not name.isascii()))
    if any(name.casefold() in folded for name in telling):
        raise WeakPassword(N_("The password must not contain your name or sign-in name."))


def minutes_left(last_at: datetime, now: datetime) -> int:
    """Return the minutes left of a lock since `last_at`, rounded up, at least 1."""
    seconds = (last_at + LOCK - now).total_seconds()
    return max(1, -int(-seconds // 60))


def why_ended(  # noqa: PLR0913  # Each is a condition.
    *,
    started_at: datetime,
    seen_at: datetime,
    ended_at: datetime | None,
    is_changed: bool,
    now: datetime,
    idle: timedelta,
    longest: timedelta,
) -> Ending | None:
    """Return why a session has ended at `now`, None if it is live.

    `is_changed` means that the account was disabled, or its role changed since sign-in.
    """
    if ended_at is not None:
        return Ending.ENDED
    if is_changed:
        return Ending.CHANGED
    if now - started_at > longest:
        return Ending.TOO_LONG
    return Ending.IDLE if now - seen_at > idle else None
