"""Workbooks: the catalogue, permissions, and the job that writes them."""

from flask import Flask

from evalsys.cases.inbox.links import BESIDE_CASES
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.frame.tasks import add_counted_tasks
from evalsys.core.permissions import Action
from evalsys.exports import cli, models, service, views
from evalsys.exports.approval import views as approval_views
from evalsys.exports.approval.words import export_state_words
from evalsys.exports.registers import cli as register_cli
from evalsys.exports.registers import views as register_views
from evalsys.exports.services import views as handled_views
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.foundation.spreadsheets.blueprint import bp, group

__all__ = ["approval_views", "handled_views", "models", "register_views", "views"]

EXPORT = JobKind(service.JOB, N_("Export a workbook"), service.run, is_private=True)
REGISTERS = MenuEntry(
    20, "exchange.registers", N_("Registers of cases"), Action.REGISTER_EXPORT, menu=BESIDE_CASES
)
COMMANDS = (
    cli.export_book,
    register_cli.export_register_book,
    register_cli.export_ledger_book,
    register_cli.export_archive_book,
)


def init_app(app: Flask) -> None:
    """Register the pages, commands, job and start-page tasks of the feature."""
    app.register_blueprint(bp)
    add_entries(app, REGISTERS)
    app.add_template_filter(export_state_words)
    app.add_template_filter(views.title_of, "book_words")
    for command in COMMANDS:
        group.add_command(command)
    app.cli.add_command(group)
    add_job(app, EXPORT)
    add_counted_tasks(app, Action.EXCHANGE_EXPORT, approval_views.count, approval_views.tasks)
