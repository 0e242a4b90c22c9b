"""The registry of rules: the policy's own, and the limits of features."""

from collections.abc import Iterator, Sequence

from flask import Flask, current_app

from evalsys.organisation.policies.limits import AnyRule, Limit, LimitSection
from evalsys.organisation.policies.rules import SECTIONS


def init_app(app: Flask) -> None:
    """Register the policy's own rules: weights, minimum numbers and lines."""
    app.extensions["evalsys.limits"] = {}
    for section in SECTIONS:
        add_limits(app, section)


def add_limits(app: Flask, section: LimitSection) -> None:
    """Register limits of a feature; those of one title are merged into one section.

    Raises ValueError for a duplicate name.
    """
    names = {rule.name for rule in rules_of(app)}
    for rule in section.rules:
        if rule.name in names:
            raise ValueError(f"two rules of the policy named {rule.name}")
    known: dict[str, list[AnyRule]] = app.extensions["evalsys.limits"]
    known.setdefault(section.title, []).extend(section.rules)


def all_limits() -> Sequence[LimitSection]:
    """Return the rules by section, in order of registration."""
    known: dict[str, list[AnyRule]] = current_app.extensions["evalsys.limits"]
    return [LimitSection(title, tuple(rules)) for title, rules in known.items()]


def rules_of(app: Flask) -> Iterator[AnyRule]:
    """Yield the registered rules of an application, in the order of the sections."""
    known: dict[str, list[AnyRule]] = app.extensions["evalsys.limits"]
    for rules in known.values():
        yield from rules


def all_rules() -> Iterator[AnyRule]:
    """Yield every rule, in the order of the sections."""
    return rules_of(current_app)


def rule_named(name: str) -> AnyRule:
    """Return the rule of a name. Raises KeyError if it is not registered."""
    named = next((rule for rule in all_rules() if rule.name == name), None)
    if named is None:
        raise KeyError(name)
    return named


def limit_named(name: str) -> Limit:
    """Return the limit of a name. Raises KeyError if there is none, or it is not a Limit."""
    rule = rule_named(name)
    if not isinstance(rule, Limit):
        raise KeyError(name)
    return rule
