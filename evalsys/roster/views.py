"""Pages of the roster: template, upload, check, write, undo."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.forms import Form
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import local_day, now, paginate, paginate_list
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.service import start_job
from evalsys.foundation.spreadsheets.blueprint import asked_language, bp, send_book
from evalsys.foundation.uploads.errors import BadFile
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.slots import ServerReading, UploadRunning, upload_slot
from evalsys.roster import presenter as pages
from evalsys.roster import service
from evalsys.roster.check import (
    STILL_READ,
    Reading,
    check_waiting,
    decide_hidden,
    decide_names,
    find_check,
    is_long,
    receive_roster,
)
from evalsys.roster.forms import HiddenForm, UploadForm
from evalsys.roster.marking.marked import marked_now, name_of, start_marking
from evalsys.roster.models import BatchState, RosterBatch
from evalsys.roster.plan.changes import Naming
from evalsys.roster.queries import get_batch, select_written

PER_PAGE = 20
MOST_NAMES = 100  # decided at a time; the rest is asked for on the next page


@bp.get("/roster/import")
@requires(Action.EXCHANGE_IMPORT)
def roster() -> ResponseReturnValue:
    """Show the template, the upload form and the list of written imports."""
    return _show_upload(UploadForm())


@bp.post("/roster/import")
@requires(Action.EXCHANGE_IMPORT)
def roster_upload() -> ResponseReturnValue:
    """Check an uploaded file and show the report."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _show_upload(form), 400
    file = form.file.data
    name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    actor, moment = current_actor(), now()
    how = Reading(name, local_day(moment), complete=form.complete.data)
    try:
        with upload_slot(actor):
            batch, job = receive_roster(actor, file.read(), how, now=moment)
    except (BadFile, UploadRunning, ServerReading) as error:
        form.file.errors = [words_of(error)]
        return _show_upload(form), error.status
    return _go_on(batch, job)


def _go_on(batch: RosterBatch, job: Job | None) -> ResponseReturnValue:
    """Redirect to the report of a file, or to the job that checks it."""
    if job is not None and batch.state is BatchState.RECEIVED:
        return redirect(url_for("jobs.show", job_id=job.id), 303)
    return redirect(url_for("exchange.roster_batch", batch_id=batch.id), 303)


def _show_upload(form: UploadForm) -> str:
    rows = paginate(select_written(current_actor()), PER_PAGE)
    return render_template("roster/index.html", form=form, rows=rows, states=BatchState)


@bp.get("/roster/template")
@requires(Action.EXCHANGE_IMPORT)
def roster_template() -> ResponseReturnValue:
    """Send the template, in English on English pages."""
    from evalsys.roster.marking.template import make_template

    lang = asked_language()
    name = "roster-template.xlsx" if lang == "en" else "花名册模板.xlsx"
    return send_book(make_template(lang), name)


@bp.get("/roster/<int:batch_id>")
@requires(Action.EXCHANGE_IMPORT)
def roster_batch(batch_id: int) -> ResponseReturnValue:
    """Show the report of an import."""
    batch = get_batch(current_actor(), batch_id)
    if batch.state is BatchState.RECEIVED:
        return _go_on_reading(batch)
    report = batch.report
    return render_template(
        "roster/batch.html",
        batch=batch,
        states=BatchState,
        notices=pages.show_notices(report),
        count_of=pages.count_of,
        findings=[pages.show_finding(report, f) for f in report["findings"][: pages.FIRST]],
        changes=[pages.show_change(change) for change in report["changes"][: pages.FIRST]],
        form=Form(),
        hidden_form=HiddenForm(),
        is_long=is_long(batch),
        most_names=MOST_NAMES,
    )


def _go_on_reading(batch: RosterBatch) -> ResponseReturnValue:
    """Redirect to the job that checks a received file."""
    job = find_check(batch)
    if job is None:
        raise DomainError(STILL_READ)
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/roster/<int:batch_id>/<any(findings, changes):kind>")
@requires(Action.EXCHANGE_IMPORT)
def roster_lines(batch_id: int, kind: str) -> ResponseReturnValue:
    """Show all findings or all changes of a file, page by page."""
    batch = get_batch(current_actor(), batch_id)
    if batch.state is BatchState.RECEIVED:
        raise DomainError(STILL_READ)
    rows = paginate_list(batch.report[kind], pages.PER_PAGE)
    total = pages.count_of(batch.report, kind)
    if kind == "findings":
        lines: list[object] = [pages.show_finding(batch.report, row) for row in rows]
    else:
        lines = [pages.show_change(row) for row in rows]
    return render_template(
        "roster/lines.html", batch=batch, kind=kind, rows=rows, total=total, lines=lines
    )


