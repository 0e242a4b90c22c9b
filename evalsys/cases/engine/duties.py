"""The registry of duties: that of the person concerned, and those that kinds register."""

from flask import Flask

from evalsys.cases.engine.rules.duties import PERSON, Office, Power
from evalsys.core.errors import N_
from evalsys.core.permissions import Action
from evalsys.foundation.registry import Registry

THE_PERSON = Office(
    PERSON,
    N_("the person concerned"),
    Action.CASE_ANSWER,
    by=PERSON,
    powers=frozenset({Power.PROVE}),
)
DUTIES = Registry[Office]("duties", "duties")
all_duties = DUTIES.all


def init_app(app: Flask) -> None:
    """Register the duty of the person, which every kind has."""
    DUTIES.add(app, PERSON, THE_PERSON)


def action_of(duty: str) -> Action:
    """Return the permission that a step of a duty requires."""
    return all_duties()[duty].action


def powers_of(duties: frozenset[str]) -> frozenset[Power]:
    """Return the union of the powers of some duties."""
    return frozenset[Power]().union(*(all_duties()[duty].powers for duty in duties))


def having(power: Power) -> frozenset[str]:
    """Return the duties that have a power."""
    return frozenset(one.name for one in all_duties().values() if power in one.powers)
