"""Hash and check passwords: the only user of argon2 and zxcvbn.

Argon2id with 19 MiB, 2 iterations and 1 lane, as recommended by the OWASP password storage cheat
sheet. After a change here each account is rehashed at its next sign-in.
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

READ_BY_ZXCVBN = 72  # zxcvbn rejects longer ones; the rest can only add strength.
COMMON = ("evalsys", "evaluation", "pingjia", "zhengwu", "mima")

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with its salt and parameters."""
    return _hasher.hash(clean(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Return whether a password matches a hash; None takes the same time and never matches."""
    nobody = _hash_of_nobody()  # Always computed, so that the first call leaks no timing either.
    try:
        _hasher.verify(password_hash or nobody, clean(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@functools.cache
def _hash_of_nobody() -> str:
    """Return a dummy hash to verify in place of a missing one. Cached."""
    return _hasher.hash("nobody has this password")


def is_outdated(password_hash: str) -> bool:
    """Return whether a hash has other parameters than the current ones."""
    return _hasher.check_needs_rehash(password_hash)


def check_password(password: str, names: Sequence[str]) -> None:
    """Raise WeakPassword for a weak new password.

    `names` are words of the account, which the password must not contain.
    """
    from zxcvbn import zxcvbn

    password = clean(password)
    check_length_and_names(password, names)
    strength = zxcvbn(password[:READ_BY_ZXCVBN], user_inputs=[*names, *COMMON])
    if strength["score"] < WEAKEST:
        raise WeakPassword(
            N_(
                "This password is easy to guess. Take several words that do not belong together, "
                "without years, keyboard rows or well-known sayings."
            )
        )
