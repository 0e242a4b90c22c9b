"""Rules of the second factor: required roles, format and validity of codes. Pure."""

import secrets
from enum import StrEnum

from evalsys.core.errors import N_, DomainError
from evalsys.core.permissions import Role

# Every role that decides, publishes, supervises or administers (GB/T 22239 8.1.4.1 d).
FACTOR_ROLES = frozenset(
    {
        Role.LEADER,
        Role.HR,
        Role.SUPERVISOR,
        Role.DISCIPLINE,
        Role.SYSADMIN,
        Role.SECADMIN,
        Role.AUDITOR,
    }
)
STEP = 30  # seconds: the time step of a code (RFC 6238)
DRIFT = 1  # steps of tolerated clock skew
DIGITS = 6
CODES = 10  # recovery codes of an account
SYMBOLS, GROUP = 16, 4  # of a recovery code: 80 bits, so that a plain hash is enough
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: without I, L, O and U.
_MISREAD = str.maketrans("ILO", "110")


class Need(StrEnum):
    """What a session still needs after the password, before it gives access."""

    CODE = "code"
    SET_UP = "set_up"


class WrongCode(DomainError):
    """The code is wrong, expired or already used."""

    message = N_(
        "This code is not right: it may have run out or been used already. Take the one that the "
        "app shows now."
    )
    status = 422

    @property
    def left(self) -> int:
        """The number of remaining tries."""
        return int(str(self.params["left"]))


class FactorLocked(DomainError):
    """Too many wrong codes; somebody with the password may be guessing."""

    message = N_(
        "After %(tries)s wrong codes no further one is taken. Try again in %(minutes)s min. If it "
        "was not you, change your password and tell the security administrator."
    )
    status = 422


class SetUpBefore(DomainError):
    """The second factor is set up already; a reset takes two administrators."""

    message = N_(
        "Your second factor is set up already. If the phone is lost, sign in with a recovery code, "
        "or ask the system administrator to let you set it up anew."
    )


def new_recovery_code() -> str:
    """Return a random recovery code without hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SYMBOLS))


def in_fours(text: str) -> str:
    """Format a secret or a recovery code in groups of four."""
    return "-".join(text[i : i + GROUP] for i in range(0, len(text), GROUP))


def read_typed(text: str) -> str:
    """Normalise a typed code: upper case, without hyphens and blanks."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def read_recovery_code(text: str) -> str:
    """Normalise a typed recovery code, replacing the look-alikes I, L and O."""
    return read_typed(text).translate(_MISREAD)
