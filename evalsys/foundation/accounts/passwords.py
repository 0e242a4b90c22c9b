"""How passwords are hashed and judged: the only module that knows argon2 and zxcvbn.

Argon2id with 19 MiB, 2 passes and 1 lane, the first choice of the OWASP password storage sheet.
Raise the numbers here when machines get faster: each account follows at its next sign-in.
"""

import functools
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from evalsys.core.errors import N_
from evalsys.foundation.accounts.rules import (
    WEAKEST,
    WeakPassword,
    check_length_and_names,
    clean,
)

READ_BY_ZXCVBN = 72  # It refuses longer ones; what follows can only make a password stronger.
COMMON = ("evalsys", "evaluation", "pingjia", "zhengwu", "mima")

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with its salt and parameters."""
    return _hasher.hash(clean(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Return whether a password belongs to a hash; None takes as long and is never right."""
    nobody = _hash_of_nobody()  # Made for known names too: the first sign-in tells nothing either.
    try:
        _hasher.verify(password_hash or nobody, clean(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@functools.cache
def _hash_of_nobody() -> str:
    """Return what is verified in place of a hash that does not exist."""
    return _hasher.hash("nobody has this password")


def is_outdated(password_hash: str) -> bool:
    """Return whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_password(password: str, names: Sequence[str]) -> None:
    """Raise a DomainError that says what is wrong with a new password.

    `names` are words that belong to the account and must not help.
    """
    from zxcvbn import zxcvbn

    password = clean(password)
    check_length_and_names(password, names)
    found = zxcvbn(password[:READ_BY_ZXCVBN], user_inputs=[*names, *COMMON])
    if found["score"] < WEAKEST:
        raise WeakPassword(
            N_(
                "This password is easy to guess. Take several words that do not belong together, "
                "without years, keyboard rows or well-known sayings."
            )
        )
