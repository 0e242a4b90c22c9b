"""The envelopes in which a case holds the id of its rating and the key of its contact.

Whoever sets the rating aside must find it, and who calls must find the number, and nobody else: so
both are encrypted with a key of their own, derived from the secret key of the installation. The id
of a rating is never decrypted for a page. See docs/adr/0013.
"""

from evalsys.core.sealing import cipher_for

REVIEW = "review/v1"


def seal_ballot(ballot_id: bytes) -> bytes:
    """Encrypt the id of a rating. The time inside is zero: a rating has none."""
    return cipher_for(REVIEW).encrypt_at_time(ballot_id, 0)


def open_ballot(sealed: bytes) -> bytes:
    """Decrypt what `seal_ballot` made."""
    return cipher_for(REVIEW).decrypt(sealed)


def seal_contact_id(key: str) -> bytes:
    """Encrypt the key of a contact: in clear it would lead from a number to a case, and on."""
    return cipher_for(REVIEW).encrypt_at_time(key.encode(), 0)


def open_contact_id(sealed: bytes) -> str:
    """Decrypt what `seal_contact_id` made. Raises InvalidToken under another secret key."""
    return cipher_for(REVIEW).decrypt(sealed).decode()
