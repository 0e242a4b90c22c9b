"""The archive of a person across all features, and the page of one's own rights. Never writes."""

from flask import Flask

from evalsys.personnel.archive import views, words


def init_app(app: Flask) -> None:
    """Register the pages of the feature."""
    app.register_blueprint(views.bp)
    for word in (words.status_words, words.kind_tag):
        app.add_template_filter(word)
    for part in (words.looked_at_words, words.told_words):
        app.add_template_global(part)
