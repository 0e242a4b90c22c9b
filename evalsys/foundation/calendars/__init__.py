"""Working days: the calendar, import of a year's notice, deadline arithmetic."""

from flask import Flask

from evalsys.core.reads import add_fact
from evalsys.foundation.calendars import cli, models, queries

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the commands, and the calendar as a fact of every page."""
    app.cli.add_command(cli.group)
    add_fact(app, queries.FACT, queries.calendar_fact)
