"""Health check, doctor, logs, backup and restore."""

from typing import cast

import click
from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.handlers import checks_of
from evalsys.operations import cli, debugging, front, logs, models, views
from evalsys.operations.machines.cli import distribute_command
from evalsys.operations.secret_check import refuse_another_secret

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register pages, commands and the middleware around every request."""
    logs.init_app(app)
    front.init_app(app)
    debugging.init_app(app)
    checks_of(app).append(refuse_another_secret)
    app.register_blueprint(views.bp)
    add_entries(app, MenuEntry(140, "operations.system", N_("System state"), Action.SYSTEM_VIEW))
    for command in cli.COMMANDS:
        app.cli.add_command(command)
    cast(click.Group, app.cli.commands["db"]).add_command(distribute_command)
