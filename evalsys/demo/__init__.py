"""The demo city: made-up people and ratings to try the system with."""

from flask import Flask

from evalsys.demo import cli


def init_app(app: Flask) -> None:
    """Register the command of the feature."""
    app.register_blueprint(cli.bp)
