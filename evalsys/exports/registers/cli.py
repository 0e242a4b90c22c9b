"""Commands of registers and archives."""

from copy import copy
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import refusals
from evalsys.core.permissions import SYSTEM
from evalsys.exports.cli import Registered, lang_option, out_option
from evalsys.exports.registers.archive import export_archive, request_archive
from evalsys.exports.registers.books import export_register, request_register
from evalsys.organisation.periods.spans import read_span
from evalsys.personnel.sheets.registers import registers_of
from evalsys.personnel.sheets.request import clean_filters

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("register")
@click.argument("name", type=Registered("register", registers_of))
@out_option
@click.option("--since", type=DAY, help="First day; else that of the year.")
@click.option("--until", type=DAY, help="Last day; else today.")
@lang_option
@click.option("--organ", default="", help="Only this organ (its code).")
@click.option("--section", default="", help="Only this section (its code).")
@with_appcontext
@refusals
def export_register_book(  # noqa: PLR0913  # One for each option.
    *,
    name: str,
    out: Path,
    since: datetime | None,
    until: datetime | None,
    lang: str,
    organ: str,
    section: str,
) -> None:
    """Write the register NAME of cases to a file, of a span of days."""
    first, last = (f"{day:%Y-%m-%d}" if day else "" for day in (since, until))
    span = read_span(first, last, pages.today())
    filters = clean_filters({"organ": organ, "section": section})
    request = request_register(SYSTEM, name, span, filters, lang=lang, now=pages.now())
    rows = export_register(request, out)
    click.echo(_("Written: %(file)s, %(rows)s rows.", file=out, rows=rows))


# A deprecated alias until 2027, for scripts of installations.
export_ledger_book = copy(export_register_book)
export_ledger_book.name, export_ledger_book.hidden = "ledger", True


@click.command("archive")
@click.argument("number")
@out_option
@lang_option
@with_appcontext
@refusals
def export_archive_book(number: str, out: Path, lang: str) -> None:
    """Write the archive of the person with a staff NUMBER to a file."""
    export_archive(request_archive(SYSTEM, number, lang=lang, now=pages.now()), out)
    click.echo(_("Written: %(file)s.", file=out))
