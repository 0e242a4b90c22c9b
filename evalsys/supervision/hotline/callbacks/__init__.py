"""Call-backs (回访): what callers answer, and which tickets count in no rate."""

from flask import Flask

from evalsys.supervision.hotline.callbacks import models, views

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(views.bp)
