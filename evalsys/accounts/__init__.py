"""Users, roles, signing in, one-time links, server-side sessions, the audit log's page."""

from flask import Flask

from evalsys.accounts import cookies, kept
from evalsys.accounts.cli import group
from evalsys.accounts.labels import action_words
from evalsys.accounts.tasks import tasks
from evalsys.accounts.views import bp
from evalsys.core.tasks import add_tasks


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature, and how a cookie becomes a user."""
    cookies.init_app(app)
    kept.init_app(app)
    app.register_blueprint(bp)
    app.add_template_filter(action_words)
    app.cli.add_command(group)
    add_tasks(app, tasks)
