"""Forms of the review of comments."""

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from evalsys.core.forms import Form, SelectChoice, strip
from evalsys.ratings.ballots.models import CommentState
from evalsys.ratings.ballots.rules import COMMENT_LENGTH


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
