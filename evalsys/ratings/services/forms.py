"""The form of a number of services handled."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length

from evalsys.core.forms import Form
from evalsys.foundation.spreadsheets.characters import typed_code
from evalsys.organisation.policies.forms import whole
from evalsys.ratings.services.service import MOST_SERVICES


class HandledForm(Form):
    """Enter the number of services somebody handled on a day."""

    number = StringField(
        _l("Staff number"),
        filters=[typed_code],
        validators=[InputRequired(_l("Please fill this in.")), Length(max=40)],
    )
    served_on = DateField(_l("Service day"), validators=[InputRequired(_l("Choose a day"))])
    services = IntegerField(_l("Services handled"), validators=whole(0, MOST_SERVICES))
    replaces = BooleanField(_l("Replace the number that stands there"))
    stands = HiddenField()  # The number shown beside the box.
