"""The command group of ratings, and `count`."""

from datetime import datetime

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import refusals
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.jobs.terminal import progress_bar
from evalsys.ratings.counting.service import count_due

group = AppGroup("ratings", help="Tickets, counting and past ratings.")


def moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime:
    """Parse an ISO date or time, in Shanghai if it has no zone; None is now."""
    if value is None:
        return pages.now()
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write it as 2026-10-09 or 2026-10-09T08:30+08:00") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=pages.SHANGHAI)


@group.command("count")
@click.option("--now", callback=moment, metavar="ISO", help="Count as if it were this time.")
@with_appcontext
@refusals
def count(now: datetime) -> None:
    """Count the ballots whose window has closed."""
    with progress_bar() as progress:
        summary = count_due(SYSTEM, on=pages.local_day(now), progress=progress)
    done, left = summary.counted, summary.left
    click.echo(
        _(
            "Counted %(ballots)s ballots in %(batches)s batches: %(comments)s comments, "
            "%(contacts)s contacts.",
            ballots=done.ballots,
            batches=done.batches,
            comments=done.comments,
            contacts=done.contacts,
        )
    )
    click.echo(
        _(
            "In the intake: %(open)s that can still be changed, %(due)s that wait for a larger "
            "batch.",
            open=left.open,
            due=left.due,
        )
    )
    if done.repeated:
        click.echo(_("Dropped %(n)s ballots that were counted before.", n=done.repeated))
    if not summary.is_wiped:
        click.echo(_("Tables were in use and were not written anew; the next counting tries."))
    if left.held:
        click.echo(
            _(
                "%(n)s ballots came too late for a period that is closed; they stay aside.",
                n=left.held,
            )
        )
