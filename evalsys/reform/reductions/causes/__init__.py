"""From a bad review to a shorter process: reason, matter, measure, marks before and after."""

from flask import Flask

from evalsys.reform.reductions.causes import models, views

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(views.bp)
