"""The archive of a person across all features, and the page of one's own rights. Never writes."""

from flask import Flask

from evalsys.personnel.archive import views, words


def init_app(app: Flask) -> None:
    """Register the pages of the feature."""
    app.register_blueprint(views.bp)
    app.add_template_filter(words.status_words)
    for part in (words.looked_at_words, words.told_words, words.training_words):
        app.add_template_global(part)
