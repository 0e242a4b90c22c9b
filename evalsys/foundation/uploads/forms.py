"""The upload form of a list, with the treatment of hidden rows, and what it has shown.

What a page has shown before something is entered travels through the page, signed for the account
that saw it, so that nothing is stored before it is confirmed.
"""

from collections.abc import Callable, Sized
from typing import Any, Protocol, Self, TypeVar

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import HiddenField, SelectField

from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.forms import Form, SelectChoice
from evalsys.core.guards import current_actor
from evalsys.core.permissions import Actor
from evalsys.foundation.uploads.errors import BadFile, RowsHidden
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.slots import ServerReading, UploadRunning, upload_slot

T = TypeVar("T")


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

    def read(self, actor: Actor, reader: Callable[[str, bytes, Hidden], T]) -> T | None:
        """Return what `reader` makes of name, bytes and hidden rows of the file.

        None if it cannot; then the fields say why.
        """
        if not self.file.data:
            self.file.errors = [_("Choose a file")]
            return None
        try:
            with upload_slot(actor):
                content = self.file.data.read()
                db.session.rollback()  # No transaction is open while the file is read.
                return reader(self.file.data.filename or "", content, Hidden(self.hidden.data))
        except RowsHidden as error:
            self.hidden.errors = [words_of(error)]
        except (BadFile, UploadRunning, ServerReading) as error:
            self.file.errors = [words_of(error)]
        return None


class SeenPlan(Protocol):
    """What a list would change, or what is wrong with it."""

    @property
    def problems(self) -> Sized:
        """What is wrong; nothing is entered then."""


P = TypeVar("P", bound=SeenPlan)


class SeenListForm(ListForm):
    """A list whose changes are looked at first; `seen` is the signed preview."""

    file = FileField(_l("Excel or CSV file"))  # Optional: the second post has `seen` instead.
    seen = HiddenField()

    def answer(
        self,
        purpose: str,
        page: Callable[[Self], ResponseReturnValue],
        look: Callable[[Self], ResponseReturnValue],
        enter: Callable[[Any], ResponseReturnValue],
    ) -> ResponseReturnValue:
        """Show what a file would change, or enter exactly what was shown.

        `look` answers to a file, `enter` to the values of a preview: it raises DomainError if
        they no longer hold, which is said at the file.
        """
        if not self.validate_on_submit():
            return page(self)
        if not self.seen.data:
            return look(self)
        try:
            return enter(read_preview(current_actor(), purpose, self.seen.data))
        except BadSignature:
            self.file.errors = [_("What was shown is no longer there; choose the file again.")]
        except DomainError as error:
            self.file.errors = [words_of(error)]
        return page(self)

    def draw(
        self,
        template: str,
        plan: P | None,
        signed: Callable[[P], Any],
        *,
        purpose: str,
        **facts: Any,
    ) -> ResponseReturnValue:
        """Render the page; of a plan without problems it carries what was shown, `signed`.

        The status is 422 for a file that was refused.
        """
        is_fine, seen = False, ""
        if plan is not None and not plan.problems:
            is_fine, seen = True, sign_preview(current_actor(), purpose, signed(plan))
        self.seen.data = ""  # A next file needs its own preview.
        html = render_template(template, form=self, plan=plan, seen=seen, **facts)
        return html, 422 if self.is_submitted() and not is_fine else 200


def sign_preview(actor: Actor, purpose: str, shown: Any) -> str:
    """Return JSON values as text that only this account can send back."""
    return str(_signer(actor, purpose).dumps(shown))


def read_preview(actor: Actor, purpose: str, text: str) -> Any:
    """Return the values of a signed text. Raises BadSignature."""
    return _signer(actor, purpose).loads(text)


def _signer(actor: Actor, purpose: str) -> URLSafeSerializer:
    salt = f"evalsys {purpose} {actor.user_id}"
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=salt)
