"""Workbooks: which there are, who may have them, and the jobs that read and write them."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.tasks import add_tasks
from evalsys.exports import cli, models, service
from evalsys.exports import commands as file_commands
from evalsys.exports import views as export_views
from evalsys.exports.approval import views as export_large_views
from evalsys.exports.approval.words import export_state_words
from evalsys.exports.registers import cli as export_cases_cli
from evalsys.exports.registers import views as export_cases_views
from evalsys.exports.services import views as handled_views
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

EXPORT = JobKind(service.JOB, N_("Export a workbook"), service.run, is_private=True)
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
