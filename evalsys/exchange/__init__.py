"""Workbooks to and from HR. The only feature that knows openpyxl."""

from flask import Flask

from evalsys.exchange import models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
