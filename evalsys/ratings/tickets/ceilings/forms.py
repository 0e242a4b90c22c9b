"""The form that lifts a ceiling."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from evalsys.core.forms import Form, strip
from evalsys.foundation.spreadsheets.characters import typed_code
from evalsys.organisation.policies.forms import whole
from evalsys.ratings.tickets.ceilings.service import MOST_LIFTED


class LiftForm(Form):
    """Lift the ceiling of one issuer for one person's services on a day."""

    number = StringField(
        _l("Staff number of who is rated"),
        filters=[typed_code],
        validators=[InputRequired(_l("Please fill this in.")), Length(max=40)],
    )
    issuer = SelectField(_l("Who issues"), coerce=int)
    served_on = DateField(_l("Service day"), validators=[InputRequired(_l("Choose a day"))])
    most = IntegerField(_l("Tickets of that day, at most"), validators=whole(2, MOST_LIFTED))
    reason = StringField(
        _l("Reason"),
        filters=[strip],
        validators=[InputRequired(_l("Please fill this in.")), Length(min=4, max=200)],
    )
