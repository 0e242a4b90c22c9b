"""Forms of accounts."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from evalsys.core.forms import Form, SelectChoice, strip
from evalsys.core.pages import role_words
from evalsys.foundation.accounts.administration import GRANTABLE
from evalsys.foundation.accounts.labels import ACTIONS, action_words
from evalsys.foundation.accounts.queries import list_organs
from evalsys.foundation.accounts.rules import LONGEST, LONGEST_MAIL
from evalsys.foundation.spreadsheets.characters import typed_code

REQUIRED = InputRequired(_l("Please fill this in."))
WORDS = DataRequired(_l("Please fill this in."))  # Rejects blanks.
NAME_LENGTH = Length(max=64, message=_l("At most 64 characters."))
# Longer than any valid password, so that the rule itself gives the message.
PASSWORD_LENGTH = Length(max=8 * LONGEST, message=_l("This is too long."))

MAIL_LENGTH = Length(max=2 * LONGEST_MAIL, message=_l("This is too long."))


class LoginForm(Form):
    """Name and password."""

    name = StringField(_l("Staff number or account name"), [REQUIRED, NAME_LENGTH])
    password = PasswordField(_l("Password"), [REQUIRED, PASSWORD_LENGTH])


class CodeForm(Form):
    """A code of the second factor, or a recovery code."""

    code = StringField(_l("Code of the app, or a recovery code"), [REQUIRED, NAME_LENGTH])


class SetUpForm(Form):
    """The first code of a new second factor, with the sealed secret of the page."""

    offer = HiddenField()
    code = StringField(_l("The six digits that the app shows now"), [REQUIRED, NAME_LENGTH])


class NewPasswordForm(Form):
    """A password, typed twice."""

    new = PasswordField(_l("New password"), [REQUIRED, PASSWORD_LENGTH])
    again = PasswordField(_l("New password, once more"), [REQUIRED, PASSWORD_LENGTH])

    def validate_again(self, field: Field) -> None:
        """Raise ValidationError if the two passwords differ."""
        if field.data != self.new.data:
            raise ValidationError(_("The two new passwords differ."))


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one, typed twice."""

    old = PasswordField(_l("Present password"), [REQUIRED, PASSWORD_LENGTH])


class MailForm(Form):
    """The mail address for one's own notices, empty for none; validated by the use case."""

    address = EmailField(_l("Mail address"), [MAIL_LENGTH])


class CreateForm(Form):
    """A new account without rights."""

    name = StringField(_l("Staff number or account name"), [REQUIRED, NAME_LENGTH])
    display_name = StringField(_l("Name of the person"), [NAME_LENGTH], [strip])


class GrantForm(Form):
    """A role with its scope and owner."""

    role = SelectField(_l("Role"), [REQUIRED])
    organ = SelectField(_l("Organ"), validate_choice=False, filters=[strip])
    section = StringField(_l("Code of the section"), [Length(max=40)], [typed_code])
    person = StringField(_l("Staff number of the person"), [Length(max=40)], [typed_code])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [SelectChoice(role.value, role_words(role)) for role in GRANTABLE]
        organs = [SelectChoice(code, f"{code} {name}") for code, name in list_organs()]
        self.organ.choices = [SelectChoice("", _("All organs")), *organs]


class AccountReasonForm(Form):
    """The reason of a change to an account."""

    reason = TextAreaField(
        _l("Reason"),
        [WORDS, Length(max=200, message=_l("At most 200 characters."))],
        [strip],
        render_kw={"rows": 2},
    )


class EmptyForm(Form):
    """A form with nothing but the CSRF token."""


class AuditForm(Form):
    """The filters of the audit page, from the URL."""

    class Meta:
        """No CSRF token: the form changes nothing."""

        csrf = False

    since = DateField(_l("From"), [Optional()])
    until = DateField(_l("To"), [Optional()])
    action = SelectField(_l("What"), [Optional()])
    user = StringField(_l("Who"), [NAME_LENGTH], [strip])
    subject = StringField(_l("On what"), [NAME_LENGTH], [strip])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [SelectChoice(action.value, action_words(action)) for action in ACTIONS]
        self.action.choices = [SelectChoice("", _("Everything")), *known]
