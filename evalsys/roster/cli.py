"""`flask exchange import-roster`."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import refusals
from evalsys.core.errors import DomainError
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.options import FILE, hidden_option
from evalsys.foundation.uploads.reading.reader import check_size
from evalsys.roster import service
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.models import RosterBatch
from evalsys.roster.plan.changes import EVERYBODY, Naming
from evalsys.roster.presenter import count_of, show_change, show_finding, show_notices

LISTED = 50  # changes printed to the terminal


@click.command("import-roster")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only say what the file would do.")
@click.option("--complete", is_flag=True, help="Who is missing from the file has left.")
@click.option(
    "--names",
    type=click.Choice([naming.value for naming in Naming]),
    help="Names that differ from the stored ones: new names, or the stored ones stay.",
)
@hidden_option
@with_appcontext
@refusals
def import_roster(
    file: Path, *, dry_run: bool, complete: bool, hidden: str, names: str | None
) -> None:
    """Import a roster from FILE: .xlsx or .csv; all rows or none."""
    now = pages.now()
    check_size(file.name, file.stat().st_size)
    content = file.read_bytes()
    choice = Hidden(hidden)
    decided = {EVERYBODY: Naming(names)} if names else {}
    how = Reading(file.name, local_day(now), complete=complete, hidden=choice, names=decided)
    batch = check_roster(SYSTEM, content, how, now=now)
    _print_report(batch)
    if batch.report["hidden_rows"] and choice is Hidden.ASK:
        click.echo(_("Say with --hidden read or --hidden leave what hidden rows mean."), err=True)
    if batch.report["renames"] and not names:
        click.echo(_("Say with --names new or --names stored what other names mean."), err=True)
    if batch.counts["error"]:
        raise DomainError(service.HAS_ERRORS, count=batch.counts["error"])
    if dry_run or not batch.counts["writes"]:
        click.echo(_("Nothing was written.") if dry_run else _("There is nothing to write."))
        return
    service.apply_roster(SYSTEM, batch.id, now=now)
    click.echo(_("Written as import %(number)s.", number=batch.id))


def _print_report(batch: RosterBatch) -> None:
    """Print the report: errors and remarks to stderr, the rest to stdout."""
    report = batch.report
    for finding in (show_finding(report, row) for row in report["findings"]):
        place = _("%(sheet)s, row %(row)s: ", sheet=finding.sheet, row=finding.row)
        click.echo(f"{place}{finding.words}", err=True)
    if not_listed := count_of(report, "findings") - len(report["findings"]):
        click.echo(_("… and %(more)s more errors and remarks", more=not_listed), err=True)
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
