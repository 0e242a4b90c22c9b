"""Files that prove what a version of a service matter says: documents, notices, screenshots."""

from flask import Flask

from evalsys.cases.papers.service import add_keeper
from evalsys.reform.reductions.proofs import models, views

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and what is kept on disk."""
    add_keeper(app, models.VersionProof)
    app.register_blueprint(views.bp)
