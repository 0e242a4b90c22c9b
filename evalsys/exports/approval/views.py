"""Pages of large exports: the list, one request, the decision, the file."""

from collections.abc import Iterator
from datetime import datetime

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import Select

from evalsys.core.errors import NotFound
from evalsys.core.forms import Form, form_page, given
from evalsys.core.frame.tasks import Task, counted
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import day_words, local_day, now, paginate
from evalsys.core.permissions import Action, Actor
from evalsys.exports.approval import queries, rules
from evalsys.exports.approval import service as large
from evalsys.exports.approval.forms import RefuseForm
from evalsys.exports.approval.rules import HELD, ExportState
from evalsys.exports.service import is_long, start_export
from evalsys.exports.views import send_export
from evalsys.foundation.spreadsheets.blueprint import bp

PER_PAGE = 20


@bp.get("/exports")
@requires(Action.EXCHANGE_EXPORT)
def large_exports() -> ResponseReturnValue:
    """List the requests the user made or may decide; waiting first, then newest."""
    actor, on = current_actor(), local_day(now())
    query = queries.select_requests(actor, on)
    rows = paginate(query, PER_PAGE)
    states = {row.id: queries.state_of(row, on) for row in rows}
    return render_template("exports/list.html", rows=rows, states=states, most=rules.MANY)


@bp.get("/exports/<int:export_id>")
@requires(Action.EXCHANGE_EXPORT)
def large_export(export_id: int) -> ResponseReturnValue:
    """Show a request with the steps open to the user."""
    actor, moment = current_actor(), now()
    row = queries.get_request(actor, export_id)
    state = queries.state_of(row, local_day(moment))
    is_open = state is ExportState.WAITING or state in HELD
    return render_template(
        "exports/shown.html",
        row=row,
        state=state,
        states=ExportState,
        still=large.find_still(row, now=moment) if is_open else None,
        lang=str(get_locale()),
        is_mine=row.asker_id == actor.user_id,
        may_decide=queries.may_decide(actor, row),
        may_take=state in HELD,
        form=Form(),
    )


@bp.post("/exports/<int:export_id>/agree")
@requires(Action.EXPORT_DECIDE)
def large_export_agree(export_id: int) -> ResponseReturnValue:
    """Approve a request as a second person."""
    row = large.agree(current_actor(), export_id, now=now())
    flash(_("Agreed. %(name)s can fetch the workbook now.", name=row.asker.display_name))
    return redirect(url_for("exchange.large_export", export_id=export_id), 303)


@bp.route("/exports/<int:export_id>/refuse", methods=["GET", "POST"])
@requires(Action.EXPORT_DECIDE)
def large_export_refuse(export_id: int) -> ResponseReturnValue:
    """Ask for the reason, then refuse the request."""
    actor, form, moment = current_actor(), RefuseForm(), now()
    row = queries.get_request(actor, export_id)
    if not queries.may_decide(actor, row):
        raise NotFound
    rules.check_step(queries.state_of(row, local_day(moment)), ExportState.REFUSED)
    if form.validate_on_submit():
        large.refuse(actor, export_id, given(form.reason.data), now=moment)
        flash(_("Refused. No file was made."))
        return redirect(url_for("exchange.large_export", export_id=export_id), 303)
    return form_page("exports/refuse.html", row=row, form=form)


@bp.post("/exports/<int:export_id>/file")
@requires(Action.EXCHANGE_EXPORT)
def large_export_file(export_id: int) -> ResponseReturnValue:
    """Send the approved workbook; a long one as the file written by its job."""
    actor = current_actor()
    row, wanted = large.take(actor, export_id, now=now())
    if not is_long(wanted):
        return send_export(wanted, row)
    file = large.find_file(row)
    if file is None:
        return redirect(url_for("jobs.show", job_id=start_export(wanted, row).id), 303)
    large.fetch(actor, row)
    path, name = file
    return send_file(path, as_attachment=True, download_name=name, max_age=0)


def count(actor: Actor, now: datetime) -> Select[int]:
    """Return the query that counts requests to decide, and approved ones to download."""
    return counted(queries.select_waiting(actor, local_day(now)))


def tasks(actor: Actor, now: datetime, _number: int) -> Iterator[Task]:
    """Yield the tasks: requests to decide, and approved ones to download."""
    waiting, agreed = queries.list_tasks(actor, local_day(now))
    if waiting:
        yield Task(
            mark=str(ngettext("%(num)s request", "%(num)s requests", len(waiting))),
            title=_("Decide on large exports"),
            detail=_("Above %(most)s people a second person agrees.", most=rules.MANY),
            endpoint="exchange.large_exports",
            button=_("View"),
            due_on=waiting[0],
        )
    if agreed:
        yield Task(
            mark=_("agreed"),
            title=_("Fetch your workbook"),
            detail=_(
                "A second person has agreed. The agreement holds until %(day)s.",
                day=day_words(agreed[0]),
            ),
            endpoint="exchange.large_exports",
            button=_("View"),
            due_on=agreed[0],
        )
