"""Organs, sections, staff, and who belonged where, and led what, on which day."""

from flask import Flask

from evalsys.organisation.org import models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
