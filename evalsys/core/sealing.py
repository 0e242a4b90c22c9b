"""What the database holds encrypted: with keys derived from the secret key, one for each purpose.

Whoever has the database or a backup alone reads none of it; whoever has the secret key too does.
"""

import base64
import functools

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


def cipher_for(purpose: str) -> Fernet:
    """Return the cipher of a purpose, such as "second factor/v1", in this installation."""
    return _cipher(current_app.config["SECRET_KEY"], purpose)


def derive(secret_key: str, purpose: str, *, length: int = 32) -> bytes:
    """Return the key of a purpose, some bytes long: no other purpose's key follows from it."""
    key = HKDF(SHA256(), length=length, salt=None, info=f"evalsys {purpose}".encode())
    return key.derive(secret_key.encode())


@functools.cache
def _cipher(secret_key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive(secret_key, purpose)))
