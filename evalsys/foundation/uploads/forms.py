"""The upload form of a list, with the treatment of hidden rows, and what it has shown.

What a page has shown before something is entered travels through the page, signed for the account
that saw it, so that nothing is stored before it is confirmed.
"""

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from itsdangerous import URLSafeSerializer
from wtforms import HiddenField, SelectField

from evalsys.core.forms import Form, SelectChoice
from evalsys.core.permissions import Actor
from evalsys.foundation.uploads.lists import Hidden


class ListForm(Form):
    """An uploaded list."""

    file = FileField(_l("Excel or CSV file"), [FileRequired(_l("Choose a file"))])
    hidden = SelectField(
        _l("Rows hidden in Excel"),
        default=Hidden.ASK.value,
        choices=[
            SelectChoice(Hidden.ASK.value, _l("Ask me")),
            SelectChoice(Hidden.LEAVE.value, _l("Leave the hidden rows out")),
            SelectChoice(Hidden.READ.value, _l("Read the hidden rows like all others")),
        ],
    )


class SeenListForm(ListForm):
    """A list whose changes are looked at first; `seen` is the signed preview."""

    file = FileField(_l("Excel or CSV file"))  # Optional: the second post has `seen` instead.
    seen = HiddenField()


def sign_preview(actor: Actor, purpose: str, shown: Any) -> str:
    """Return JSON values as text that only this account can send back."""
    return str(_signer(actor, purpose).dumps(shown))


def read_preview(actor: Actor, purpose: str, text: str) -> Any:
    """Return the values of a signed text. Raises BadSignature."""
    return _signer(actor, purpose).loads(text)


def _signer(actor: Actor, purpose: str) -> URLSafeSerializer:
    salt = f"evalsys {purpose} {actor.user_id}"
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=salt)
