"""Top-level coordination (顶格协调): the head begins, decides, and gives tasks with a day."""

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.archive.achievements import add_achievements
from evalsys.personnel.sheets.registers import add_register
from evalsys.supervision.coordination import (
    achievements,
    demo,
    limits,
    models,
    queries,
    service,
    sheets,
    views,
)
from evalsys.supervision.matters.links import BESIDE_MATTERS

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages, the kind of case, its limit, register and scene."""
    add_limits(app, limits.LIMITS)
    add_kind(app, service.COORDINATION_KIND)
    add_scene(app, demo.SCENE)
    add_register(app, sheets.REGISTER)
    add_achievements(app, achievements.ACHIEVED)
    app.register_blueprint(views.bp)
    label = N_("Top-level coordination")
    add_entries(
        app,
        MenuEntry(10, "coordination.index", label, Action.COORDINATION_VIEW, menu=BESIDE_MATTERS),
    )
    app.add_template_global(queries.coordinations_of)
