"""Workbooks to and from HR. The only feature that knows openpyxl."""

from flask import Flask

from evalsys.exchange import models, ticket_cli, ticket_views

__all__ = ["models", "ticket_cli"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
    app.register_blueprint(ticket_views.bp)
