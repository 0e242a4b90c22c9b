"""Long work in the background: its state, progress and cancelling."""

from flask import Flask

from evalsys.jobs import cli, models, queue, views

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
    queue.init_app(app)
    app.register_blueprint(views.bp)
    app.cli.add_command(cli.group)
