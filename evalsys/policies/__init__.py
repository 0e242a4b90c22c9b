"""The versioned rule set of a period: weights, minimum numbers, lines, windows."""

from flask import Flask

from evalsys.policies import cli, models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
    app.cli.add_command(cli.group)
