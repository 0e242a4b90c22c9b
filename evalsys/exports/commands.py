"""Commands of other features that read a file: they stand here, where files can be read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from evalsys.cases.deadlines.service import recount_provisional
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import refusals
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.calendars.notices import NoticeRefused, read_notice
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.service import import_year
from evalsys.foundation.jobs.terminal import progress_bar
from evalsys.foundation.uploads.cells import Unreadable, read_cell
from evalsys.foundation.uploads.days import read_date
from evalsys.foundation.uploads.lists import Hidden, Wanted, read_list
from evalsys.foundation.uploads.options import FILE, hidden_option
from evalsys.foundation.uploads.tables import Row
from evalsys.ratings.history.plan import ImportPlan, ImportRefused, PastReport, Unknown
from evalsys.ratings.history.reader import read_past_ratings
from evalsys.ratings.history.service import PastSummary, import_ratings

NOTICE_COLUMNS = {
    "day": ("day", "date", "日期"),
    "working": ("working", "is_working", "是否上班", "班休", "上班"),
    "name": ("name", "名称", "节日"),
}
AHEAD = 3660  # days: a notice is of this year or the next, and none is ten years early
LISTED = 50  # unknown people or sections that the terminal shows


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


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--source", help="The notice, e.g. its title and number. Default: the file's name.")
@hidden_option
@with_appcontext
@refusals
def import_calendar(file: Path, source: str | None, hidden: str) -> None:
    """Replace a year of the calendar by FILE: .csv or .xlsx with the columns day, working, name."""
    now = pages.now()
    wanted = Wanted(NOTICE_COLUMNS, ("day", "working"), Hidden(hidden))
    read = read_list(file.name, file, wanted)
    for notice in read.notices:
        click.echo(_(notice.message, **notice.params), err=True)
    try:
        days = read_notice((row.number, _plain_days(row)) for row in read.rows)
    except NoticeRefused as refused:
        for problem in refused.problems:
            _print_problem(problem.row, problem.column, problem.value, _(problem.message))
        raise
    with unit_of_work(SYSTEM) as unit:
        year = import_year(unit, days, source=(source or file.name)[:200], now=now).year
        moved = recount_provisional(unit, working_days())
    click.echo(_("The calendar of %(year)s was replaced.", year=year))
    click.echo(_("%(moved)s provisional deadlines have another date now.", moved=moved))


def _plain_days(row: Row) -> dict[str, object]:
    """Return the cells of a notice, its day as every other list may write one."""
    cells: dict[str, Any] = dict(row.values)
    try:
        reader = read_date(pages.today(), ahead=AHEAD)
        cells["day"] = read_cell(reader, cells["day"]).value
    except (KeyError, Unreadable):
        pass  # What it is not, the notice says.
    return cells


def _print_problem(row: int, column: str, value: str, text: str) -> None:
    words = _(
        "Row %(row)s, %(field)s, %(value)s: %(text)s",
        row=row,
        field=column,
        value=value or "—",
        text=text,
    )
    click.echo(words, err=True)


def _print_report(report: PastReport, *, create_org: bool) -> None:
    for problem in report.problems:
        text = _(problem.problem, **problem.params)
        if problem.advice:
            text += _(" (%(advice)s)", advice=_(problem.advice, **problem.params))
        _print_problem(problem.row, problem.column or "—", problem.value, text)
    for words, number in report.counts.most_common():
        click.echo(f"{number:>9}  {_(words)}", err=True)
    if create_org:
        return
    _print_unknown(_("Unknown sections:"), report.sections.items())
    _print_unknown(_("Unknown staff:"), report.staff.items())
    if report.sections or report.staff:
        click.echo(_("Import the roster first, or create them with --create-org."), err=True)


def _print_unknown(title: str, found: Iterable[tuple[str, Unknown]]) -> None:
    items = list(found)
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
