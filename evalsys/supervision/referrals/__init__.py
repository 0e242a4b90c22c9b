"""Referrals (移送): overdue matters go to the discipline organ, and its answer comes back."""

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.scenes.registry import add_scene
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.archive.achievements import add_achievements
from evalsys.personnel.sheets.registers import add_register
from evalsys.supervision.referrals import (
    achievements,
    demo,
    limits,
    queries,
    service,
    sheets,
    views,
)


def init_app(app: Flask) -> None:
    """Register the page, the kind of case, its limits and its scene."""
    add_limits(app, limits.LIMITS)
    add_kind(app, service.REFERRAL_KIND)
    add_scene(app, demo.SCENE)
    add_register(app, sheets.REGISTER)
    add_achievements(app, achievements.ACHIEVED)
    app.register_blueprint(views.bp)
    app.add_template_global(queries.referrals_of)
