"""Tickets, the citizen's form, intake, counting, ratings, comments, contacts."""

from datetime import time

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.extensions import csrf
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.frame.tasks import add_counted_tasks
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.organisation.policies.registry import add_limits
from evalsys.ratings.ballots import after_views, dead_ends, models, views
from evalsys.ratings.ballots.phone import is_shared
from evalsys.ratings.ballots.rules import print_reference
from evalsys.ratings.ballots.words import post_words
from evalsys.ratings.comments import limits as comment_limits
from evalsys.ratings.comments import tasks
from evalsys.ratings.comments import views as comment_views
from evalsys.ratings.contacts import limits as contact_limits
from evalsys.ratings.counting import cli, hooks, jobs
from evalsys.ratings.counting import limits as counting_limits
from evalsys.ratings.history import cli as history_cli
from evalsys.ratings.history import models as past_models
from evalsys.ratings.services import models as handled_models
from evalsys.ratings.services import views as handled_views
from evalsys.ratings.tickets import cli as ticket_cli
from evalsys.ratings.tickets import invite_views, screen_views, upload_views
from evalsys.ratings.tickets import limits as ticket_limits
from evalsys.ratings.tickets import models as issuing_models
from evalsys.ratings.tickets import views as ticket_views
from evalsys.ratings.tickets.ceilings import limits as ceiling_limits
from evalsys.ratings.tickets.ceilings import views as ceiling_views
from evalsys.ratings.tickets.queries import may_issue_at_all
from evalsys.ratings.tickets.rules.codes import grouped

__all__ = [
    "after_views",
    "ceiling_views",
    "comment_views",
    "dead_ends",
    "handled_models",
    "handled_views",
    "invite_views",
    "issuing_models",
    "models",
    "past_models",
    "screen_views",
    "ticket_views",
]

LIMITS = (
    ticket_limits.LIMITS,
    ceiling_limits.LIMITS,
    counting_limits.LIMITS,
    contact_limits.LIMITS,
    comment_limits.LIMITS,
)

ENTRIES = (
    MenuEntry(80, "ratings.tickets", N_("Tickets"), Action.TICKET_ISSUE),
    MenuEntry(80, "ratings.colleagues", N_("Tickets"), Action.TICKET_COLLEAGUE, may_issue_at_all),
    MenuEntry(100, "ratings.comments", N_("Comments"), Action.COMMENT_REVIEW),
)


def init_app(app: Flask) -> None:
    """Register the pages, commands, jobs, limits and hooks of ratings."""
    hooks.init_app(app)
    for limits in LIMITS:
        add_limits(app, limits)
    add_job(app, JobKind("ratings.count", N_("Count ballots"), jobs.run, at=time(2, 30)))
    app.url_map.converters["tail"] = views.Tail
    app.register_blueprint(views.bp)
    app.register_blueprint(upload_views.bp)
    add_entries(app, *ENTRIES)
    for view in (
        views.hand_in,
        after_views.report_taken,
        after_views.forget,
        after_views.check,
        screen_views.from_screen,
    ):
        csrf.exempt(view)
    app.add_template_global(is_shared)
    for template_filter in (grouped, post_words, print_reference):
        app.add_template_filter(template_filter)
    for command in (history_cli.import_past_ratings, ticket_cli.issue):
        cli.group.add_command(command)
    app.cli.add_command(cli.group)
    add_counted_tasks(app, Action.COMMENT_REVIEW, tasks.count, tasks.tasks)
