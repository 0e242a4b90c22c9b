"""Pages that show results. Never writes."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
