"""Forms of the pool."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from evalsys.core.forms import Form, SelectChoice, strip
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.personnel.pool.words import TRAINING

NEEDED = _l("Please fill this in.")
HOURS = _l("Give a whole number between %(low)s and %(high)s.", low=1, high=1000)


class NoteForm(Form):
    """A note of the mentor."""

    body = TextAreaField(
        _l("Note of this week"),
        [DataRequired(NEEDED), Length(max=2000, message=_l("At most %(n)s characters", n=2000))],
        [strip],
    )


class UnitForm(Form):
    """A unit of training."""

    kind = SelectField(
        _l("Kind of training"),
        [DataRequired(NEEDED)],
        choices=[SelectChoice(kind.value, _l(words)) for kind, words in TRAINING.items()],
    )
    title = StringField(
        _l("Name of the training"), [DataRequired(NEEDED), Length(max=120)], [strip]
    )
    place = StringField(_l("Place"), [DataRequired(NEEDED), Length(max=120)], [strip])
    starts_on = DateField(_l("First day"), [DataRequired(NEEDED)])
    ends_on = DateField(_l("Last day"), [DataRequired(NEEDED)])
    hours = IntegerField(_l("Hours"), [InputRequired(HOURS), NumberRange(1, 1000, HOURS)])
    result = TextAreaField(_l("Result of the training"), [Optional(), Length(max=500)], [strip])

    def validate_ends_on(self, field: DateField) -> None:
        """Raise ValidationError if it ends before it begins."""
        if self.starts_on.data and field.data and field.data < self.starts_on.data:
            raise ValidationError(_l("The last day lies before the first."))

    @property
    def chosen(self) -> TrainingKind:
        """The kind chosen."""
        return TrainingKind(self.kind.data)


class ResultForm(Form):
    """The result of a unit of training."""

    result = TextAreaField(
        _l("Result of the training"), [DataRequired(NEEDED), Length(max=500)], [strip]
    )
