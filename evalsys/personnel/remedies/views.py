"""The page for applying for a remedy; contestable steps are listed on the start page.

It first tells somebody upset by a decision what they may do, until when, and that it does no harm.
"""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.personnel.remedies.forms import ApplyForm
from evalsys.personnel.remedies.service import apply, contestable_steps

bp = Blueprint("remedies", __name__)


@bp.get("/remedies")
@requires(Action.CASE_ANSWER)
def index() -> ResponseReturnValue:
    """Redirect to the rights on the start page."""
    return redirect(url_for("reports.today", show="rights"), 303)


@bp.route("/remedies/<int:step_id>", methods=["GET", "POST"])
@requires(Action.CASE_ANSWER)
def apply_for(step_id: int) -> ResponseReturnValue:
    """Apply for the reconsideration of a step."""
    actor, on = current_actor(), pages.today()
    row = next((row for row in contestable_steps(actor, on=on) if row.step.id == step_id), None)
    if row is None:
        raise NotFound
    form, problem = ApplyForm(), ""
    if form.validate_on_submit():
        try:
            case = apply(actor, step_id, given(form.grounds.data), now=pages.now())
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("Your application is filed. It cannot make anything worse."), "success")
            return redirect(url_for("cases.show", case_id=case.id), 303)
    return form_page("remedies/apply.html", row=row, form=form, problem=problem, on=on)
