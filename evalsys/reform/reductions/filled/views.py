"""A filled-in sheet of service matters: what is wrong or what would change, then it is entered.

The supervision office brings what sections filled in, and corrects many matters at once.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadSignature

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.foundation.uploads.forms import SeenListForm, read_preview, sign_preview
from evalsys.reform.reductions.filled.cells import (
    FilledSheet,
    from_json,
    heading,
    open_filled,
    parse_filled,
    to_json,
)
from evalsys.reform.reductions.filled.plan import (
    MOST_CHANGES,
    MatterPlan,
    MattersChanged,
    enter_rows,
    list_sections,
    plan_sheet,
)
from evalsys.reform.reductions.words import changed

bp = Blueprint("filled", __name__)

PREVIEW = "reductions/v1"


@bp.route("/reform/reductions/sheet", methods=["GET", "POST"])
@requires(Action.REDUCTION_ENTER)
def sheet() -> ResponseReturnValue:
    """Preview the changes or errors of a sheet; then enter exactly what was shown."""
    form = SeenListForm()
    if form.validate_on_submit():
        return _enter(form) if form.seen.data else _look(form)
    return _page(form)


def _look(form: SeenListForm) -> ResponseReturnValue:
    actor, on = current_actor(), pages.today()
    read = form.read(actor, open_filled)
    if read is None:
        return _page(form)
    filled = parse_filled(read, list_sections(actor, on), on)
    return _page(form, plan_sheet(actor, filled, on), filled)


def _enter(form: SeenListForm) -> ResponseReturnValue:
    actor = current_actor()
    try:
        rows, shown = read_preview(actor, PREVIEW, form.seen.data or "")
        with unit_of_work(actor) as unit:
            plan = enter_rows(unit, from_json(rows), now=pages.now(), shown=shown)
    except BadSignature:
        form.file.errors = [_("What was shown is no longer there; choose the file again.")]
    except MattersChanged as error:
        form.file.errors = [words_of(error)]
    else:
        words = _("The sheet is entered: %(new)s service matters taken up, %(versions)s versions.")
        flash(words % {"new": plan.new, "versions": len(plan.changes) - plan.new}, "success")
        return redirect(url_for("reductions.index"), 303)
    return _page(form)


def _page(
    form: SeenListForm, plan: MatterPlan | None = None, filled: FilledSheet | None = None
) -> ResponseReturnValue:
    is_fine = plan is not None and not plan.problems
    seen, lines = "", list[Any]()
    if plan is not None and is_fine:
        rows = to_json(change.filled for change in plan.changes)
        seen = sign_preview(current_actor(), PREVIEW, [rows, plan.seen])
        lines = [(change, list(changed(change.before, change.draft))) for change in plan.changes]
    form.seen.data = ""  # A next file needs its own preview.
    html = render_template(
        "filled/sheet.html",
        form=form,
        plan=plan,
        lines=lines,
        filled=filled,
        seen=seen,
        heading=heading,
        most=MOST_CHANGES,
    )
    return html, 422 if form.is_submitted() and not is_fine else 200
