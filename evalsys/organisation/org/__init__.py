"""Organs, sections and staff, with dated postings and terms."""

from flask import Flask

from evalsys.organisation.org import models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
