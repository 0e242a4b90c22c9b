"""Forms of service matters and their versions."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from evalsys.core.error_pages import words_of
from evalsys.core.forms import Form, SelectChoice, given, strip
from evalsys.ratings.tickets.checks import SERVICE_TYPE_LENGTH
from evalsys.reform.reductions.models import LONGEST_BASIS, LONGEST_CODE, MatterVersion
from evalsys.reform.reductions.rules.measures import SHARES, MatterFigures, Way
from evalsys.reform.reductions.rules.steps import HUNDREDTH, ProcessStep, read_steps
from evalsys.reform.reductions.service import VersionEntry
from evalsys.reform.reductions.words import FIELDS, way_choices

NEEDED = _l("Please fill this in.")
MOST, MOST_DAYS = 999, 9_999
CODE = "[A-Za-z0-9._-]+"
AREA = 6_000  # characters of the lines of steps


def _label(name: str) -> Any:
    return _l(FIELDS[name])


def _limit(most: int) -> Length:
    return Length(max=most, message=_l("At most %(n)s characters", n=most))


def _number(name: str, most: int = MOST, *, is_needed: bool = True) -> IntegerField:
    asked = InputRequired(NEEDED) if is_needed else Optional()
    return IntegerField(_label(name), [asked, NumberRange(0, most)])


def _decimal(name: str, most: int) -> DecimalField:
    return DecimalField(_label(name), [Optional(), NumberRange(0, most)], places=None)


class VersionForm(Form):
    """A version of a service matter; `seen` is the number of the last one."""

    seen = HiddenField()
    starts_on = DateField(_label("starts_on"), [DataRequired(NEEDED)])
    section = SelectField(_label("section"), [DataRequired(NEEDED)])
    items = _number("items")
    documents = _number("documents")
    spared = _number("spared")
    certificates = _number("certificates")
    replaced = _number("replaced")
    legal = _number("legal", MOST_DAYS, is_needed=False)
    promised = _number("promised", MOST_DAYS)
    actual = _decimal("actual", MOST_DAYS)
    visits = _number("visits")
    online_share = _decimal("online_share", 100)
    phone_share = _decimal("phone_share", 100)
    terminal_share = _decimal("terminal_share", 100)
    bookable_share = _decimal("bookable_share", 100)
    once_share = _decimal("once_share", 100)
    ways = SelectMultipleField(
        _label("ways"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    steps = TextAreaField(
        _label("steps"), [DataRequired(NEEDED), _limit(AREA)], render_kw={"rows": 10}
    )
    basis = StringField(_label("basis"), [DataRequired(NEEDED), _limit(LONGEST_BASIS)], [strip])

    def offer(self, sections: Sequence[tuple[str, str]]) -> None:
        """Offer the sections, and the ways, to choose from."""
        self.section.choices = [SelectChoice(*one) for one in sections]
        if len(sections) > 1:
            self.section.choices.insert(0, SelectChoice("", _("Please choose")))
        self.ways.choices = [SelectChoice(*one) for one in way_choices()]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then each line of the steps, and the places of the decimals."""
        is_fine = bool(super().validate(extra_validators))
        if self.steps.data and not self.steps.errors:
            _steps, problems = read_steps(self.steps.data)
            self.steps.errors = [words_of(problem) for problem in problems]
        for field in (self.actual, *(self[share] for share in SHARES)):
            if field.data is not None and not field.errors and field.data != round(field.data, 2):
                field.errors = [_("At most two places after the point")]
        return is_fine and not self.errors

    @property
    def read(self) -> list[ProcessStep]:
        """The steps, once they are valid."""
        return read_steps(given(self.steps.data))[0]

    @property
    def entry(self) -> VersionEntry:
        """What was entered, once it is valid."""
        steps = self.read
        figures = MatterFigures(
            items=given(self.items.data),
            documents=given(self.documents.data),
            spared=given(self.spared.data),
            certificates=given(self.certificates.data),
            replaced=given(self.replaced.data),
            legal=self.legal.data,
            promised=given(self.promised.data),
            actual=self.actual.data,
            visits=given(self.visits.data),
            ways=frozenset(map(Way, self.ways.data or [])),
            steps=len(steps),
            **{share: self[share].data for share in SHARES},
        )
        day, basis = given(self.starts_on.data), given(self.basis.data)
        return VersionEntry(day, given(self.section.data), basis, figures, steps)


class ServiceMatterForm(VersionForm):
    """A service matter with its first version."""

    code = StringField(
        _l("Code of the matter"),
        [
            DataRequired(NEEDED),
            _limit(LONGEST_CODE),
            Regexp(CODE + r"\Z", message=_l("Letters, figures, dots and dashes only")),
        ],
        [strip],
    )
    name = StringField(
        _l("Name, as on its tickets"), [DataRequired(NEEDED), _limit(SERVICE_TYPE_LENGTH)], [strip]
    )


def facts_of(version: MatterVersion) -> dict[str, Any]:
    """Return the values of a version with which the form of the next one begins."""
    facts = {name: getattr(version, name, None) for name in FIELDS}
    steps = "\n".join(step.line for step in version.steps)
    ways = [way.value for way in Way if getattr(version, way)]
    for name in ("actual", *SHARES):
        value = facts[name]
        facts[name] = None if value is None else value.quantize(HUNDREDTH).normalize()
    own = {"section": version.section.code, "steps": steps, "ways": ways, "basis": ""}
    return {**facts, **own, "starts_on": None, "seen": version.number}
