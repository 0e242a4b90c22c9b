"""Hooks of bad reviews that do not count for the person, registered by other features."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, current_app

from evalsys.cases.engine.models import Subject
from evalsys.core.audit import Unit
from evalsys.personnel.feedback.rules.categories import Attribution

# In the transaction of the step; the text says what has to change, "" if nobody wrote it.
AfterAside = Callable[[Unit, Subject, Attribution, str, datetime], None]
KEY = "evalsys.feedback.after_aside"


def add_after_aside(app: Flask, hook: AfterAside) -> None:
    """Register a hook that runs when two people agreed that a review is not due to the person."""
    app.extensions.setdefault(KEY, []).append(hook)


def after_aside(unit: Unit, case: Subject, what: Attribution, change: str, now: datetime) -> None:
    """Run the hooks."""
    hooks: list[AfterAside] = current_app.extensions.get(KEY, [])
    for hook in hooks:
        hook(unit, case, what, change, now)
