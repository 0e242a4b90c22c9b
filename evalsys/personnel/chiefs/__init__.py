"""Consequences for a chief: interview, admonition advice, adjustment advice; commendation."""

from datetime import time

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.chiefs import commending, demo, jobs, limits, models, service, sheets, views
from evalsys.personnel.sheets.registers import add_register

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the page of the comparison, the kinds of cases, and the nightly lapse job."""
    app.register_blueprint(views.bp)
    add_limits(app, limits.LADDER)
    add_limits(app, limits.COMMENDATION)
    add_kind(app, service.LADDER_KIND)
    add_kind(app, commending.COMMENDATION_KIND)
    add_scene(app, demo.LADDER_SCENE)
    add_scene(app, demo.COMMENDATION_SCENE)
    add_register(app, sheets.INTERVIEWS)
    add_register(app, sheets.COMMENDATIONS)
    add_job(app, JobKind("chiefs.lapse", N_("Let proposals lapse"), jobs.run, at=time(3, 50)))
