"""Tickets, the citizen's form, intake, counting, ratings, comments."""

from flask import Flask

from evalsys.core.extensions import csrf
from evalsys.ratings import cli, comment_views, jobs, models, ticket_views, views
from evalsys.ratings.rules import grouped, print_reference
from evalsys.ratings.words import post_words

__all__ = ["comment_views", "jobs", "models", "ticket_views"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature; its jobs register themselves."""
    app.register_blueprint(views.bp)
    for view in (views.rate, views.check):
        csrf.exempt(view)
    for word in (grouped, post_words, print_reference):
        app.add_template_filter(word)
    app.cli.add_command(cli.group)
