"""Matters (督办事项): taken in, assigned, handled, checked with the petitioner."""

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.archive.achievements import add_achievements
from evalsys.personnel.feedback.hooks import add_after_aside
from evalsys.personnel.sheets.registers import add_register
from evalsys.supervision.matters import (
    demo,
    limits,
    links,
    models,
    queries,
    reviews,
    service,
    views,
    words,
)
from evalsys.supervision.matters.sheets import achievements, register

__all__ = ["models"]

ENTRY = MenuEntry(
    14, "matters.index", N_("Matters"), Action.LIGHTS_VIEW, leads_to=links.BESIDE_MATTERS
)


def init_app(app: Flask) -> None:
    """Register the pages, the kind of case, its limits and its scene."""
    add_limits(app, limits.LIMITS)
    add_kind(app, service.MATTER_KIND)
    add_after_aside(app, reviews.open_from_review)
    add_scene(app, demo.SCENE)
    add_register(app, register.REGISTER)
    add_achievements(app, achievements.ACHIEVED)
    app.register_blueprint(views.bp)
    add_entries(app, ENTRY)
    app.add_template_filter(words.source_words)
    app.add_template_global(words.matter_light)
    app.add_template_global(queries.list_followers, "followers_of")
    app.add_template_global(links.ways_beside_matters)
