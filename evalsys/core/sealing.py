"""Encryption of stored values with keys derived from the secret key, one for each purpose.

The database or a backup alone does not reveal them; together with the secret key it does.
"""

import base64
import functools

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


def cipher_for(purpose: str) -> Fernet:
    """Return this installation's cipher for a purpose, such as "second factor/v1"."""
    return _cipher(current_app.config["SECRET_KEY"], purpose)


def signing_key() -> bytes:
    """Return this installation's secret key, for keyed hashes."""
    return str(current_app.config["SECRET_KEY"]).encode()


def derive(secret_key: str, purpose: str, *, length: int = 32) -> bytes:
    """Derive the key of a purpose, `length` bytes, by HKDF-SHA256 (RFC 5869)."""
    key = HKDF(SHA256(), length=length, salt=None, info=f"evalsys {purpose}".encode())
    return key.derive(secret_key.encode())


@functools.cache
def _cipher(secret_key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive(secret_key, purpose)))
