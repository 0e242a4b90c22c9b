"""Formulas F1-F10 and frozen scores."""

from flask import Flask

from evalsys.scores import models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
