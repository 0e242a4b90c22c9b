"""Tickets, the citizen's form, intake, counting, ratings, comments."""

from datetime import time

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.extensions import csrf
from evalsys.core.pages import show_when
from evalsys.core.tasks import add_tasks
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.ratings import (
    after_views,
    ceiling_views,
    cli,
    comment_views,
    dead_ends,
    handled_models,
    handled_views,
    hooks,
    invite_views,
    issuing_models,
    jobs,
    models,
    past_models,
    screen_views,
    tasks,
    ticket_views,
    views,
)
from evalsys.ratings.codes import grouped
from evalsys.ratings.issuing_queries import may_issue_at_all
from evalsys.ratings.phone import is_shared
from evalsys.ratings.rules import print_reference
from evalsys.ratings.words import post_words

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


def init_app(app: Flask) -> None:
    """Register the pages, commands and job of the feature, and room for others' hooks."""
    hooks.init_app(app)
    add_job(app, JobKind("ratings.count", N_("Count ballots"), jobs.run, at=time(2, 30)))
    app.url_map.converters["tail"] = views.Tail
    app.register_blueprint(views.bp)
    show_when(app, "ratings.colleagues", may_issue_at_all)
    for view in (
        views.hand_in,
        after_views.report_taken,
        after_views.forget,
        after_views.check,
        screen_views.from_screen,
    ):
        csrf.exempt(view)
    app.add_template_global(is_shared)
    for word in (grouped, post_words, print_reference):
        app.add_template_filter(word)
    app.cli.add_command(cli.group)
    add_tasks(app, tasks.tasks)
