"""Pages of the audit administrator: read-only audit lines, and their download."""

from collections.abc import Iterator
from typing import Any

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import local_day, now, role_words, time_words
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.audit_queries import (
    PAGE,
    AuditFilter,
    AuditLine,
    count_events,
    each_chunk,
    list_events,
)
from evalsys.foundation.accounts.forms import AuditForm
from evalsys.foundation.accounts.labels import action_words
from evalsys.foundation.accounts.views.blueprint import bp
from evalsys.foundation.spreadsheets.formulas import csv_line, csv_lines

BOM = "\ufeff"  # Without it Excel takes UTF-8 for the code page of the machine.


@bp.app_template_filter("details")
def details_words(details: dict[str, Any]) -> str:
    """Format the details of a line: `name: 040117; before.role: staff`."""
    flat: dict[str, Any] = {}
    for key, value in details.items():
        parts = value.items() if isinstance(value, dict) else ()
        flat.update({f"{key}.{part}": inner for part, inner in parts} or {key: value})
    return "; ".join(f"{key}: {value}" for key, value in flat.items() if value not in (None, ""))


@bp.get("/audit")
@requires(Action.AUDIT_VIEW)
def audit() -> ResponseReturnValue:
    """List audit lines, newest first, filtered by the URL."""
    form = AuditForm(request.args)
    wanted = _wanted(form)
    if wanted is None:
        return render_template("accounts/audit.html", form=form, events=[], older=None), 422
    before = request.args.get("before", type=int)
    rows = list_events(wanted, before=before, limit=PAGE + 1)
    events = rows[:PAGE]
    older = events[-1][0].id if len(rows) > PAGE else None
    return render_template("accounts/audit.html", form=form, events=events, older=older)


@bp.get("/audit.csv")
@requires(Action.AUDIT_VIEW)
def audit_file() -> ResponseReturnValue:
    """Download the filtered lines as CSV, which is itself audited."""
    form = AuditForm(request.args)
    wanted = _wanted(form)
    if wanted is None:
        return render_template("accounts/audit.html", form=form, events=[], older=None), 422
    with unit_of_work(current_actor()) as unit:
        newest = [event.id for event, _user in list_events(wanted, limit=1)]
        filters = {key: value for key, value in request.args.items() if value}
        unit.record(Action.AUDIT_VIEW, "audit.csv", lines=count_events(wanted), filters=filters)
    # The file ends before the audit line of its own download.
    before = newest[0] + 1 if newest else 0
    name = f"audit-{local_day(now()):%Y%m%d}.csv"
    return Response(
        stream_with_context(_lines(wanted, before)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _wanted(form: AuditForm) -> AuditFilter | None:
    """Return the filter of the URL, or None if it cannot be read."""
    if not form.validate():
        return None
    return AuditFilter(
        form.since.data,
        form.until.data,
        Action(form.action.data) if form.action.data else None,
        form.user.data or "",
        form.subject.data or "",
    )


def _lines(wanted: AuditFilter, before: int) -> Iterator[str]:
    """Yield the CSV in chunks, in bounded memory."""
    heads = [_("No."), _("Time (Shanghai)"), _("Who"), _("Name"), _("Role"), _("What")]
    head = csv_line([*heads, _("Code"), _("On what"), _("Details")])
    roles = {role: role_words(role) for role in Role}
    actions = {action: action_words(action) for action in Action}
    db.session.rollback()  # Keeps no transaction open during a slow download.
    yield BOM + head
    for chunk in each_chunk(wanted, before):
        yield csv_lines(_cells(line, roles[line.role], actions[line.action]) for line in chunk)


def _cells(line: AuditLine, role: str, action: str) -> tuple[Any, ...]:
    return (
        line.id,
        time_words(line.at),
        line.user or "",
        line.user_name or "",
        role,
        action,
        line.action.value,
        f"{line.subject_type}/{line.subject_id}",
        details_words(line.details),
    )
