"""Health, doctor, logs, backup: what keeps the system running."""

from flask import Flask

from evalsys.operations import cli, front, logs, views


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature, and stand before every request."""
    logs.init_app(app)
    front.init_app(app)
    app.register_blueprint(views.bp)
    for command in cli.COMMANDS:
        app.cli.add_command(command)
