"""Benchmarks (对标): indicators of the own city beside reference cities, and what to do first."""

from flask import Flask

from evalsys.cases.scenes.registry import Scene, add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.reform.benchmarks import demo, models, words
from evalsys.reform.benchmarks.views import keeping, reading, sheets
from evalsys.reform.menu import REFORM

__all__ = ["keeping", "models", "sheets"]

ENTRY = MenuEntry(20, "benchmarks.index", N_("Benchmarks"), Action.REFORM_VIEW, menu=REFORM)
WORDS = (
    words.direction_words,
    words.amount_words,
    words.gap_words,
    words.rank_words,
    words.trend_words,
    words.target_words,
)


def init_app(app: Flask) -> None:
    """Register the pages, their tab, their words and the scene of the demo."""
    app.register_blueprint(reading.bp)
    add_entries(app, ENTRY)
    add_scene(app, Scene("benchmark", play=demo.play))
    for word in WORDS:
        app.add_template_global(word)
    app.add_template_filter(words.plain_figure)
