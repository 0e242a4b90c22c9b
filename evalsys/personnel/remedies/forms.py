"""The form of an application."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from evalsys.core.forms import Form, strip


class ApplyForm(Form):
    """The grounds of an application."""

    grounds = TextAreaField(
        _l("What you object to, and why"),
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=4000, message=_l("At most %(n)s characters", n=4000)),
        ],
        [strip],
    )
