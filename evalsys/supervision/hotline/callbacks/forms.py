"""Forms of call-backs."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from evalsys.core.forms import Form, SeenForm, SelectChoice, given, strip
from evalsys.supervision.hotline.callbacks.models import LONGEST_REASON
from evalsys.supervision.hotline.rules import SATISFACTIONS, CallBack, Satisfaction

NEEDED = _l("Please fill this in.")
YES, NO = "yes", "no"
ANSWERS = {YES: True, NO: False}


def _choices() -> list[SelectChoice]:
    return [
        SelectChoice("", _l("not asked")),
        SelectChoice(YES, _l("yes")),
        SelectChoice(NO, _l("no")),
    ]


class CallBackForm(SeenForm):
    """What a caller answered when called back; `seen` is the mark of what stood there before."""

    called_on = DateField(_l("Called back on"), [DataRequired(NEEDED)])
    reached = SelectField(
        _l("Caller reached"), [InputRequired(NEEDED)], choices=_choices, default=""
    )
    in_limit = SelectField(_l("Contacted within the limit"), choices=_choices, default="")
    solved = SelectField(_l("Problem solved"), choices=_choices, default="")
    satisfaction = SelectField(
        _l("Satisfaction of the caller"),
        choices=lambda: [
            SelectChoice("", _l("not asked")),
            *(SelectChoice(one.value, _(words)) for one, words in SATISFACTIONS.items()),
        ],
        default="",
    )

    def fill(self, call: CallBack) -> None:
        """Show what is on file."""
        self.called_on.data = call.called_on
        for field, value in (
            (self.reached, call.is_reached),
            (self.in_limit, call.in_limit),
            (self.solved, call.is_solved),
        ):
            field.data = "" if value is None else YES if value else NO
        self.satisfaction.data = call.satisfaction.value if call.satisfaction else ""

    @property
    def call(self) -> CallBack:
        """The call-back as filled in."""
        level = self.satisfaction.data
        return CallBack(
            given(self.called_on.data),
            ANSWERS.get(self.reached.data or ""),
            ANSWERS.get(self.in_limit.data or ""),
            ANSWERS.get(self.solved.data or ""),
            Satisfaction(level) if level else None,
        )


class ExclusionForm(Form):
    """Why a ticket counts in no rate, or again."""

    reason = TextAreaField(
        _l("Reason"),
        [
            DataRequired(NEEDED),
            Length(max=LONGEST_REASON, message=_l("At most %(n)s characters", n=LONGEST_REASON)),
        ],
        [strip],
        render_kw={"rows": 3},
    )
