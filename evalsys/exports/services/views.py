"""Pages of services handled: import of a list after a preview, and the workbook."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadSignature

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.exports.services.book import HandledRequest, export_handled, file_name
from evalsys.foundation.spreadsheets.blueprint import asked_language, bp, send_written
from evalsys.foundation.uploads.forms import SeenListForm, read_preview, sign_preview
from evalsys.foundation.uploads.lists import Hidden
from evalsys.organisation.periods.queries import base_period_of
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.periods.spans import read_span
from evalsys.ratings.services.lists import (
    LIMITS,
    MOST_ROWS,
    NumberList,
    heading,
    plan_list,
    read_numbers,
)
from evalsys.ratings.services.service import (
    ChangedMeanwhile,
    NumberChange,
    NumberEntry,
    NumberPlan,
    NumbersRefused,
    enter_services,
)
from evalsys.results.reports.handled.days import HandledFilter

SHOWN = 500  # rows of a preview
PREVIEW = "handled/v1"


@bp.route("/handled/list", methods=["GET", "POST"])
@requires(Action.HANDLED_ENTER)
def handled_list() -> ResponseReturnValue:
    """Preview the changes or errors of a list; then store exactly what was shown."""
    form = SeenListForm()
    if form.validate_on_submit():
        return _enter(form) if form.seen.data else _look(form)
    return _page(form)


def _look(form: SeenListForm) -> ResponseReturnValue:
    actor, today = current_actor(), pages.today()

    def reader(name: str, content: bytes, hidden: Hidden) -> NumberList:
        return read_numbers(name, content, on=today, hidden=hidden, limits=LIMITS.in_a_request)

    numbers = form.read(actor, reader)
    if numbers is None:
        return _page(form)
    plan = plan_list(actor, numbers, on=today)
    return _page(form, plan, numbers, seen=_sign(numbers.entries, plan.changes))


def _enter(form: SeenListForm) -> ResponseReturnValue:
    try:
        entries, changes = _unsign(form.seen.data or "")
        with unit_of_work(current_actor()) as unit:
            plan = enter_services(unit, entries, on=pages.today(), shown=changes)
    except BadSignature:
        form.file.errors = [_("What was shown is no longer there; choose the file again.")]
    except ChangedMeanwhile as error:
        form.file.errors = [words_of(error)]
    except NumbersRefused as error:
        return _page(form, NumberPlan([], 0, error.problems))
    else:
        new = sum(change.before is None for change in plan.changes)
        words = _("The numbers are entered: %(new)s new, %(changed)s instead of others.")
        flash(words % {"new": new, "changed": len(plan.changes) - new})
        return redirect(url_for("reports.handled"), 303)
    return _page(form)


def _page(
    form: SeenListForm,
    plan: NumberPlan | None = None,
    numbers: NumberList | None = None,
    seen: str = "",
) -> ResponseReturnValue:
    is_fine = plan is not None and not plan.problems
    form.seen.data = ""  # A next file needs its own preview.
    html = render_template(
        "exports/handled.html",
        form=form,
        plan=plan,
        numbers=numbers,
        seen=seen,
        heading=heading,
        most=MOST_ROWS,
        shown=SHOWN,
    )
    return html, 422 if form.is_submitted() and not is_fine else 200


def _sign(entries: Sequence[NumberEntry], changes: Sequence[NumberChange]) -> str:
    rows = [[entry.served_on.isoformat(), *entry[1:]] for entry in entries]
    shown = [[change.served_on.isoformat(), *change[1:]] for change in changes]
    return sign_preview(current_actor(), PREVIEW, [rows, shown])


def _unsign(text: str) -> tuple[list[NumberEntry], list[NumberChange]]:
    """Return the entries and changes of a preview. Raises BadSignature."""
    rows, shown = read_preview(current_actor(), PREVIEW, text)

    def row(values: list[Any]) -> list[Any]:
        return [date.fromisoformat(values[0]), *values[1:]]

    return [NumberEntry(*row(values)) for values in rows], [
        NumberChange(*row(values)) for values in shown
    ]


@bp.get("/handled/workbook")
@requires(Action.HANDLED_EXPORT)
def handled_book() -> ResponseReturnValue:
    """Send the workbook, in Chinese unless the page is English."""
    moment, on = pages.now(), pages.today()
    asked = (request.args.get("since", ""), request.args.get("until", ""))
    span = read_span(*asked, on, parse_period(base_period_of(on)).starts_on)
    wanted = HandledFilter.read(request.args, span)
    book = HandledRequest(current_actor(), wanted, asked_language(), moment)
    return send_written(partial(export_handled, book), file_name(book))
