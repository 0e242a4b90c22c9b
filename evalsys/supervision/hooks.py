"""What other features do when the supervision office takes a matter in by hand."""

from collections.abc import Callable

from flask import Flask, current_app

from evalsys.cases.engine.models import Subject
from evalsys.core.audit import Unit

# In the transaction of the opening; a DomainError keeps the matter from being opened.
AfterIntake = Callable[[Unit, Subject], None]
KEY = "evalsys.supervision.after_intake"


def add_after_intake(app: Flask, hook: AfterIntake) -> None:
    """Register a hook that runs when a matter was taken in by hand."""
    app.extensions.setdefault(KEY, []).append(hook)


def after_intake(unit: Unit, case: Subject) -> None:
    """Run the hooks."""
    hooks: list[AfterIntake] = current_app.extensions.get(KEY, [])
    for hook in hooks:
        hook(unit, case)
