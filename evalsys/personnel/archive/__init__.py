"""The archive of a person across all features, and the page of one's own rights. Never writes."""

from flask import Flask

from evalsys.cases.inbox.links import Way, add_way
from evalsys.core.errors import N_
from evalsys.personnel.archive import views, words
from evalsys.personnel.archive.queries import may_search


def init_app(app: Flask) -> None:
    """Register the pages of the feature."""
    app.register_blueprint(views.bp)
    add_way(app, Way(10, "archive.index", N_("Archives"), shown=may_search))
    own = Way(10, "archive.index", N_("My rights"), shown=lambda actor: not may_search(actor))
    add_way(app, own)
    for word in (words.status_words, words.kind_tag):
        app.add_template_filter(word)
    for part in (words.looked_at_words, words.told_words):
        app.add_template_global(part)
