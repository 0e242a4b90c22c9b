"""Returns (退人) and the pool (不胜任工作人员池): training, assessment, other work."""

from flask import Flask

from evalsys.pool import jobs, models, views
from evalsys.pool.words import training_words

__all__ = ["jobs", "models"]


def init_app(app: Flask) -> None:
    """Register the pages of the feature; its kinds of cases register themselves."""
    app.register_blueprint(views.bp)
    app.add_template_filter(training_words)
