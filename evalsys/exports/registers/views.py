"""The pages of ledgers: which there are, of which days; and the file of each, and of an archive."""

import io
import tempfile
from datetime import date
from pathlib import Path

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, today
from evalsys.core.permissions import Action
from evalsys.exports.registers.archive import archive_file_name, export_archive
from evalsys.exports.registers.books import export_ledger, file_name, ledgers_of, request_ledger
from evalsys.exports.views import XLSX
from evalsys.foundation.spreadsheets.blueprint import bp
from evalsys.organisation.periods.spans import read_span
from evalsys.personnel.archive.queries import list_sections
from evalsys.personnel.sheets.request import clean_filters


@bp.get("/ledgers")
@requires(Action.EXCHANGE_EXPORT)
def ledgers() -> ResponseReturnValue:
    """Offer the ledgers that the visitor may have, of the days and the section they choose."""
    actor = current_actor()
    since, until = _span()
    return render_template(
        "exchange/ledgers.html",
        books=ledgers_of(actor),
        lang=_lang(),
        since=since,
        until=until,
        section=request.args.get("section", ""),
        choices=[
            (one.code, f"{one.organ.name} {one.name}") for one in list_sections(actor, on=today())
        ],
    )


@bp.get("/ledgers/<name>")
@requires(Action.EXCHANGE_EXPORT)
def ledger(name: str) -> ResponseReturnValue:
    """Send a ledger, in Chinese unless the page is English."""
    filters = clean_filters(request.args)
    wanted = request_ledger(current_actor(), name, _span(), filters, lang=_lang(), now=now())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        export_ledger(wanted, path)
        return _send(path, file_name(wanted))


@bp.get("/archive/<number>/workbook")
@requires(Action.CASE_VIEW)
def archive_book(number: str) -> ResponseReturnValue:
    """Send somebody's archive as a workbook; the owner sees who else took it."""
    moment, lang = now(), _lang()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        staff = export_archive(current_actor(), number, path, lang=lang, now=moment)
        return _send(path, archive_file_name(staff, lang, moment))


def _span() -> tuple[date, date]:
    return read_span(request.args.get("since", ""), request.args.get("until", ""), today())


def _lang() -> str:
    return "en" if request.args.get("lang", str(get_locale())) == "en" else "zh"


def _send(path: Path, name: str) -> ResponseReturnValue:
    content = io.BytesIO(path.read_bytes())
    return send_file(content, XLSX, as_attachment=True, download_name=name, max_age=0)
