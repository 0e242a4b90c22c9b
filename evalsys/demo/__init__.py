"""The demo city: made-up people and ratings to try the system with."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
