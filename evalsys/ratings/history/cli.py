"""`flask ratings import`: import past ratings from a file."""

from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import refusals
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.jobs.terminal import progress_bar
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.options import FILE, hidden_option
from evalsys.foundation.uploads.terminal import print_problem
from evalsys.ratings.history.plan import ImportPlan, ImportRefused, PastReport, Unknown
from evalsys.ratings.history.reader import read_past_ratings
from evalsys.ratings.history.service import PastSummary, import_ratings

LISTED = 50  # unknown people or sections shown in the terminal


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--create-org", is_flag=True, help="Create unknown sections and staff.")
@click.option("--again", is_flag=True, help="Import rows that were imported before once more.")
@hidden_option
@with_appcontext
@refusals
def import_past_ratings(file: Path, *, create_org: bool, again: bool, hidden: str) -> None:
    """Import past ratings from FILE: .csv, .csv.gz or .xlsx; all rows or none."""
    on = pages.today()
    plan = ImportPlan(file.name, create_org=create_org, again=again)
    rows = read_past_ratings(file, on=on, hidden=Hidden(hidden))
    try:
        with progress_bar() as progress:
            summary = import_ratings(SYSTEM, rows, plan, on=on, progress=progress)
    except ImportRefused as refused:
        _print_report(refused.report, create_org=create_org)
        raise
    _print_summary(summary)


def _print_report(report: PastReport, *, create_org: bool) -> None:
    for problem in report.problems:
        text = _(problem.problem, **problem.params)
        if problem.advice:
            text += _(" (%(advice)s)", advice=_(problem.advice, **problem.params))
        print_problem(problem.row, problem.column or "—", problem.value, text)
    for words, number in report.counts.most_common():
        click.echo(f"{number:>9}  {_(words)}", err=True)
    if create_org:
        return
    _print_unknown(_("Unknown sections:"), report.sections.items())
    _print_unknown(_("Unknown staff:"), report.staff.items())
    if report.sections or report.staff:
        click.echo(_("Import the roster first, or create them with --create-org."), err=True)


def _print_unknown(title: str, entries: Iterable[tuple[str, Unknown]]) -> None:
    items = list(entries)
    if items:
        click.echo(title, err=True)
    for name, unknown in items[:LISTED]:
        where = _("%(rows)s rows, the first is row %(row)s", rows=unknown.rows, row=unknown.row)
        hint = _("perhaps %(like)s", like=unknown.like) if unknown.like else ""
        click.echo(f"  {name}  ({where})  {hint}".rstrip(), err=True)
    if len(items) > LISTED:
        click.echo(_("  and %(more)s more", more=len(items) - LISTED), err=True)


def _print_summary(summary: PastSummary) -> None:
    click.echo(
        _(
            "Imported %(ratings)s ratings; created %(sections)s sections and %(staff)s staff.",
            ratings=summary.ratings,
            sections=summary.sections,
            staff=summary.staff,
        )
    )
    if summary.seatless:
        click.echo(
            _(
                "%(n)s of them are of people who, by their postings, were never in that section "
                "in that period: they enter no chief's score. The first ones:",
                n=summary.seatless.total(),
            )
        )
        for (staff, section, code), number in summary.seatless.most_common(10):
            click.echo(f"  {staff}  {section}  {code}  {number}")
