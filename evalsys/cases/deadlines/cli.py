"""`flask calendars import`: replace a year of the calendar and recount provisional deadlines."""

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
from evalsys.foundation.uploads.cells import Unreadable, read_cell
from evalsys.foundation.uploads.days import read_date
from evalsys.foundation.uploads.lists import Hidden, Wanted, read_list
from evalsys.foundation.uploads.options import FILE, hidden_option
from evalsys.foundation.uploads.tables import TableRow
from evalsys.foundation.uploads.terminal import print_problem

NOTICE_COLUMNS = {
    "day": ("day", "date", "日期"),
    "working": ("working", "is_working", "是否上班", "班休", "上班"),
    "name": ("name", "名称", "节日"),
}
AHEAD = 3660  # days a date of a notice may be in the future


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
            print_problem(problem.row, problem.column, problem.value, _(problem.message))
        raise
    with unit_of_work(SYSTEM) as unit:
        year = import_year(unit, days, source=(source or file.name)[:200], now=now).year
        moved = recount_provisional(unit, working_days())
    click.echo(_("The calendar of %(year)s was replaced.", year=year))
    click.echo(_("%(moved)s provisional deadlines have another date now.", moved=moved))


def _plain_days(row: TableRow) -> dict[str, object]:
    """Return the cells of a row, with its day in any format of lists parsed."""
    cells: dict[str, Any] = dict(row.values)
    try:
        reader = read_date(pages.today(), ahead=AHEAD)
        cells["day"] = read_cell(reader, cells["day"]).value
    except (KeyError, Unreadable):
        pass  # `read_notice` reports it.
    return cells
