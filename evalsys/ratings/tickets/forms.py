"""Forms of tickets: at the counter, on a screen, by invitation."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from evalsys.core.forms import Form, strip


class CounterForm(Form):
    """Issue one ticket at the counter: who served, when, the matter."""

    served_on = DateField(_l("Service day"), validators=[InputRequired(_l("Choose a day"))])
    staff = SelectMultipleField(
        _l("Who served"), validators=[InputRequired(_l("Tick at least one person"))]
    )
    service_type = StringField(
        _l("Matter"), filters=[strip], validators=[Optional(), Length(max=80)]
    )
    event_no = StringField(
        _l("Number of the service"),
        filters=[strip],
        validators=[InputRequired(_l("Please fill this in.")), Length(max=80)],
    )


class ScreenForm(Form):
    """Put events on the screen of a window."""

    numbers = TextAreaField(
        _l("Numbers of the services"),
        filters=[strip],
        validators=[DataRequired(_l("Please fill this in.")), Length(max=4000)],
    )
    service_type = StringField(
        _l("Matter"), filters=[strip], validators=[Optional(), Length(max=80)]
    )


class InviteForm(Form):
    """Invite raters by name: whom they rate, in which group, the addressees."""

    staff = SelectMultipleField(
        _l("Who is rated"), validators=[InputRequired(_l("Tick at least one person"))]
    )
    rater_group = SelectField(_l("Who rates"))
    addressees = TextAreaField(
        _l("Who is invited"),
        filters=[strip],
        validators=[DataRequired(_l("Please fill this in.")), Length(max=4000)],
    )
