"""Holds (异常核查): what seems strange in a closed period, until somebody has looked into it."""

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.scenes.registry import add_scene
from evalsys.organisation.policies.registry import add_limits
from evalsys.supervision.holds import demo, limits, models, service

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the limits, the kind of case and its scene."""
    add_limits(app, limits.LIMITS)
    add_kind(app, service.HOLD_KIND)
    add_scene(app, demo.SCENE)
