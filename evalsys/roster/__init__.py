"""The roster: import of sections, people and chiefs from the personnel office's file."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.foundation.spreadsheets.blueprint import group
from evalsys.roster import check, cli, models, service, views
from evalsys.roster.marking import marked
from evalsys.roster.people import views as people_views

__all__ = ["models", "people_views", "views"]

CHECK = JobKind(check.CHECK_JOB, N_("Check a roster"), check.check_in_job)
MARK = JobKind(marked.JOB, N_("Mark the errors of a roster"), marked.mark_in_job)
WRITE = JobKind(service.JOB, N_("Write a roster"), service.write_in_job)

ROSTER = MenuEntry(110, "exchange.people", N_("Roster"), Action.EXCHANGE_IMPORT)


def init_app(app: Flask) -> None:
    """Register menu entry, command and jobs; the pages share the blueprint of workbooks."""
    add_entries(app, ROSTER)
    group.add_command(cli.import_roster)
    for job in (CHECK, MARK, WRITE):
        add_job(app, job)
