"""Workbooks to and from HR. The only feature that knows openpyxl."""

import os

from flask import Flask

# openpyxl reads with lxml if something else has installed it; we test what Python brings along.
os.environ.setdefault("OPENPYXL_LXML", "False")

from evalsys.exchange import (
    cli,
    export_cases_cli,
    export_cases_views,
    export_large_views,
    export_views,
    file_commands,
    models,
    roster_views,
    ticket_cli,
    ticket_views,
)
from evalsys.exchange.blueprint import bp
from evalsys.reports.today_page import add_tasks

__all__ = [
    "export_cases_cli",
    "export_cases_views",
    "export_large_views",
    "export_views",
    "file_commands",
    "models",
    "roster_views",
    "ticket_cli",
]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
    app.register_blueprint(bp)
    app.register_blueprint(ticket_views.bp)
    app.cli.add_command(cli.group)
    add_tasks(app, export_large_views.tasks)
