"""Consequences for a chief: interview, admonition advice, adjustment advice; commendation."""

from datetime import time

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.heads import HeadLink, add_head_link
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.chiefs import (
    commending,
    demo,
    jobs,
    limits,
    models,
    queries,
    service,
    sheets,
    views,
)
from evalsys.personnel.sheets.registers import add_register
from evalsys.scores.models import Result

__all__ = ["models"]

COMPARISON = HeadLink(
    10,
    Result,
    "chiefs.compare",
    N_("Compare for commendation"),
    Action.CASE_COMPARE,
    queries.has_candidates,
    lambda result: {"code": result.period.code},
)


def init_app(app: Flask) -> None:
    """Register the page of the comparison, the kinds of cases, and the nightly lapse job."""
    app.register_blueprint(views.bp)
    add_head_link(app, COMPARISON)
    add_limits(app, limits.LADDER)
    add_limits(app, limits.COMMENDATION)
    add_kind(app, service.LADDER_KIND)
    add_kind(app, commending.COMMENDATION_KIND)
    add_scene(app, demo.LADDER_SCENE)
    add_scene(app, demo.COMMENDATION_SCENE)
    add_register(app, sheets.INTERVIEWS)
    add_register(app, sheets.COMMENDATIONS)
    add_job(app, JobKind("chiefs.lapse", N_("Let proposals lapse"), jobs.run, at=time(3, 50)))
