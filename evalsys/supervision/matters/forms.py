"""Forms of matters."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from evalsys.cases.engine.rules.machine import LONGEST
from evalsys.core.forms import Form, SelectChoice, strip
from evalsys.organisation.org.models import Organ
from evalsys.supervision.matters.models import LONGEST_REFERENCE, LONGEST_TITLE
from evalsys.supervision.matters.rules import SOURCES, MatterSource
from evalsys.supervision.numbers import typed_number

NEEDED = _l("Please fill this in.")


def _limit(most: int) -> Length:
    return Length(max=most, message=_l("At most %(n)s characters", n=most))


class MatterForm(Form):
    """A matter to be taken in."""

    source = SelectField(
        _l("Source"),
        [DataRequired(NEEDED)],
        choices=[SelectChoice(one.value, _l(words)) for one, words in SOURCES.items()],
    )
    organ = SelectField(_l("Organ concerned"), [DataRequired(NEEDED)])
    title = StringField(_l("Title"), [DataRequired(NEEDED), _limit(LONGEST_TITLE)], [strip])
    says = TextAreaField(
        _l("What the matter is about"), [DataRequired(NEEDED), _limit(LONGEST)], [strip]
    )
    reference = StringField(
        _l("Number in the system it comes from"),
        [Optional(), _limit(LONGEST_REFERENCE)],
        [typed_number],
    )
    follows = BooleanField(_l("Open a matter that follows the closed one"))

    def offer(self, organs: list[Organ]) -> None:
        """Offer the organs to choose from."""
        self.organ.choices = [SelectChoice(one.code, one.name) for one in organs]
        if len(organs) > 1:
            self.organ.choices.insert(0, SelectChoice("", _("Please choose")))

    @property
    def chosen(self) -> MatterSource:
        """The source chosen."""
        return MatterSource(self.source.data)
