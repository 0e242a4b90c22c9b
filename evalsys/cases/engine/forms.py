"""Forms of cases. The form of a step is generated from the fields of its move."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from evalsys.cases.engine.models import ChangeKind
from evalsys.cases.engine.rules import machine
from evalsys.cases.engine.rules.entries import LONGEST_LINE, numbered
from evalsys.cases.engine.rules.machine import FieldKind
from evalsys.cases.engine.words import CHANGES, EVIDENCE
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.forms import Form, SelectChoice, strip

NEEDED = _l("Please fill this in.")


class FilesForm(Form):
    """A form with optional files. Browsers do not resend them after an error."""

    files = MultipleFileField(_l("Files"), [Optional()])

    @property
    def sent(self) -> list[FileStorage]:
        """The files uploaded."""
        return [file for file in self.files.data or () if file and file.filename]

    def warn(self) -> None:
        """Add an error that the files of a refused form must be chosen again."""
        if self.sent:
            self.files.errors = [_("The files were not kept. Please choose them again.")]


class StepForm(FilesForm):
    """The base of step forms. `answers` maps a field to the fields of its single answers."""

    answers: Mapping[str, Sequence[str]] = MappingProxyType({})

    def entry(self) -> dict[str, Any]:
        """Return the data for `take_step`, answers joined as one numbered text."""
        apart = {name for names in self.answers.values() for name in names}
        plain = {
            field.name: field.data
            for field in self
            if field.name not in {"csrf_token", "files", *apart}
        }
        joined = {
            field: numbered([self[name].data or "" for name in names])
            for field, names in self.answers.items()
        }
        return {**plain, **joined}


def step_form(fields: Iterable[machine.Field], points: Sequence[str] = ()) -> StepForm:
    """Return a form with the fields of a move, bound to the request.

    A field of answers becomes one text area for each of the points.
    """
    inputs: dict[str, Any] = {}
    answers: dict[str, list[str]] = {}
    for field in fields:
        if field.kind is not FieldKind.ANSWERS:
            inputs[field.name] = _field(field)
            continue
        answers[field.name] = [f"{field.name}_{n}" for n in range(1, len(points) + 1)]
        for n, name in enumerate(answers[field.name], 1):
            label = _("Answer to point %(n)s", n=n)
            needed = [DataRequired(NEEDED), _limit(machine.LONGEST // len(points) - 5)]
            inputs[name] = TextAreaField(label, needed, [strip])
    form: type[StepForm] = type("MoveForm", (StepForm,), {**inputs, "answers": answers})
    return form()


def _field(field: machine.Field) -> Field:
    label = str(_(field.label))
    needed: list[Any] = [DataRequired(NEEDED) if field.is_required else Optional()]
    match field.kind:
        case FieldKind.TEXT:
            return TextAreaField(label, [*needed, _limit(machine.LONGEST)], [strip])
        case FieldKind.DAY:
            return DateField(label, needed)
        case FieldKind.NUMBER:
            words = _l(
                "Give a whole number between %(low)s and %(high)s.", low=field.low, high=field.high
            )
            is_given = InputRequired(words) if field.is_required else Optional()
            return IntegerField(label, [is_given, NumberRange(field.low, field.high, words)])
        case FieldKind.CHOICE:
            choices = [SelectChoice("", "")]
            choices += [
                SelectChoice(value, str(_(words))) for value, words in field.choices.items()
            ]
            return SelectField(label, needed, choices=choices)
        case FieldKind.TICK:
            return BooleanField(label, needed)
        case _:
            return StringField(label, [*needed, _limit(LONGEST_LINE)], [strip])


def _limit(most: int) -> Length:
    return Length(max=most, message=_l("At most %(n)s characters", n=most))


class EvidenceForm(FilesForm):
    """A piece of evidence."""

    kind = SelectField(
        _l("Kind of evidence"),
        [DataRequired(NEEDED)],
        choices=[
            SelectChoice("", _l("Please choose")),
            *(SelectChoice(kind.value, _l(words)) for kind, words in EVIDENCE.items()),
        ],
    )
    title = StringField(_l("Title"), [DataRequired(NEEDED), _limit(120)], [strip])
    body = TextAreaField(
        _l("What it shows, and where it is kept"), [DataRequired(NEEDED), _limit(4000)], [strip]
    )

    @property
    def chosen(self) -> EvidenceKind:
        """The kind chosen."""
        return EvidenceKind(self.kind.data)


class ChangeForm(Form):
    """A request to change a deadline."""

    kind = SelectField(
        _l("What is asked"),
        [DataRequired(NEEDED)],
        choices=[SelectChoice(kind.value, _l(words)) for kind, words in CHANGES.items()],
    )
    reason = TextAreaField(_l("Reason"), [DataRequired(NEEDED), _limit(500)], [strip])

    @property
    def chosen(self) -> ChangeKind:
        """The change chosen."""
        return ChangeKind(self.kind.data)


class PlainForm(Form):
    """A form with only a button."""
