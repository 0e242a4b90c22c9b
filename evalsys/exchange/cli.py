"""Commands of exchange."""

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import refusals
from evalsys.core.permissions import SYSTEM
from evalsys.exchange import roster_service as service
from evalsys.exchange.models import RosterBatch
from evalsys.exchange.reading import check_size
from evalsys.exchange.roster_pages import show_change, show_finding, show_notices

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LISTED = 50  # changes that the terminal shows
group = AppGroup("exchange", help="Workbooks to and from the personnel office.")


@group.command("import-roster")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only say what the file would do.")
@click.option("--complete", is_flag=True, help="Who is missing from the file has left.")
@with_appcontext
@refusals
def import_roster(file: Path, *, dry_run: bool, complete: bool) -> None:
    """Import a roster from FILE: .xlsx or .csv; all rows or none."""
    now = pages.now()
    check_size(file.name, file.stat().st_size)
    content = file.read_bytes()
    batch = service.check_roster(SYSTEM, file.name, content, complete=complete, now=now)
    _print_report(batch)
    if batch.counts["error"]:
        raise service.HasErrors(count=batch.counts["error"])
    if dry_run or not batch.counts["writes"]:
        click.echo(_("Nothing was written.") if dry_run else _("There is nothing to write."))
        return
    service.apply_roster(SYSTEM, batch.id, now=now)
    click.echo(_("Written as import %(number)s.", number=batch.id))


def _print_report(batch: RosterBatch) -> None:
    """Say what the file would do: errors and remarks on stderr, the rest on stdout."""
    report = batch.report
    for finding in (show_finding(report, found) for found in report["findings"]):
        place = _("%(sheet)s, row %(row)s: ", sheet=finding.sheet, row=finding.row)
        click.echo(f"{place}{finding.words}", err=True)
    for notice in show_notices(report):
        click.echo(notice)
    for change in (show_change(change) for change in report["changes"][:LISTED]):
        line = f"{change.code} {change.name}  {change.what}: {change.before} → {change.after}"
        click.echo(f"{line} ({change.effect})")
    if report["change_count"] > LISTED:
        click.echo(_("… and %(more)s more changes", more=report["change_count"] - LISTED))
    click.echo(
        _(
            "%(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(left)s left, "
            "%(error)s rows with errors.",
            **{key: batch.counts[key] for key in ("new", "changed", "unchanged", "left", "error")},
        )
    )
