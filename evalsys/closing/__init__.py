"""Closing a period: count, freeze, propose, publish."""

from flask import Flask

from evalsys.closing import cli, jobs, models, views

__all__ = ["jobs", "models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature; its jobs register themselves."""
    app.register_blueprint(views.bp)
    app.cli.add_command(cli.group)
