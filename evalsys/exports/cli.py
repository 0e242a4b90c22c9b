"""Commands of exchange."""

import os
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import refusals
from evalsys.core.errors import DomainError
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM
from evalsys.exports.books import BOOKS
from evalsys.exports.service import export, request_export
from evalsys.foundation.jobs.terminal import progress_bar
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.options import FILE, NEW_FILE, hidden_option
from evalsys.foundation.uploads.reading.reader import check_size
from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.periods.cli import PERIOD
from evalsys.results.closing.models import ProposalKind
from evalsys.results.reports.ranking_page import ORDERS
from evalsys.results.reports.sheets.request import clean_filters
from evalsys.roster import service
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.models import RosterBatch
from evalsys.roster.presenter import count_of, show_change, show_finding, show_notices
from evalsys.scores.rules import SizeBand

KIND_CHOICE = click.Choice([kind.value for kind in SectionKind])
BAND_CHOICE = click.Choice([str(band.value) for band in SizeBand])
PROPOSAL_CHOICE = click.Choice([kind.value for kind in ProposalKind])
SORT_CHOICE = click.Choice([sign + name for name in ORDERS for sign in ("", "-")])
LISTED = 50  # changes that the terminal shows
group = AppGroup("exchange", help="Workbooks to and from the personnel office.")


@group.command("import-roster")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only say what the file would do.")
@click.option("--complete", is_flag=True, help="Who is missing from the file has left.")
@hidden_option
@with_appcontext
@refusals
def import_roster(file: Path, *, dry_run: bool, complete: bool, hidden: str) -> None:
    """Import a roster from FILE: .xlsx or .csv; all rows or none."""
    now = pages.now()
    check_size(file.name, file.stat().st_size)
    content = file.read_bytes()
    choice = Hidden(hidden)
    how = Reading(file.name, local_day(now), complete=complete, hidden=choice)
    batch = check_roster(SYSTEM, content, how, now=now)
    _print_report(batch)
    if batch.report["hidden_rows"] and choice is Hidden.ASK:
        click.echo(_("Say with --hidden read or --hidden leave what hidden rows mean."), err=True)
    if batch.counts["error"]:
        raise DomainError(service.HAS_ERRORS, count=batch.counts["error"])
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


def in_a_folder(ctx: click.Context, param: click.Parameter, path: Path) -> Path:
    """Return the path of a new file. Fails if its folder is missing, or not ours to write to."""
    if not os.access(path.parent, os.W_OK):
        words = _("There is no folder %(folder)s to write to.", folder=path.parent)
        raise click.BadParameter(words, ctx, param)
    return path


out_option = click.option(
    "--out", required=True, type=NEW_FILE, callback=in_a_folder, help="The .xlsx file to write."
)
lang_option = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the book."
)


@group.command("export")
@click.argument("name", type=click.Choice(list(BOOKS)))
@click.argument("code", metavar="PERIOD", type=PERIOD)
@out_option
@lang_option
@click.option("--organ", default="", help="Only this organ (its code).")
@click.option("--section", default="", help="Only this section (its code).")
@click.option("--kind", type=KIND_CHOICE, help="Only sections of this kind.")
@click.option("--band", type=BAND_CHOICE, help="Only this size band, by its smallest section.")
@click.option("--proposal", type=PROPOSAL_CHOICE, help="Only sections with this proposal.")
@click.option("--search", default="", help="Only sections with this in section, chief or number.")
@click.option("--sort", type=SORT_CHOICE, help="Order of the ranking; - in front: descending.")
@with_appcontext
@refusals
def export_book(*, name: str, code: str, out: Path, lang: str, **filters: str | None) -> None:
    """Write the workbook NAME of the closed PERIOD to a file.

    The file appears when it is whole. Needs no account: whoever may use the terminal sees all.
    """
    wanted = clean_filters({key: value for key, value in filters.items() if value})
    request = request_export(SYSTEM, name, code, wanted, lang=lang, now=pages.now())
    try:
        with progress_bar() as progress:
            rows = export(request, out, progress=progress)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(_("Written: %(file)s, %(rows)s rows.", file=out, rows=rows))
