"""Forms of coordinations."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from evalsys.cases.engine.rules.entries import LONGEST_LINE, codes_in
from evalsys.cases.engine.rules.machine import LONGEST
from evalsys.core.forms import Form, SelectChoice, strip
from evalsys.organisation.org.models import Section
from evalsys.supervision.coordination.rules import LONGEST_NAMES, LONGEST_TITLE

NEEDED = DataRequired(_l("Please fill this in."))


def _limit(most: int) -> Length:
    return Length(max=most, message=_l("At most %(n)s characters", n=most))


class TakeUpForm(Form):
    """A question that the head takes up."""

    title = StringField(_l("Question"), [NEEDED, _limit(LONGEST_TITLE)], [strip])
    says = TextAreaField(_l("What has to be decided"), [NEEDED, _limit(LONGEST)], [strip])
    conveners = StringField(_l("Conveners (names and posts)"), [NEEDED, _limit(LONGEST_NAMES)])
    raised_on = DateField(_l("Raised on"), [NEEDED])
    own = SelectMultipleField(_l("Called sections of the organ"), [Optional()])
    others = StringField(
        _l("Called sections of other organs (codes)"), [Optional(), _limit(LONGEST_LINE)], [strip]
    )

    def offer(self, sections: Sequence[Section]) -> None:
        """Offer the sections of the organ to be called."""
        self.own.choices = [SelectChoice(one.code, one.name) for one in sections]

    @property
    def called(self) -> str:
        """The codes of all sections called."""
        return " ".join(dict.fromkeys([*(self.own.data or ()), *codes_in(self.others.data or "")]))


class TaskForm(Form):
    """A task of a coordination: who owns it, what is demanded, by when."""

    title = StringField(_l("Task"), [NEEDED, _limit(LONGEST_TITLE)], [strip])
    section = SelectField(_l("Owning section"), [NEEDED])
    handler = StringField(
        _l("Responsible person (staff number)"), [Optional(), _limit(LONGEST_LINE)], [strip]
    )
    co_owners = StringField(
        _l("Co-owning sections (codes)"), [Optional(), _limit(LONGEST_LINE)], [strip]
    )
    demand = TextAreaField(_l("What is demanded"), [NEEDED, _limit(LONGEST)], [strip])
    until = DateField(_l("Feedback by"), [NEEDED])

    def offer(self, sections: Sequence[Section], organ_id: int | None) -> None:
        """Offer the sections that a task can be given to; others than the own name their organ."""
        self.section.choices = [SelectChoice("", _("Please choose"))] + [
            SelectChoice(
                one.code, one.name if one.organ_id == organ_id else f"{one.organ.name} {one.name}"
            )
            for one in sections
        ]

    def entry(self, handler: str) -> dict[str, Any]:
        """Return what the step is taken with."""
        names = ("title", "section", "co_owners", "demand")
        until = self.until.data
        given = {name: self[name].data or "" for name in names}
        return {**given, "handler": handler, "until": until if isinstance(until, date) else None}
