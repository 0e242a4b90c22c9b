"""The rules that an application knows: each feature brings its own limits."""

from collections.abc import Iterator, Sequence

from flask import Flask, current_app

from evalsys.organisation.policies.limits import AnyRule, Limit, Limits
from evalsys.organisation.policies.rules import SECTIONS


def init_app(app: Flask) -> None:
    """Give the application the rules of the policy itself: weights, minimum numbers and lines."""
    app.extensions["evalsys.limits"] = {}
    for section in SECTIONS:
        add_limits(app, section)


def add_limits(app: Flask, section: Limits) -> None:
    """Let a feature bring its limits; those of one title stand together, in the order they come.

    Raises ValueError for a second rule of a name.
    """
    names = {rule.name for rule in rules_of(app)}
    for rule in section.rules:
        if rule.name in names:
            raise ValueError(f"two rules of the policy named {rule.name}")
    known: dict[str, list[AnyRule]] = app.extensions["evalsys.limits"]
    known.setdefault(section.title, []).extend(section.rules)


def all_limits() -> Sequence[Limits]:
    """Return the rules in their sections, in the order in which features brought them."""
    known: dict[str, list[AnyRule]] = current_app.extensions["evalsys.limits"]
    return [Limits(title, tuple(rules)) for title, rules in known.items()]


def rules_of(app: Flask) -> Iterator[AnyRule]:
    """Yield the rules that an application knows, in the order of the sections."""
    known: dict[str, list[AnyRule]] = app.extensions["evalsys.limits"]
    for rules in known.values():
        yield from rules


def all_rules() -> Iterator[AnyRule]:
    """Yield every rule, in the order of the sections."""
    return rules_of(current_app)


def rule_named(name: str) -> AnyRule:
    """Return the rule of a name. Raises KeyError for one that no feature brought."""
    found = next((rule for rule in all_rules() if rule.name == name), None)
    if found is None:
        raise KeyError(name)
    return found


def limit_named(name: str) -> Limit:
    """Return the limit of a name. Raises KeyError if there is none, or it is no number."""
    rule = rule_named(name)
    if not isinstance(rule, Limit):
        raise KeyError(name)
    return rule
