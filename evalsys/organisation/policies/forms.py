"""The form of a draft: every registered rule with its range and legal basis."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, StopValidation

from evalsys.core.forms import Form, given, strip
from evalsys.organisation.policies.limits import AnyRule, Limit, Switch, Weights
from evalsys.organisation.policies.registry import all_rules
from evalsys.organisation.policies.rules import OWN, PolicyRules
from evalsys.organisation.policies.words import PARTS

PERCENT = (0, 100)
LARGEST = 1_000_000


def whole(low: int, high: int) -> list[Any]:
    """Return the validators of an integer in a range, both ends inclusive."""
    words = _l("Give a whole number between %(low)s and %(high)s.", low=low, high=high)

    def is_number(form: Form, field: Field) -> None:
        if field.errors or abs(field.data or 0) > LARGEST:
            field.errors = []
            raise StopValidation(str(words))

    return [is_number, InputRequired(words), NumberRange(low, high, words)]


class PolicyForm(Form):
    """All rules of a policy; `policy_form` adds the fields of the registered ones."""

    reason = TextAreaField(
        _l("Why the rules change"),
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=500, message=_l("At most 500 characters.")),
        ],
        [strip],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, and that no rule has only zero weights."""
        is_valid = bool(super().validate(extra_validators))
        for rule in all_rules():
            if not isinstance(rule, Weights):
                continue
            fields = [self[f"weight_{part}"] for part in rule.default]
            if all(field.data == 0 for field in fields):
                words = _("%(rule)s: at least one weight must be above 0.", rule=_(rule.label))
                fields[0].errors = [*fields[0].errors, words]
                is_valid = False
        return is_valid

    def show(self, rules: PolicyRules) -> None:
        """Fill the fields from a rule set."""
        for rule in all_rules():
            self[f"basis_{rule.name}"].data = rules.basis_of(rule)
            if not isinstance(rule, Weights):
                self[rule.name].data = rules[rule]
                continue
            for part in rule.default:
                self[f"weight_{part}"].data = rules[rule].get(part, 0)

    def rules(self) -> PolicyRules:
        """Return the rules of a valid form. Raises DomainError."""
        known = list(all_rules())
        values = {rule.name: self._value(rule) for rule in known}
        basis = {rule.name: self[f"basis_{rule.name}"].data for rule in known}
        return PolicyRules(
            **{name: value for name, value in values.items() if name in OWN},
            limits={name: value for name, value in values.items() if name not in OWN},
            basis={name: text for name, text in basis.items() if text},
        )

    def _value(self, rule: AnyRule) -> Any:
        if isinstance(rule, Weights):
            return {part: given(self[f"weight_{part}"].data) for part in rule.default}
        value = self[rule.name].data
        return bool(value) if isinstance(rule, Switch) else given(value)


def policy_form() -> PolicyForm:
    """Return the form of a draft, filled from the request."""
    fields: dict[str, Field] = {}
    for rule in all_rules():
        fields |= _fields(rule)
    form: type[PolicyForm] = type("DraftForm", (PolicyForm,), fields)
    return form()


def _fields(rule: AnyRule) -> dict[str, Field]:
    """Return the fields of a rule and of its legal basis, by name."""
    label = str(_(rule.label))
    most = Length(max=200, message=_l("At most 200 characters."))
    basis = {f"basis_{rule.name}": StringField(_l("Legal basis"), [most], [strip])}
    if isinstance(rule, Limit):
        return {rule.name: IntegerField(label, whole(*rule.between)), **basis}
    if isinstance(rule, Switch):
        return {rule.name: BooleanField(label), **basis}
    weights = {
        f"weight_{part}": IntegerField(_l(PARTS[part]), whole(*PERCENT)) for part in rule.default
    }
    return {**weights, **basis}
