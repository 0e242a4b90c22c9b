"""What people type about workbooks that name many people."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from evalsys.core.forms import Form, strip

CHECKS = (DataRequired(_l("Please fill this in.")), Length(max=200))


class AskForm(Form):
    """What a workbook of many people is for."""

    purpose = StringField(_l("What is it for"), CHECKS, [strip])


class RefuseForm(Form):
    """Why it is refused."""

    reason = TextAreaField(_l("Reason"), CHECKS, [strip])
