"""Remedies: reconsideration, appeal, internal review."""

from flask import Flask

from evalsys.remedies import views


def init_app(app: Flask) -> None:
    """Register the pages of the feature; its kind of case registers itself."""
    app.register_blueprint(views.bp)
