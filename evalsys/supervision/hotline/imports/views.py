"""Pages of imports of tickets, for the supervision office.

A list is sent, its columns are named, a trial run tells what it would do, then it is written.
"""

from functools import partial
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.error_pages import words_of
from evalsys.core.errors import NotFound
from evalsys.core.forms import Form, form_page
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, paginate, paginate_list
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.jobs.service import start_job, start_once
from evalsys.foundation.spreadsheets.blueprint import send_written
from evalsys.foundation.uploads.errors import BadFile
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.slots import ServerReading, UploadRunning, upload_slot
from evalsys.supervision.hotline.imports import check, service
from evalsys.supervision.hotline.imports.check import has_content, headings_of
from evalsys.supervision.hotline.imports.columns import BY_KEY, FIELDS, guess, problems
from evalsys.supervision.hotline.imports.forms import ColumnsForm, TicketListForm
from evalsys.supervision.hotline.imports.models import HotlineImport, ImportStage
from evalsys.supervision.hotline.imports.queries import (
    CALLED,
    find_remembered,
    get_import,
    select_imports,
)
from evalsys.supervision.hotline.imports.replies import export_replies
from evalsys.supervision.hotline.imports.words import change_value, stage_words

bp = Blueprint("imports", __name__, url_prefix="/hotline/imports")

PER_PAGE, LINES_PER_PAGE = 20, 100
FIRST = 10  # lines on the page of the trial run
AT_ONCE = 200 * 1024  # bytes of a file that is read in a request
ROWS_AT_ONCE = 200  # rows that are written in a request


@bp.route("", methods=["GET", "POST"])
@requires(Action.HOTLINE_IMPORT)
def index() -> ResponseReturnValue:
    """Take a list in, and show earlier ones."""
    form, actor = TicketListForm(), current_actor()
    if form.validate_on_submit():
        file = form.file.data
        name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
        try:
            with upload_slot(actor):
                row = check.receive_list(actor, name, file.read(), now=now())
        except (BadFile, UploadRunning, ServerReading) as error:
            form.file.errors = [words_of(error)]
        else:
            return redirect(url_for(".columns", import_id=row.id), 303)
    rows = paginate(select_imports(actor), PER_PAGE)
    return form_page("imports/index.html", form=form, rows=rows, stage_words=stage_words)


@bp.route("/<int:import_id>/columns", methods=["GET", "POST"])
@requires(Action.HOTLINE_IMPORT)
def columns(import_id: int) -> ResponseReturnValue:
    """Ask which column holds what, as it was named before, and start the trial run."""
    actor, form = current_actor(), ColumnsForm()
    row = get_import(actor, import_id)
    check.check_waiting(row, now())
    headings = headings_of(row)
    if not form.is_submitted():
        form.hidden.data = row.head["hidden"]
        remembered = find_remembered(actor, headings)
        known = [key if key in _offered() else "" for key in guess(headings, remembered)]
        return _columns_page(form, row, known, known=bool(remembered))
    chosen = [key if key in _offered() else "" for key in form.chosen(len(headings))]
    wrong = list(problems(headings, chosen))
    if not form.validate_on_submit() or wrong:
        return _columns_page(form, row, chosen, wrong)
    check.name_columns(actor, row, chosen, Hidden(form.hidden.data), now=now())
    if not _is_small(row):
        params = {"import": row.id}
        job = start_once(actor, check.JOB, params, now=now())
        return redirect(url_for("jobs.show", job_id=job.id), 303)
    try:
        with upload_slot(actor):
            check.check_list(Progress(), actor, row, now=now())
    except (BadFile, UploadRunning, ServerReading) as error:
        return _columns_page(form, get_import(actor, import_id), chosen, [("", words_of(error))])
    return redirect(url_for(".show", import_id=import_id), 303)


def _columns_page(
    form: ColumnsForm,
    row: HotlineImport,
    chosen: list[str],
    wrong: list[tuple[str, str]] | None = None,
    *,
    known: bool = False,
) -> ResponseReturnValue:
    return form_page(
        "imports/columns.html",
        form=form,
        row=row,
        chosen=chosen,
        known=known,
        fields=[field for field in FIELDS if field.key in _offered()],
        wrong=[(BY_KEY[key].label if key else "", words) for key, words in wrong or ()],
    )


def _offered() -> frozenset[str]:
    """Return the fields that the visitor may name: call-backs are for the office of the city."""
    takes_calls = current_actor().may(Action.HOTLINE_CALL)
    return frozenset(BY_KEY) - (frozenset() if takes_calls else CALLED)


def _is_small(row: HotlineImport) -> bool:
    return row.size <= AT_ONCE


@bp.get("/<int:import_id>")
@requires(Action.HOTLINE_IMPORT)
def show(import_id: int) -> ResponseReturnValue:
    """Show what a list would do, or what it did."""
    row = get_import(current_actor(), import_id)
    if row.stage in {ImportStage.RECEIVED, ImportStage.MAPPED} and has_content(row, now()):
        return redirect(url_for(".columns", import_id=row.id), 303)
    return render_template(
        "imports/show.html",
        row=row,
        report=row.report,
        form=Form(),
        first=FIRST,
        has_content=has_content(row, now()),
        stage_words=stage_words,
        **_words(),
    )


@bp.get("/<int:import_id>/errors")
@requires(Action.HOTLINE_IMPORT)
def errors(import_id: int) -> ResponseReturnValue:
    """Show everything that is wrong with a list, page by page."""
    return _lines(import_id, "problems")


@bp.get("/<int:import_id>/changes")
@requires(Action.HOTLINE_IMPORT)
def changes(import_id: int) -> ResponseReturnValue:
    """Show everything that a list says anew of known tickets, page by page."""
    return _lines(import_id, "changes")


def _lines(import_id: int, kind: str) -> ResponseReturnValue:
    row = get_import(current_actor(), import_id)
    rows = paginate_list(row.report.get(kind, []), LINES_PER_PAGE)
    return render_template("imports/lines.html", row=row, rows=rows, kind=kind, **_words())


def _words() -> dict[str, Any]:
    return {"labels": {key: field.label for key, field in BY_KEY.items()}, "value": change_value}


@bp.get("/<int:import_id>/replies")
@requires(Action.REGISTER_EXPORT)
def replies(import_id: int) -> ResponseReturnValue:
    """Send the replies to the tickets of a list in its very columns."""
    actor = current_actor()
    row = get_import(actor, import_id)
    if row.stage is not ImportStage.WRITTEN or not actor.may(Action.HOTLINE_IMPORT):
        raise NotFound
    name = f"{Path(row.file_name).stem}-答复.xlsx"
    return send_written(partial(export_replies, actor, row, at=now()), name)


@bp.post("/<int:import_id>/write")
@requires(Action.HOTLINE_IMPORT)
def write(import_id: int) -> ResponseReturnValue:
    """Write a checked list; a long one by a job. One that is written already is shown."""
    actor = current_actor()
    row = get_import(actor, import_id)
    if row.stage is ImportStage.WRITTEN:
        return redirect(url_for(".show", import_id=row.id), 303)
    service.begin_writing(actor, row, now=now())
    if row.report["rows"] > ROWS_AT_ONCE:
        params, key = {"import": row.id}, f"hotline-{row.id}"
        job = start_job(actor, service.JOB, params, now=now(), unique_key=key)
        return redirect(url_for("jobs.show", job_id=job.id), 303)
    row = service.write_list(Progress(), actor, row, now=now())
    flash(_("Written. The open tickets wait as matters."), "success")
    return redirect(url_for(".show", import_id=row.id), 303)
