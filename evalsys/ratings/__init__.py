"""Tickets, the citizen's form, intake, counting, ratings, comments."""

from flask import Flask

from evalsys.ratings import models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
