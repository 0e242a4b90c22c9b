"""Pages of services handled: import of a list after a preview, and the workbook."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.exports.services.book import HandledRequest, export_handled, file_name
from evalsys.foundation.spreadsheets.blueprint import asked_language, bp, send_written
from evalsys.foundation.uploads.forms import SeenListForm
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
    return SeenListForm().answer(PREVIEW, _page, _look, _enter)


def _look(form: SeenListForm) -> ResponseReturnValue:
    actor, today = current_actor(), pages.today()

    def reader(name: str, content: bytes, hidden: Hidden) -> NumberList:
        return read_numbers(name, content, on=today, hidden=hidden, limits=LIMITS.in_a_request)

    numbers = form.read(actor, reader)
    if numbers is None:
        return _page(form)
    plan = plan_list(actor, numbers, on=today)
    return _page(form, plan, numbers)


def _enter(signed: list[Any]) -> ResponseReturnValue:
    """Enter what was shown. Raises ChangedMeanwhile."""
    entries, changes = _read(signed)
    try:
        with unit_of_work(current_actor()) as unit:
            plan = enter_services(unit, entries, on=pages.today(), shown=changes)
    except NumbersRefused as error:
        return _page(SeenListForm(), NumberPlan([], 0, error.problems))
    new = sum(change.before is None for change in plan.changes)
    words = _("The numbers are entered: %(new)s new, %(changed)s instead of others.")
    flash(words % {"new": new, "changed": len(plan.changes) - new})
    return redirect(url_for("reports.handled"), 303)


def _page(
    form: SeenListForm, plan: NumberPlan | None = None, numbers: NumberList | None = None
) -> ResponseReturnValue:
    return form.draw(
        "exports/handled.html",
        plan,
        lambda plan: _shown(plan, numbers.entries if numbers else []),
        purpose=PREVIEW,
        numbers=numbers,
        heading=heading,
        most=MOST_ROWS,
        shown=SHOWN,
    )


def _shown(plan: NumberPlan, entries: Sequence[NumberEntry]) -> list[Any]:
    """Return the entries of a list, and what they change."""
    rows = [[entry.served_on.isoformat(), *entry[1:]] for entry in entries]
    return [rows, [[change.served_on.isoformat(), *change[1:]] for change in plan.changes]]


def _read(signed: list[Any]) -> tuple[list[NumberEntry], list[NumberChange]]:
    """Return the entries and changes of a preview."""
    rows, shown = ([[date.fromisoformat(row[0]), *row[1:]] for row in rows] for rows in signed)
    return [NumberEntry(*row) for row in rows], [NumberChange(*row) for row in shown]


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
