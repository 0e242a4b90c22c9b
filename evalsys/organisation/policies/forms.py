"""The form of a draft: every rule with its range and its legal basis."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, StopValidation

from evalsys.core.forms import Form, given, strip
from evalsys.organisation.policies.rules import (
    DIMENSIONS,
    RANGES,
    RATER_GROUPS,
    SWITCHES,
    PolicyRules,
)
from evalsys.organisation.policies.words import PARTS, RULES, rule_words

WEIGHTS = {"dimension_weights": DIMENSIONS, "group_weights": RATER_GROUPS}
PERCENT = (0, 100)
LARGEST = 1_000_000


def whole(low: int, high: int) -> list[Any]:
    """Return the validators of a whole number between two values."""
    words = _l("Give a whole number between %(low)s and %(high)s.", low=low, high=high)

    def is_number(form: Form, field: Field) -> None:
        if field.errors or abs(field.data or 0) > LARGEST:  # Too large for a comparison, even.
            field.errors = []
            raise StopValidation(str(words))

    return [is_number, InputRequired(words), NumberRange(low, high, words)]


class PolicyForm(Form):
    """All rules of a policy. The fields of the rules are added below, from the rules themselves."""

    reason = TextAreaField(
        _l("Why the rules change"),
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=500, message=_l("At most 500 characters.")),
        ],
        [strip],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, and that not all weights of a kind are zero."""
        is_valid = bool(super().validate(extra_validators))
        for rule, parts in WEIGHTS.items():
            fields = [self[f"weight_{part}"] for part in parts]
            if all(field.data == 0 for field in fields):
                words = _("%(rule)s: at least one weight must be above 0.", rule=rule_words(rule))
                fields[0].errors = [*fields[0].errors, words]
                is_valid = False
        return is_valid

    def show(self, rules: PolicyRules) -> None:
        """Fill the form with some rules."""
        for name in (*SWITCHES, *RANGES):
            self[name].data = getattr(rules, name)
        for rule, parts in WEIGHTS.items():
            for part in parts:
                self[f"weight_{part}"].data = getattr(rules, rule).get(part, 0)
        for name in RULES:
            self[f"basis_{name}"].data = rules.basis.get(name)

    def rules(self) -> PolicyRules:
        """Return the rules of a valid form. Raises BadPolicy or NoWeight."""
        values: dict[str, Any] = {
            rule: {part: given(self[f"weight_{part}"].data) for part in parts}
            for rule, parts in WEIGHTS.items()
        }
        values |= {name: given(self[name].data) for name in RANGES}
        values |= {name: bool(self[name].data) for name in SWITCHES}
        basis = {name: self[f"basis_{name}"].data for name in RULES}
        return PolicyRules(
            basis={name: text for name, text in basis.items() if text},
            **values,
        )


for _name in SWITCHES:
    setattr(PolicyForm, _name, BooleanField(_l(RULES[_name][0])))
for _name, (_low, _high) in RANGES.items():
    setattr(PolicyForm, _name, IntegerField(_l(RULES[_name][0]), whole(_low, _high)))
for _name in (*DIMENSIONS, *RATER_GROUPS):
    setattr(PolicyForm, f"weight_{_name}", IntegerField(_l(PARTS[_name]), whole(*PERCENT)))
for _name in RULES:
    _limit = Length(max=200, message=_l("At most 200 characters."))
    setattr(PolicyForm, f"basis_{_name}", StringField(_l("Legal basis"), [_limit], [strip]))
