"""What a page has shown before something is entered: signed for the account that saw it.

It travels through the page, so that nothing is stored before it is confirmed.
"""

from typing import Any

from flask import current_app
from itsdangerous import URLSafeSerializer

from evalsys.core.permissions import Actor


def sign_preview(actor: Actor, purpose: str, shown: Any) -> str:
    """Return JSON values as text that only this account can send back."""
    return str(_signer(actor, purpose).dumps(shown))


def read_preview(actor: Actor, purpose: str, text: str) -> Any:
    """Return the values of a signed text. Raises BadSignature."""
    return _signer(actor, purpose).loads(text)


def _signer(actor: Actor, purpose: str) -> URLSafeSerializer:
    salt = f"evalsys {purpose} {actor.user_id}"
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=salt)
