"""Closing a period: count, freeze, propose, publish."""

from flask import Flask

from evalsys.closing import models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
