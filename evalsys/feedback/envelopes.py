"""The envelope in which a case holds the id of its rating. See docs/adr/0013.

Whoever sets the rating aside must find it, and nobody else may: so the id is encrypted with a key
of its own, derived from the secret key of the installation, and is never decrypted for a page.
"""

import base64
import functools

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


def seal_ballot(ballot_id: bytes) -> bytes:
    """Encrypt the id of a rating. The time inside is zero: a rating has none."""
    return _cipher(current_app.config["SECRET_KEY"]).encrypt_at_time(ballot_id, 0)


def open_ballot(sealed: bytes) -> bytes:
    """Decrypt what `seal_ballot` made."""
    return _cipher(current_app.config["SECRET_KEY"]).decrypt(sealed)


@functools.cache
def _cipher(secret_key: str) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=b"evalsys review/v1")
    return Fernet(base64.urlsafe_b64encode(key.derive(secret_key.encode())))
