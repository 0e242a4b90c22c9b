"""What other features do when the supervision office takes a matter in by hand."""

from collections.abc import Callable

from flask import Flask, current_app

from evalsys.cases.engine.models import Subject
from evalsys.core.audit import Unit
from evalsys.organisation.org.models import Organ

# In the transaction of the opening; a DomainError keeps the matter from being opened.
AfterIntake = Callable[[Unit, Subject], None]
KEY = "evalsys.supervision.after_intake"
# Source, number -> the organ that other features know the number with.
OrganOfNumber = Callable[[str, str], Organ | None]
NUMBERS_KEY = "evalsys.supervision.organ_of_number"


def add_after_intake(app: Flask, hook: AfterIntake) -> None:
    """Register a hook that runs when a matter was taken in by hand."""
    app.extensions.setdefault(KEY, []).append(hook)


def after_intake(unit: Unit, case: Subject) -> None:
    """Run the hooks."""
    hooks: list[AfterIntake] = current_app.extensions.get(KEY, [])
    for hook in hooks:
        hook(unit, case)


def add_organ_of_number(app: Flask, hook: OrganOfNumber) -> None:
    """Register a hook that tells the organ of a number before a matter of it is taken in."""
    app.extensions.setdefault(NUMBERS_KEY, []).append(hook)


def organs_of_number(source: str, number: str) -> list[Organ]:
    """Return the organs that the hooks know a number with."""
    hooks: list[OrganOfNumber] = current_app.extensions.get(NUMBERS_KEY, [])
    return [organ for hook in hooks if (organ := hook(source, number)) is not None]
