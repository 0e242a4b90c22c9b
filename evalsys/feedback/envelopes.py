"""The envelope in which a case holds the id of its rating. See docs/adr/0013.

Whoever sets the rating aside must find it, and nobody else may: so the id is encrypted with a key
of its own, derived from the secret key of the installation, and is never decrypted for a page.
"""

from evalsys.core.sealing import cipher_for

REVIEW = "review/v1"


def seal_ballot(ballot_id: bytes) -> bytes:
    """Encrypt the id of a rating. The time inside is zero: a rating has none."""
    return cipher_for(REVIEW).encrypt_at_time(ballot_id, 0)


def open_ballot(sealed: bytes) -> bytes:
    """Decrypt what `seal_ballot` made."""
    return cipher_for(REVIEW).decrypt(sealed)
