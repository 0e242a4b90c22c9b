"""Pages of registers: the selection, and the files of registers and archives."""

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
@requires(Action.REGISTER_EXPORT)
def registers() -> ResponseReturnValue:
    """Show the registers that the user may export, with a choice of days and section."""
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
            (section.code, f"{section.organ.name} {section.name}")
            for section in list_sections(actor, on=today())
        ],
    )


@bp.get("/ledgers/<name>")
@requires(Action.REGISTER_EXPORT)
def register(name: str) -> ResponseReturnValue:
    """Send a register, in Chinese unless the page is English."""
    filters = clean_filters(request.args)
    lang = asked_language()
    wanted = request_register(current_actor(), name, _span(), filters, lang=lang, now=now())
    return send_written(partial(export_register, wanted), file_name(wanted))


@bp.get("/archive/<number>/workbook")
@requires(Action.CASE_VIEW)
def archive_book(number: str) -> ResponseReturnValue:
    """Send an archive as a workbook."""
    wanted = request_archive(current_actor(), number, lang=asked_language(), now=now())
    return send_written(partial(export_archive, wanted), archive_file_name(wanted))


def _span() -> tuple[date, date]:
    return read_span(request.args.get("since", ""), request.args.get("until", ""), today())
