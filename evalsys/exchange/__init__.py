"""Workbooks to and from HR. The only feature that knows openpyxl."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.tasks import add_tasks
from evalsys.exchange import (
    cli,
    export_cases_cli,
    export_cases_views,
    export_large_views,
    export_service,
    export_views,
    file_commands,
    handled_views,
    models,
)
from evalsys.exchange.export_large_words import export_state_words
from evalsys.foundation.calendars.cli import group as calendars
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.foundation.spreadsheets.blueprint import bp
from evalsys.ratings.counting.cli import group as ratings
from evalsys.ratings.tickets import cli as ticket_cli
from evalsys.ratings.tickets import upload_views
from evalsys.roster import check as roster_check
from evalsys.roster import marked
from evalsys.roster import service as roster_service
from evalsys.roster import views as roster_views

__all__ = [
    "export_cases_views",
    "export_large_views",
    "export_views",
    "handled_views",
    "models",
    "roster_views",
]

EXPORT = JobKind(export_service.JOB, N_("Export a workbook"), export_service.run, is_private=True)
CHECK = JobKind(roster_check.CHECK_JOB, N_("Check a roster"), roster_check.check_in_job)
MARK = JobKind(marked.JOB, N_("Mark the errors of a roster"), marked.mark_in_job)
ROSTER = JobKind(roster_service.JOB, N_("Write a roster"), roster_service.write_in_job)
# The group of commands -> what it gets from here, where files can be read.
COMMANDS = {
    cli.group: (export_cases_cli.export_ledger_book, export_cases_cli.export_archive_book),
    ratings: (file_commands.import_past_ratings, ticket_cli.issue),
    calendars: (file_commands.import_calendar,),
}


def init_app(app: Flask) -> None:
    """Register the pages, commands and jobs of the feature, and what waits on the start page."""
    app.register_blueprint(bp)
    app.register_blueprint(upload_views.bp)
    app.add_template_filter(export_state_words)
    app.add_template_filter(export_views.title_of, "book_words")
    app.cli.add_command(cli.group)
    for group, commands in COMMANDS.items():
        for command in commands:
            group.add_command(command)
    add_job(app, EXPORT)
    add_job(app, CHECK)
    add_job(app, MARK)
    add_job(app, ROSTER)
    add_tasks(app, export_large_views.tasks)
