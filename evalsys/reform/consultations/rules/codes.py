"""Who may give an opinion, once: by the secret of a ticket, or by a code sent by mail. Pure.

Neither is stored. The secret of a mailed code is derived from the address, so that an address has
one code however often it asks; its tag shows that we made it, without a list of addresses. An
opinion is stored under a hash of the secret: the database holds neither secret nor address, and
cannot get from a ticket to an opinion.
"""

import hashlib
import hmac
from collections.abc import Callable

SECRET, TAG = 10, 6  # bytes; together a code of 27 symbols, a ticket's has the secret alone
KEY = 16  # bytes


def plain_address(address: str) -> str:
    """Return an address as one person has it once: no case, nothing after a + in the box.

    A box that begins with + is whole: without what follows nobody's name would be left.
    """
    box, _, host = address.strip().casefold().rpartition("@")
    return f"{box.partition('+')[0] or box}@{host}"


def mailed_code(key: bytes, consultation: int, address: str) -> bytes:
    """Return the code of an address for a consultation, always the same."""
    asked = f"address/v1\0{consultation}\0{plain_address(address)}".encode()
    secret = hmac.digest(key, asked, "sha256")[:SECRET]
    return secret + _tag(key, consultation, secret)


def is_mailed(key: bytes, consultation: int, code: bytes) -> bool:
    """Return whether a code was made by us for this consultation."""
    secret, tag = code[:SECRET], code[SECRET:]
    return hmac.compare_digest(tag, _tag(key, consultation, secret))


def _tag(key: bytes, consultation: int, secret: bytes) -> bytes:
    return hmac.digest(key, f"tag/v1\0{consultation}\0".encode() + secret, "sha256")[:TAG]


def opinion_key(consultation: int, code: bytes) -> bytes:
    """Return the key under which the opinion of a code is stored; not derivable from a ticket."""
    return hashlib.sha256(f"opinion/v1\0{consultation}\0".encode() + code).digest()[:KEY]


def may_take_part(
    key: bytes, consultation: int, code: bytes, is_ticket: Callable[[bytes], bool]
) -> bool:
    """Return whether a code opens the form: that of a ticket, or one that we mailed."""
    if len(code) == SECRET:
        return is_ticket(code)
    return len(code) == SECRET + TAG and is_mailed(key, consultation, code)
