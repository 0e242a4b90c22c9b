"""Forms of benchmarks: an indicator, a city, a figure, a target, a judgement, a sheet."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from evalsys.core.forms import Form, SelectChoice, given, strip
from evalsys.foundation.uploads.cells import Reader, Unreadable
from evalsys.reform.benchmarks.models import (
    LONGEST_CITY,
    LONGEST_FIGURE,
    LONGEST_NAME,
    LONGEST_SOURCE,
    LONGEST_TEXT,
    LONGEST_UNIT,
    MOST_PLACES,
    BenchmarkCity,
    Indicator,
)
from evalsys.reform.benchmarks.rules.comparing import Direction
from evalsys.reform.benchmarks.rules.queue import HIGHEST, LOWEST
from evalsys.reform.benchmarks.service import IndicatorEntry, Judgement
from evalsys.reform.benchmarks.words import DIRECTIONS

NEEDED = _l("Please fill this in.")
URGENCY = {
    5: _l("5: at once"),
    4: _l("4: this quarter"),
    3: _l("3: this year"),
    2: _l("2: next year"),
    1: _l("1: can wait"),
}
EASE = {
    5: _l("5: within our own powers, at no cost"),
    4: _l("4: within our own powers"),
    3: _l("3: several organs together"),
    2: _l("2: needs money or systems"),
    1: _l("1: needs decisions of higher levels"),
}
ORDER = range(HIGHEST, LOWEST - 1, -1)


def _limit(most: int) -> Length:
    return Length(max=most, message=_l("At most %(n)s characters", n=most))


class ReadField(StringField):
    """A text that a reader of cells reads; `value` is what it read. The view names the reader."""

    reader: Reader | None = None
    value: Any = None

    def pre_validate(self, form: Any) -> None:
        """Read the text. Raises ValidationError if it is unreadable."""
        if self.data and self.reader is not None:
            try:
                self.value = self.reader(self.data).value
            except Unreadable as error:
                remark = error.remark
                raise ValidationError(_(remark.problem, **remark.params)) from error


class IndicatorForm(Form):
    """An indicator of the library."""

    name = StringField(_l("Name"), [DataRequired(NEEDED), _limit(LONGEST_NAME)], [strip])
    definition = TextAreaField(
        _l("Definition"), [DataRequired(NEEDED), _limit(LONGEST_TEXT)], [strip]
    )
    unit = StringField(_l("Unit of measure"), [DataRequired(NEEDED), _limit(LONGEST_UNIT)], [strip])
    places = IntegerField(
        _l("Decimals"), [InputRequired(NEEDED), NumberRange(0, MOST_PLACES)], default=0
    )
    direction = SelectField(
        _l("Which is better"),
        choices=[SelectChoice(one.value, _l(words)) for one, words in DIRECTIONS.items()],
    )
    source = StringField(
        _l("Source of the definition"), [DataRequired(NEEDED), _limit(LONGEST_SOURCE)], [strip]
    )

    @property
    def entry(self) -> IndicatorEntry:
        """What was filled in."""
        return IndicatorEntry(
            given(self.name.data),
            given(self.definition.data),
            given(self.unit.data),
            given(self.places.data),
            Direction(self.direction.data),
            given(self.source.data),
        )


class CityForm(Form):
    """A city that is compared."""

    name = StringField(_l("Name"), [DataRequired(NEEDED), _limit(LONGEST_CITY)], [strip])


class NewCityForm(CityForm):
    """A further city, or the own one."""

    is_own = BooleanField(_l("This is the own city"))


class ChangeFigureForm(Form):
    """What is said when a figure changes."""

    reason = StringField(
        _l("Reason for the change"), [DataRequired(NEEDED), _limit(LONGEST_TEXT)], [strip]
    )


class InUseAgainForm(Form):
    """Why an indicator is taken up again."""

    reason = StringField(_l("Reasons"), [DataRequired(NEEDED), _limit(LONGEST_TEXT)], [strip])


class RetireForm(InUseAgainForm):
    """Since when and why an indicator is out of use."""

    since = DateField(_l("Retired since"), [DataRequired(NEEDED)])


class FigureForm(Form):
    """A figure of a city in a year; `stands` is the version that was seen before it is replaced."""

    city = SelectField(_l("City"), [DataRequired(NEEDED)], coerce=int)
    year = ReadField(_l("Year"), [DataRequired(NEEDED)], [strip])
    value = ReadField(
        _lp("benchmark", "Figure"),
        [DataRequired(NEEDED), _limit(LONGEST_FIGURE + LONGEST_UNIT)],
        [strip],
    )
    source = StringField(
        _l("Source of the figure"), [DataRequired(NEEDED), _limit(LONGEST_SOURCE)], [strip]
    )
    reference = StringField(
        _l("Address or document number"), [DataRequired(NEEDED), _limit(LONGEST_SOURCE)], [strip]
    )
    reason = StringField(_l("Reason for the change"), [Optional(), _limit(LONGEST_TEXT)], [strip])
    stands = HiddenField()

    def offer(self, cities: Sequence[BenchmarkCity]) -> None:
        """Offer the cities to choose from."""
        self.city.choices = [SelectChoice(one.id, one.name) for one in cities]


class TargetForm(Form):
    """The target of a year."""

    year = ReadField(_l("Year"), [DataRequired(NEEDED)], [strip])
    value = ReadField(
        _l("Target"), [DataRequired(NEEDED), _limit(LONGEST_FIGURE + LONGEST_UNIT)], [strip]
    )
    basis = StringField(
        _l("Who set it, and in which document"),
        [DataRequired(NEEDED), _limit(LONGEST_SOURCE)],
        [strip],
    )


class JudgementForm(Form):
    """How urgent and how easy it is, with reasons."""

    urgency = SelectField(
        _l("Urgency"), coerce=int, choices=[SelectChoice(n, URGENCY[n]) for n in ORDER]
    )
    urgency_reason = TextAreaField(
        _l("Why it is that urgent"), [DataRequired(NEEDED), _limit(LONGEST_TEXT)], [strip]
    )
    ease = SelectField(_l("Ease"), coerce=int, choices=[SelectChoice(n, EASE[n]) for n in ORDER])
    ease_reason = TextAreaField(
        _l("Why it is that easy or hard"), [DataRequired(NEEDED), _limit(LONGEST_TEXT)], [strip]
    )

    @property
    def judgement(self) -> Judgement:
        """What was filled in."""
        return Judgement(
            self.urgency.data,
            given(self.urgency_reason.data),
            self.ease.data,
            given(self.ease_reason.data),
        )

    @classmethod
    def of(cls, indicator: Indicator) -> "JudgementForm":
        """Return the form with the judgement that stands; the middle where there is none."""
        middle = (LOWEST + HIGHEST) // 2
        return cls(
            urgency=indicator.urgency or middle,
            urgency_reason=indicator.urgency_reason,
            ease=indicator.ease or middle,
            ease_reason=indicator.ease_reason,
        )
