"""Health, doctor, logs, backup: what keeps the system running."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
