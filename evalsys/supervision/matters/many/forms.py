"""The form of an assignment of many matters."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from evalsys.cases.engine.rules.machine import LONGEST
from evalsys.core.forms import Form, strip

NEEDED = DataRequired(_l("Please fill this in."))
CODE = Length(max=40, message=_l("At most %(n)s characters", n=40))
LONG = Length(max=LONGEST, message=_l("At most %(n)s characters", n=LONGEST))


class AssignForm(Form):
    """The assignment of several matters at once; `sure` once the confirmation was read."""

    section = StringField(_l("Owning section (code)"), [NEEDED, CODE], [strip])
    handler = StringField(_l("Responsible person (staff number)"), [NEEDED, CODE], [strip])
    demand = TextAreaField(
        _l("What is demanded"),
        [NEEDED, LONG],
        [strip],
        render_kw={"rows": 3},
    )
    sure = HiddenField()

    @property
    def entry(self) -> dict[str, Any]:
        """The entry of each assignment."""
        return {
            "section": self.section.data,
            "handler": self.handler.data,
            "demand": self.demand.data,
        }
