"""The address of every workbook: the page's own filters, the page's own scope."""

import io
import tempfile
from pathlib import Path

from flask import redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import Link, now
from evalsys.core.permissions import Action
from evalsys.exchange.blueprint import bp
from evalsys.exchange.export_books import BOOKS, file_name
from evalsys.exchange.export_request import clean_filters
from evalsys.exchange.export_service import export as write_export
from evalsys.exchange.export_service import (
    is_long,
    may_export,
    request_export,
    start_export,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/export/<name>/<period>")
@requires(Action.EXCHANGE_EXPORT)
def export(name: str, period: str) -> ResponseReturnValue:
    """Send a workbook, in Chinese unless the page is English; a long one is made by a job."""
    actor, moment, filters = current_actor(), now(), clean_filters(request.args)
    lang = "en" if request.args.get("lang", str(get_locale())) == "en" else "zh"
    wanted = request_export(actor, name, period, filters, lang=lang, now=moment)
    if is_long(wanted):
        return redirect(url_for("jobs.show", job_id=start_export(wanted).id), 303)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        write_export(wanted, path)
        content = io.BytesIO(path.read_bytes())
    return send_file(content, XLSX, as_attachment=True, download_name=file_name(wanted), max_age=0)


@bp.app_template_global()
def workbooks(period: str) -> list[Link]:
    """Return a link to each workbook of a closed period that the visitor may have."""
    actor, lang = current_actor(), "en" if str(get_locale()) == "en" else "zh"
    return [
        Link(url_for("exchange.export", name=name, period=period), book.title.said(lang))
        for name, book in BOOKS.items()
        if may_export(actor, name)
    ]
