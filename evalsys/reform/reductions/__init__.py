"""The five reductions (五减): service matters by versions, before and after."""

from flask import Flask

from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.archive.achievements import add_achievements
from evalsys.reform.menu import REFORM
from evalsys.reform.reductions import achievements, demo, limits, models, views, words

__all__ = ["models"]

ENTRY = MenuEntry(10, "reductions.index", N_("Five reductions"), Action.REFORM_VIEW, menu=REFORM)
WORDS = (
    *(words.outcome_words, words.share_words),
    *(words.figure, words.done_words, words.way_done, words.counter_done),
    words.picture_words,
)


def init_app(app: Flask) -> None:
    """Register the pages, their entry in the menu, the targets, the figures and the scene."""
    add_limits(app, limits.LIMITS)
    add_scene(app, demo.SCENE)
    add_achievements(app, achievements.ACHIEVED)
    app.register_blueprint(views.bp)
    add_entries(app, ENTRY)
    for word in WORDS:
        app.add_template_filter(word)
    app.add_template_global(words.measure_words)  # Jinja would fold a filter of a constant.
