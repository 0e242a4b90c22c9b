"""The envelopes of a case: the encrypted ids of its rating and contact.

Only the exclusion of a rating and the call need them, so both are encrypted with a key derived from
the installation's secret key. The id of a rating is never decrypted for a page. See docs/adr/0013.
"""

from evalsys.core.sealing import cipher_for

REVIEW = "review/v1"


def seal_ballot(ballot_id: bytes) -> bytes:
    """Encrypt the id of a rating, with a zero timestamp: ratings have no time."""
    return cipher_for(REVIEW).encrypt_at_time(ballot_id, 0)


def open_ballot(sealed: bytes) -> bytes:
    """Decrypt the result of `seal_ballot`."""
    return cipher_for(REVIEW).decrypt(sealed)


def seal_contact_id(key: str) -> bytes:
    """Encrypt the key of a contact: in clear it would join number and case."""
    return cipher_for(REVIEW).encrypt_at_time(key.encode(), 0)


def open_contact_id(sealed: bytes) -> str:
    """Decrypt the result of `seal_contact_id`. Raises InvalidToken under another secret key."""
    return cipher_for(REVIEW).decrypt(sealed).decode()
