"""Labels and formatted values of policy rules for pages and commands."""

from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.organisation.policies.limits import PERCENT, AnyRule, Limit, Switch, Weights
from evalsys.organisation.policies.registry import all_rules, rule_named
from evalsys.organisation.policies.rules import PolicyRules

DIMENSION_WORDS = {
    "attitude": N_("Service attitude"),
    "work_style": N_("Work style"),
    "efficiency": N_("Handling efficiency"),
    "competence": N_("Professional competence"),
}
GROUP_WORDS = {
    "recipient": N_("service recipients"),
    "grassroots": N_("grass-roots units"),
    "collaborator": N_("collaborating sections"),
    "leader": N_("leader in charge"),
}
PARTS = DIMENSION_WORDS | GROUP_WORDS


def rule_words(name: str) -> str:
    """Return the label of a rule, by its name."""
    return str(_(rule_named(name).label))


def unit_words(rule: AnyRule) -> str:
    """Return the unit of a rule; empty for weights and switches."""
    unit = rule.unit if isinstance(rule, Limit) else ""
    return str(_(unit)) if unit else ""


def part_words(name: str) -> str:
    """Return the label of a dimension or a rater group."""
    return str(_(PARTS[name]))


def value_words(rule: AnyRule, rules: PolicyRules) -> str:
    """Format the value of a rule with its unit."""
    if isinstance(rule, Weights):
        held = rules[rule]
        parts = (f"{part_words(key)} {held.get(key, 0)}" for key in rule.default)
        return str(_(", ")).join(parts)
    if isinstance(rule, Switch):
        return str(_("yes")) if rules[rule] else str(_("no"))
    unit = unit_words(rule)
    return f"{rules[rule]} %" if unit == PERCENT else f"{rules[rule]} {unit}".strip()


def difference_words(before: PolicyRules, after: PolicyRules) -> list[tuple[str, str, str]]:
    """Return (rule, value before, value after) as text for every difference.

    Differences in the legal basis come after those in values.
    """
    values, bases = [], []
    for rule in all_rules():
        label = str(_(rule.label))
        if before[rule] != after[rule]:
            values.append((label, value_words(rule, before), value_words(rule, after)))
        was, is_now = before.basis_of(rule), after.basis_of(rule)
        if was != is_now:
            name = str(_("Legal basis: %(rule)s", rule=label))
            bases.append((name, was or "—", is_now or "—"))
    return values + bases
