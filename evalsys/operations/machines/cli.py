"""`flask db distribute`."""

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from evalsys.core.error_pages import refusals
from evalsys.operations.machines.service import distribute


@click.command("distribute")
@with_appcontext
@refusals
def distribute_command() -> None:
    """Distribute the tables over Citus's machines, after `flask db upgrade`; may be repeated."""
    done = distribute(click.echo)
    if not done.tables + done.emptied + done.keys:
        click.echo(_("Nothing to do: every table is in its place."))
        return
    words = _(
        "%(tables)s tables put in their place, %(emptied)s old files emptied, %(keys)s foreign "
        "keys added. Start the web servers and workers again.",
        tables=done.tables,
        emptied=done.emptied,
        keys=done.keys,
    )
    click.echo(words)
