"""Remedies: reconsideration, appeal, internal review."""

from flask import Flask

from evalsys.remedies import views, words


def init_app(app: Flask) -> None:
    """Register the pages of the feature; its kind of case registers itself."""
    app.register_blueprint(views.bp)
    app.add_template_global(words.term_words)
