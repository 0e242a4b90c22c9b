"""A filled-in sheet of service matters: what is wrong or what would change, then it is entered.

The supervision office brings what sections filled in, and corrects many matters at once.
"""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.foundation.uploads.forms import SeenListForm
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
    return SeenListForm().answer(PREVIEW, _page, _look, _enter)


def _look(form: SeenListForm) -> ResponseReturnValue:
    actor, on = current_actor(), pages.today()
    read = form.read(actor, open_filled)
    if read is None:
        return _page(form)
    filled = parse_filled(read, list_sections(actor, on), on)
    return _page(form, plan_sheet(actor, filled, on), filled)


def _enter(signed: list[Any]) -> ResponseReturnValue:
    """Enter what was shown. Raises DomainError."""
    rows, shown = signed
    with unit_of_work(current_actor()) as unit:
        plan = enter_rows(unit, from_json(rows), now=pages.now(), shown=shown)
    words = _("The sheet is entered: %(new)s service matters taken up, %(versions)s versions.")
    flash(words % {"new": plan.new, "versions": len(plan.changes) - plan.new}, "success")
    return redirect(url_for("reductions.index"), 303)


def _page(
    form: SeenListForm, plan: MatterPlan | None = None, filled: FilledSheet | None = None
) -> ResponseReturnValue:
    changes = plan.changes if plan is not None and not plan.problems else []
    return form.draw(
        "filled/sheet.html",
        plan,
        lambda plan: [to_json(change.filled for change in changes), plan.seen],
        purpose=PREVIEW,
        lines=[(change, list(changed(change.before, change.draft))) for change in changes],
        filled=filled,
        heading=heading,
        most=MOST_CHANGES,
    )
