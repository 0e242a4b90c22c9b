"""Which duties there are: that of the person whom a subject is about, and those of its kind."""

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
    """Give the application the one duty that is there whatever the kind."""
    app.extensions["evalsys.duties"] = {}
    add_duty(app, THE_PERSON)


def add_duty(app: Flask, office: Office) -> None:
    """Let a kind bring a duty. Raises ValueError if another one has the name."""
    known: dict[str, Office] = app.extensions["evalsys.duties"]
    if known.setdefault(office.name, office) != office:
        raise ValueError(f"two duties named {office.name}")


def all_duties() -> Mapping[str, Office]:
    """Return every duty, by name."""
    duties: Mapping[str, Office] = current_app.extensions["evalsys.duties"]
    return duties


def action_of(duty: str) -> Action:
    """Return what permission a step of a duty takes."""
    return all_duties()[duty].action


def powers_of(duties: frozenset[str]) -> frozenset[Power]:
    """Return what some duties together let their holder do beside their steps."""
    return frozenset[Power]().union(*(all_duties()[duty].powers for duty in duties))


def having(power: Power) -> frozenset[str]:
    """Return the duties that have a power."""
    return frozenset(one.name for one in all_duties().values() if power in one.powers)
