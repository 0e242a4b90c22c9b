"""The forms for revealing a number, and for the result of a call."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from evalsys.core.forms import Form, SelectChoice, strip
from evalsys.personnel.feedback.calls.service import LONGEST_SAID
from evalsys.personnel.feedback.contacts import LONGEST_PURPOSE
from evalsys.personnel.feedback.rules.categories import REACHED


class RevealForm(Form):
    """The purpose of revealing a number."""

    purpose = StringField(
        _l("What do you need the number for"),
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=LONGEST_PURPOSE, message=_l("At most %(n)s characters", n=LONGEST_PURPOSE)),
        ],
        [strip],
    )


class CallForm(Form):
    """The result of a call."""

    reached = SelectField(
        _l("Was the rater reached"),
        [DataRequired(_l("Please fill this in."))],
        choices=[
            SelectChoice("", _l("Please choose")),
            *(SelectChoice(name, _l(words)) for name, words in REACHED.items()),
        ],
    )
    said = StringField(
        _l("What the rater said"),
        [Length(max=LONGEST_SAID, message=_l("At most %(n)s characters", n=LONGEST_SAID))],
        [strip],
    )
