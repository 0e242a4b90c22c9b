"""Consultations (公开征求意见): drafts before the public, opinions, what came of them."""

from flask import Flask

from evalsys.cases.scenes.registry import Scene, add_scene
from evalsys.core.errors import N_
from evalsys.core.extensions import csrf
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.organisation.policies.registry import add_limits
from evalsys.reform.consultations import demo, limits, models, words
from evalsys.reform.consultations.rules import figures
from evalsys.reform.consultations.views import office, public
from evalsys.reform.menu import REFORM

__all__ = ["models", "office"]

ENTRY = MenuEntry(30, "consultations.index", N_("Consultations"), Action.REFORM_VIEW, menu=REFORM)


def init_app(app: Flask) -> None:
    """Register the pages, their tab, the limits, their words and the scene of the demo."""
    add_limits(app, limits.LIMITS)
    app.register_blueprint(public.bp)
    add_entries(app, ENTRY)
    add_scene(app, Scene("consultation", play=demo.play))
    csrf.exempt(public.give)
    for word in (
        words.voice_words,
        words.verdict_words,
        words.criterion_words,
        words.consultation_words,
    ):
        app.add_template_global(word)
    app.add_template_global(figures.count_words, "small_count")
