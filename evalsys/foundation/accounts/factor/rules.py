"""Rules of the second factor: who needs one, what a code looks like, how long it counts. Pure."""

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
STEP = 30  # seconds for which a code of the app is shown (RFC 6238)
DRIFT = 1  # steps by which the clock of a phone may be ahead or behind
DIGITS = 6
CODES = 10  # recovery codes of an account
SYMBOLS, GROUP = 16, 4  # of a recovery code: 80 bits, so that its plain hash gives nothing away
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: without I, L, O and U.
_MISREAD = str.maketrans("ILO", "110")


class Need(StrEnum):
    """What a session that began with the right password still needs before it opens anything."""

    CODE = "code"
    SET_UP = "set_up"


class WrongCode(DomainError):
    """The code is not of this moment, was used before, or is no recovery code of the account."""

    message = N_(
        "This code is not right: it may have run out or been used already. Take the one that the "
        "app shows now."
    )
    status = 422

    @property
    def left(self) -> int:
        """Return how many more wrong tries are possible."""
        return int(str(self.params["left"]))


class FactorLocked(DomainError):
    """Too many wrong codes: somebody who knows the password may be guessing."""

    message = N_(
        "After %(tries)s wrong codes no further one is taken. Try again in %(minutes)s min. If it "
        "was not you, change your password and tell the security administrator."
    )
    status = 422


class SetUpBefore(DomainError):
    """A second factor is set up once; a new phone takes two administrators."""

    message = N_(
        "Your second factor is set up already. If the phone is lost, sign in with a recovery code, "
        "or ask the system administrator to let you set it up anew."
    )


def new_recovery_code() -> str:
    """Return a recovery code as it is stored: symbols without hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SYMBOLS))


def in_fours(text: str) -> str:
    """Write a secret or a recovery code in groups of four."""
    return "-".join(text[i : i + GROUP] for i in range(0, len(text), GROUP))


def read_typed(text: str) -> str:
    """Return what was typed without hyphens and blanks, in capitals."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def read_recovery_code(text: str) -> str:
    """Return a typed recovery code as it is stored: what is easily misread is put right."""
    return read_typed(text).translate(_MISREAD)
