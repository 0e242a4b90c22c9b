"""Forms of ratings: the citizen's ballot, the counter, the review of comments."""

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from evalsys.core.forms import Form, SelectChoice, strip
from evalsys.foundation.spreadsheets.characters import typed_code
from evalsys.organisation.policies.forms import whole
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import CommentState
from evalsys.ratings.ballots.rules import (
    COMMENT_LENGTH,
    LEVELS,
    RatingDraft,
    plain_phone,
    reason_bits,
)
from evalsys.ratings.services.service import MOST_SERVICES
from evalsys.ratings.tickets.ceilings.service import MOST_LIFTED

BALLOT_FIELDS = (*DIMENSIONS, "reasons", "comment", "contact", "pressured")
_LEVELS = {str(level): level for level in LEVELS}


def is_ballot(form: MultiDict[str, str]) -> bool:
    """Return whether a ballot was submitted rather than a code; browsers send empty fields too."""
    return any(name in form for name in BALLOT_FIELDS)


def read_ballot(form: MultiDict[str, str]) -> RatingDraft:
    """Return the ballot in a submitted form.

    Without WTForms, which takes a third of the time of this page, the busiest one. A missing or
    invalid level is None; `RatingDraft.problems` checks the rest.
    """
    return RatingDraft(
        {name: _LEVELS.get(form.get(name, "")) for name in DIMENSIONS},
        reasons=reason_bits(form.getlist("reasons")),
        comment=plain_words(form.get("comment", "")),
        contact=plain_phone(form.get("contact", "")),
        pressured=form.get("pressured") == "1",
    )


def plain_words(text: str) -> str | None:
    """Return a text with plain line breaks; None if empty."""
    return strip(text.replace("\r\n", "\n").replace("\r", "\n"))


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


class BulkForm(Form):
    """Decide on several comments at once: the button pressed, and the reason."""

    bulk = HiddenField(validators=[InputRequired()])
    reason = StringField(_l("Reason"), filters=[strip], validators=[Optional(), Length(max=200)])


class ReviewForm(Form):
    """Decide on a comment: the button pressed (who may read it), the edited text, the reason."""

    comment = HiddenField(validators=[InputRequired()])
    state = RadioField(
        _lp("comment", "Decision"),
        choices=[SelectChoice(s.value) for s in CommentState if s is not CommentState.PENDING],
        validators=[InputRequired()],
    )
    body = TextAreaField(
        _l("Words that may be read"), filters=[strip], validators=[Length(max=COMMENT_LENGTH)]
    )
    reason = StringField(_l("Reason"), filters=[strip], validators=[Optional(), Length(max=200)])
