"""The archive of a person across all features. Read-only."""

from flask import Flask

from evalsys.cases.inbox.links import BESIDE_CASES
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action, Actor
from evalsys.personnel.archive import views, words
from evalsys.personnel.archive.queries import may_search


def has_own_alone(actor: Actor) -> bool:
    """Return whether the actor may open no archive but their own."""
    return not may_search(actor)


ENTRIES = (
    MenuEntry(
        10, "archive.index", N_("Archives"), Action.PERSONNEL_VIEW, may_search, menu=BESIDE_CASES
    ),
    MenuEntry(
        10,
        "archive.index",
        N_("My rights"),
        Action.PERSONNEL_VIEW,
        has_own_alone,
        menu=BESIDE_CASES,
    ),
)


def init_app(app: Flask) -> None:
    """Register the pages of the feature."""
    app.register_blueprint(views.bp)
    add_entries(app, *ENTRIES)
    for template_filter in (words.status_words, words.kind_tag, words.bearing_words):
        app.add_template_filter(template_filter)
    for template_global in (words.looked_at_words, words.outcome_words):
        app.add_template_global(template_global)
