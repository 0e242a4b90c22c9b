"""Response, solution and satisfaction rate of the hotline, by organ."""

from flask import Flask

from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.sheets.registers import add_register
from evalsys.supervision.hotline.rates import limits, sheets, views


def init_app(app: Flask) -> None:
    """Register the limits, the page and the register."""
    add_limits(app, limits.LIMITS)
    add_register(app, sheets.REGISTER)
    app.register_blueprint(views.bp)
