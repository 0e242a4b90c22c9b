"""Duties: what somebody is to a subject, and through which of its parties; kinds bring others."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app

from evalsys.cases.engine.rules.machine import OWNER, Duty
from evalsys.core.errors import N_
from evalsys.core.permissions import Action, Role


@dataclass(frozen=True)
class Office:
    """A duty, and who holds it: whoever is, leads or serves the parties of a subject named by `by`.

    `by` is the duty of the rows of `Party`; empty, it is held by who opened the subject. `role` is
    that of the accounts that act for a section or an organ, None where a person acts in person.
    A step of the duty takes the permission `action`. Who `decides` is left out where the kind
    recuses the opener; who `proves` may put evidence on file. Under the `heading` the page of the
    case names who holds it in person.
    """

    name: str
    label: str
    action: Action
    by: str = ""
    role: Role | None = None
    decides: bool = False
    proves: bool = False
    heading: str = ""


OF_EVERY_KIND = (
    Office(
        Duty.PERSON, N_("the person concerned"), Action.CASE_ANSWER, by=Duty.PERSON, proves=True
    ),
    Office(
        Duty.CHIEF,
        N_("the section chief"),
        Action.CASE_PROPOSE,
        by=OWNER,
        role=Role.CHIEF,
        proves=True,
    ),
    Office(Duty.PROPOSER, N_("who proposed it"), Action.CASE_PROPOSE, proves=True),
    Office(
        Duty.PERSONNEL,
        N_("the personnel office"),
        Action.CASE_HANDLE,
        by=OWNER,
        role=Role.HR,
        decides=True,
        proves=True,
    ),
    Office(
        Duty.LEADER,
        N_("the leader in charge"),
        Action.CASE_DECIDE,
        by=OWNER,
        role=Role.LEADER,
        decides=True,
    ),
)


def init_app(app: Flask) -> None:
    """Give the application the duties of every kind."""
    app.extensions["evalsys.duties"] = {}
    for office in OF_EVERY_KIND:
        add_duty(app, office)


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


def deciding() -> frozenset[str]:
    """Return the duties that decide."""
    return frozenset(one.name for one in all_duties().values() if one.decides)


def proving() -> frozenset[str]:
    """Return the duties whose holders may put evidence on file: not who decides."""
    return frozenset(one.name for one in all_duties().values() if one.proves)
