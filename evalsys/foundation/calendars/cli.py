"""Commands of the calendar, but for the import, which also moves deadlines."""

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _

from evalsys.foundation.calendars.queries import find_year, list_days
from evalsys.foundation.spreadsheets.formulas import csv_line

group = AppGroup("calendars", help="Working days.")


@group.command("show")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--csv", "as_csv", is_flag=True, help="Print it as the file that import reads.")
@with_appcontext
def show(year: int, *, as_csv: bool) -> None:
    """Show the days of YEAR that differ from the weekday rule."""
    days = list_days(year)
    if as_csv:
        click.echo(csv_line(("day", "working", "name"), end=""))
        for day in days:
            click.echo(csv_line((day.day, "班" if day.is_working else "休", day.name), end=""))
        return
    notice = find_year(year)
    if notice is None:
        click.echo(_("The notice of %(year)s was not imported: weekdays decide.", year=year))
        return
    click.echo(notice.source)
    for day in days:
        word = _("worked") if day.is_working else _("off")
        click.echo(f"{day.day}  {word}  {day.name}")
