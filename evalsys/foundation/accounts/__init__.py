"""Users, roles, sign-in, one-time links, server-side sessions, and the page of the audit log."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.frame.tasks import add_counted_tasks
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.cli import group
from evalsys.foundation.accounts.labels import action_words
from evalsys.foundation.accounts.sessions import cookies, kept
from evalsys.foundation.accounts.tasks import count, tasks
from evalsys.foundation.accounts.views import bp

ENTRIES = (
    MenuEntry(120, "accounts.index", N_("Accounts"), Action.ACCOUNT_VIEW),
    MenuEntry(130, "accounts.audit", N_("Audit log"), Action.AUDIT_VIEW),
)


def init_app(app: Flask) -> None:
    """Register pages, commands, tasks and the user loader."""
    cookies.init_app(app)
    kept.init_app(app)
    app.register_blueprint(bp)
    add_entries(app, *ENTRIES)
    app.add_template_filter(action_words)
    app.cli.add_command(group)
    add_counted_tasks(app, Action.ACCOUNT_CREATE, count, tasks)
