"""Commands of exports."""

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import refusals
from evalsys.core.permissions import SYSTEM
from evalsys.exports.service import export, request_export
from evalsys.foundation.jobs.terminal import progress_bar
from evalsys.foundation.uploads.options import NEW_FILE, in_a_folder
from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.periods.cli import PERIOD
from evalsys.results.closing.models import ProposalKind
from evalsys.results.reports.ranking_page import ORDERS
from evalsys.results.reports.sheets.registry import books_of
from evalsys.results.reports.sheets.request import clean_filters
from evalsys.scores.rules.formulas import SizeBand

KIND_CHOICE = click.Choice([kind.value for kind in SectionKind])
BAND_CHOICE = click.Choice([str(band.value) for band in SizeBand])
PROPOSAL_CHOICE = click.Choice([kind.value for kind in ProposalKind])
SORT_CHOICE = click.Choice([sign + name for name in ORDERS for sign in ("", "-")])


class Registered(click.ParamType[str]):
    """A name that a feature registered; the choices are known once the application is created."""

    def __init__(self, name: str, names: Callable[[Flask], Iterable[str]]) -> None:
        self.name, self.names = name, names

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Return the choices, for the help."""
        return self._choice(ctx).get_metavar(param, ctx)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Validate a name. Raises UsageError with the choices."""
        assert ctx is not None  # Commands are only called by their group.
        return self._choice(ctx).convert(value, param, ctx)

    def _choice(self, ctx: click.Context) -> click.Choice[str]:
        return click.Choice(list(self.names(ctx.ensure_object(ScriptInfo).load_app())))


out_option = click.option(
    "--out", required=True, type=NEW_FILE, callback=in_a_folder, help="The .xlsx file to write."
)
lang_option = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the book."
)


@click.command("export")
@click.argument("name", type=Registered("workbook", books_of))
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
