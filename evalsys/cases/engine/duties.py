"""The registry of duties: that of the person concerned, and those that kinds register."""

from collections.abc import Mapping

from flask import Flask, current_app

from evalsys.cases.engine.rules.duties import PERSON, Office, Power
from evalsys.core.errors import N_
from evalsys.core.permissions import Action

THE_PERSON = Office(
    PERSON,
    N_("the person concerned"),
    Action.CASE_ANSWER,
    by=PERSON,
    powers=frozenset({Power.PROVE}),
)


def init_app(app: Flask) -> None:
    """Register the duty of the person, which every kind has."""
    app.extensions["evalsys.duties"] = {}
    add_duty(app, THE_PERSON)


def add_duty(app: Flask, office: Office) -> None:
    """Register a duty of a kind. Raises ValueError if the name is taken."""
    known: dict[str, Office] = app.extensions["evalsys.duties"]
    if known.setdefault(office.name, office) != office:
        raise ValueError(f"two duties named {office.name}")


def all_duties() -> Mapping[str, Office]:
    """Return every duty, by name."""
    duties: Mapping[str, Office] = current_app.extensions["evalsys.duties"]
    return duties


def action_of(duty: str) -> Action:
    """Return the permission that a step of a duty requires."""
    return all_duties()[duty].action


def powers_of(duties: frozenset[str]) -> frozenset[Power]:
    """Return the union of the powers of some duties."""
    return frozenset[Power]().union(*(all_duties()[duty].powers for duty in duties))


def having(power: Power) -> frozenset[str]:
    """Return the duties that have a power."""
    return frozenset(one.name for one in all_duties().values() if power in one.powers)
