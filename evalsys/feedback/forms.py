"""The form of a look at a number."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from evalsys.core.forms import Form, strip
from evalsys.feedback.contacts import LONGEST_PURPOSE


class RevealForm(Form):
    """What the number is needed for."""

    purpose = StringField(
        _l("What do you need the number for"),
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=LONGEST_PURPOSE, message=_l("At most %(n)s characters", n=LONGEST_PURPOSE)),
        ],
        [strip],
    )
