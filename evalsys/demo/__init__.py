"""The demo city: fictitious people and ratings for trying the system."""

from flask import Flask

from evalsys.demo import cli


def init_app(app: Flask) -> None:
    """Register the command of the feature."""
    app.register_blueprint(cli.bp)
