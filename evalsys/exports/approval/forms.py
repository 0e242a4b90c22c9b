"""Forms of large exports."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from evalsys.core.forms import Form, strip

CHECKS = (DataRequired(_l("Please fill this in.")), Length(max=200))


class AskForm(Form):
    """The purpose of a large export."""

    purpose = StringField(_l("What is it for"), CHECKS, [strip])


class RefuseForm(Form):
    """The reason of a refusal."""

    reason = TextAreaField(_l("Reason"), CHECKS, [strip])
