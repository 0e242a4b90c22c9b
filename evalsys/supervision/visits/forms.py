"""The form of a front-line visit."""

from datetime import date
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from evalsys.core.forms import Form, SelectChoice, given, strip
from evalsys.organisation.org.models import Organ
from evalsys.supervision.visits.rules import (
    LONGEST_PLACE,
    LONGEST_TEXT,
    OUTCOMES,
    VisitEntry,
    VisitOutcome,
)

NEEDED = _l("Please fill this in.")


def _limit(most: int) -> Length:
    return Length(max=most, message=_l("At most %(n)s characters", n=most))


class VisitForm(Form):
    """A front-line visit. `key` is made with the form, by page or phone."""

    key = HiddenField(default=lambda: str(uuid4()))
    visited_on = DateField(_l("Date of the visit"), [InputRequired(NEEDED)])
    place = StringField(_l("Place"), [DataRequired(NEEDED), _limit(LONGEST_PLACE)], [strip])
    found = TextAreaField(
        _l("What was found"),
        [DataRequired(NEEDED), _limit(LONGEST_TEXT)],
        [strip],
        render_kw={"rows": 4},
    )
    outcome = RadioField(
        _l("What comes of it"),
        [DataRequired(NEEDED)],
        choices=[SelectChoice(one.value, _l(words)) for one, words in OUTCOMES.items()],
        default=VisitOutcome.NOTHING.value,
    )
    solved_how = TextAreaField(
        _l("How it was solved"), [Optional(), _limit(LONGEST_TEXT)], [strip], render_kw={"rows": 3}
    )
    organ = SelectField(_l("Organ concerned"), [Optional()])
    photos = MultipleFileField(_l("Photos"), [Optional()])

    def offer(self, organs: list[Organ]) -> None:
        """Offer the organs to choose from, the visitor's own first."""
        self.organ.choices = [
            SelectChoice("", _l("my own organ")),
            *(SelectChoice(str(one.id), one.name) for one in organs),
        ]

    def validate_solved_how(self, field: TextAreaField) -> None:
        """Require it of what was solved."""
        if self.outcome.data == VisitOutcome.SOLVED.value and not field.data:
            raise ValidationError(str(_l("Please say how it was solved.")))

    @property
    def sent(self) -> list[FileStorage]:
        """The photos sent."""
        return [file for file in self.photos.data or () if file and file.filename]

    def entry(self) -> VisitEntry:
        """Return the data for `log_visit`."""
        day: date = given(self.visited_on.data)
        return VisitEntry(
            self.key.data or "",
            day,
            given(self.place.data),
            given(self.found.data),
            VisitOutcome(self.outcome.data),
            self.solved_how.data,
            int(self.organ.data) if self.organ.data else None,
        )
