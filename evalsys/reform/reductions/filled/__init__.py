"""Service matters out of a filled-in sheet: looked at first, then entered as shown."""

from flask import Flask

from evalsys.reform.reductions.filled import views


def init_app(app: Flask) -> None:
    """Register the page."""
    app.register_blueprint(views.bp)
