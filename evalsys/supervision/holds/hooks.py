"""Hooks of holds that no longer hold anything back, registered by other features."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, current_app

from evalsys.cases.engine.models import Subject
from evalsys.core.audit import Unit
from evalsys.supervision.holds.models import Hold

AfterHold = Callable[[Unit, Hold, Subject, datetime], None]  # in the transaction of the step
KEY = "evalsys.supervision.after_hold"


def add_after_hold(app: Flask, hook: AfterHold) -> None:
    """Register a hook that runs when a hold was cleared."""
    app.extensions.setdefault(KEY, []).append(hook)


def after_hold(unit: Unit, hold: Hold, case: Subject, now: datetime) -> None:
    """Run the hooks."""
    hooks: list[AfterHold] = current_app.extensions.get(KEY, [])
    for hook in hooks:
        hook(unit, hold, case, now)