@bp.get("/roster/<int:batch_id>/marked")
@requires(Action.EXCHANGE_IMPORT)
def roster_annotated(batch_id: int) -> ResponseReturnValue:
    """Send the file with its errors marked, as long as it is stored."""
    actor = current_actor()
    batch = get_batch(actor, batch_id)
    check_waiting(batch)
    marked = marked_now(actor, batch)
    if marked is None:
        return redirect(url_for("exchange.roster_batch", batch_id=batch_id), 303)
    return send_book(marked, name_of(batch))


@bp.post("/roster/<int:batch_id>/marked")
@requires(Action.EXCHANGE_IMPORT)
def roster_mark(batch_id: int) -> ResponseReturnValue:
    """Start the job that marks the errors of a large file."""
    actor = current_actor()
    batch = get_batch(actor, batch_id)
    check_waiting(batch)
    job = start_marking(actor, batch, now=now())
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.post("/roster/<int:batch_id>/hidden")
@requires(Action.EXCHANGE_IMPORT)
def roster_hidden(batch_id: int) -> ResponseReturnValue:
    """Check the file again with the chosen treatment of hidden rows."""
    actor, form = current_actor(), HiddenForm()
    batch = get_batch(actor, batch_id)
    if not form.validate_on_submit():
        return _go_on(batch, None)
    with upload_slot(actor):
        batch, job = decide_hidden(actor, batch_id, Hidden(form.hidden.data), now=now())
    return _go_on(batch, job)


@bp.post("/roster/<int:batch_id>/names")
@requires(Action.EXCHANGE_IMPORT)
def roster_names(batch_id: int) -> ResponseReturnValue:
    """Check the file again with what was chosen for names that differ."""
    actor = current_actor()
    batch = get_batch(actor, batch_id)
    asked = {rename["number"] for rename in batch.report["renames"]}
    chosen = {number: request.form.get(f"name-{number}", "") for number in asked}
    names = {number: Naming(word) for number, word in chosen.items() if word in set(Naming)}
    if not Form().validate_on_submit() or not names:
        return _go_on(batch, None)
    with upload_slot(actor):
        batch, job = decide_names(actor, batch_id, names, now=now())
    return _go_on(batch, job)


@bp.post("/roster/<int:batch_id>/write")
@requires(Action.EXCHANGE_WRITE)
def roster_write(batch_id: int) -> ResponseReturnValue:
    """Write a checked file; a large one by a job."""
    actor = current_actor()
    batch = get_batch(actor, batch_id)
    check_waiting(batch)
    if is_long(batch):
        params, key = {"batch": batch.id}, f"roster-{batch.id}"
        job = start_job(actor, service.JOB, params, now=now(), unique_key=key)
        return redirect(url_for("jobs.show", job_id=job.id), 303)
    batch = service.apply_roster(actor, batch_id, now=now())
    flash(_("Written. Look through the list of changes; the import can be undone below."))
    return redirect(url_for("exchange.roster_batch", batch_id=batch.id), 303)


@bp.get("/roster/<int:batch_id>/undo")
@requires(Action.EXCHANGE_UNDO)
def roster_undo(batch_id: int) -> ResponseReturnValue:
    """Confirm before an import is undone."""
    return render_template("roster/undo.html", batch=_applied(batch_id), form=Form())


@bp.post("/roster/<int:batch_id>/undo")
@requires(Action.EXCHANGE_UNDO)
def roster_undo_now(batch_id: int) -> ResponseReturnValue:
    """Undo an import."""
    service.undo_roster(current_actor(), batch_id, now=now())
    flash(_("Undone: everything is as it was before this import."))
    return redirect(url_for("exchange.roster_batch", batch_id=batch_id), 303)


def _applied(batch_id: int) -> RosterBatch:
    batch = get_batch(current_actor(), batch_id)
    if batch.state != BatchState.APPLIED:
        raise NotFound
    return batch
