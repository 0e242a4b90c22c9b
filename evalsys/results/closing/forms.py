"""Forms of closing."""

from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError
from evalsys.core.forms import Form, strip
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period

REQUIRED = DataRequired(_l("Please fill this in."))


class OpenPeriodForm(Form):
    """The period to open."""

    code = StringField(_l("Period"), [REQUIRED], [strip])

    def validate_code(self, field: Field) -> None:
        """Raise ValidationError if it is no period, or shorter than a base period."""
        try:
            base_codes(parse_period(field.data))
        except DomainError as error:
            raise ValidationError(words_of(error)) from error


class ReasonForm(Form):
    """The reason for a correction, for leaving a period as it is, or for withdrawing a draft."""

    reason = TextAreaField(
        _l("Reason"),
        [REQUIRED, Length(max=500, message=_l("At most 500 characters."))],
        [strip],
    )
