"""The archive of a person across all features, and the page of one's own rights. Never writes."""

from flask import Flask

from evalsys.archive import views
from evalsys.archive.words import status_words


def init_app(app: Flask) -> None:
    """Register the pages of the feature."""
    app.register_blueprint(views.bp)
    app.add_template_filter(status_words)
