"""The pages of registers: which there are, of which days; the file of each, and of an archive."""

from datetime import date
from functools import partial

from flask import render_template, request
from flask.typing import ResponseReturnValue

from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, today
from evalsys.core.permissions import Action
from evalsys.exports.registers.archive import archive_file_name, export_archive, request_archive
from evalsys.exports.registers.books import (
    export_register,
    file_name,
    registers_for,
    request_register,
)
from evalsys.foundation.spreadsheets.blueprint import asked_language, bp, send_written
from evalsys.organisation.periods.spans import read_span
from evalsys.personnel.archive.queries import list_sections
from evalsys.personnel.sheets.request import clean_filters


@bp.get("/ledgers")
@requires(Action.EXCHANGE_EXPORT)
def registers() -> ResponseReturnValue:
    """Offer the registers that the visitor may have, of the days and the section they choose."""
    actor = current_actor()
    since, until = _span()
    return render_template(
        "exports/registers.html",
        books=registers_for(actor),
        lang=asked_language(),
        since=since,
        until=until,
        section=request.args.get("section", ""),
        choices=[
            (one.code, f"{one.organ.name} {one.name}") for one in list_sections(actor, on=today())
        ],
    )


@bp.get("/ledgers/<name>")
@requires(Action.EXCHANGE_EXPORT)
def register(name: str) -> ResponseReturnValue:
    """Send a register, in Chinese unless the page is English."""
    filters = clean_filters(request.args)
    lang = asked_language()
    wanted = request_register(current_actor(), name, _span(), filters, lang=lang, now=now())
    return send_written(partial(export_register, wanted), file_name(wanted))


@bp.get("/archive/<number>/workbook")
@requires(Action.CASE_VIEW)
def archive_book(number: str) -> ResponseReturnValue:
    """Send somebody's archive as a workbook; the owner sees who else took it."""
    wanted = request_archive(current_actor(), number, lang=asked_language(), now=now())
    return send_written(partial(export_archive, wanted), archive_file_name(wanted))


def _span() -> tuple[date, date]:
    return read_span(request.args.get("since", ""), request.args.get("until", ""), today())
