"""Long work in the background: its state, progress and cancelling."""

from flask import Flask

from evalsys.jobs import models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
