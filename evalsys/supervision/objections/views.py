"""The page on which the chief of a supervised section objects to the conclusion of a matter.

The head of the organ may do so too. It says first until when, who decides, and that the conclusion
stays in force meanwhile.
"""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.engine.queries import get_case
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.personnel.remedies.forms import ApplyForm
from evalsys.supervision.matters.conclusions.queries import conclusion_of
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.objections.service import file_objection, right_to_object

bp = Blueprint("objections", __name__)


@bp.route("/matters/<int:case_id>/object", methods=["GET", "POST"])
@requires(Action.MATTER_ANSWER)
def new(case_id: int) -> ResponseReturnValue:
    """Object to the conclusion of a matter."""
    actor, on = current_actor(), pages.today()
    case = get_case(actor, case_id, on=on)
    right = right_to_object(case)
    if right is None:
        raise NotFound
    form, problem = ApplyForm(), ""
    if form.validate_on_submit():
        try:
            filed = file_objection(actor, case, given(form.grounds.data), now=pages.now())
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("The objection is filed: others decide on it."), "success")
            return redirect(url_for("cases.show", case_id=filed.id), 303)
        case = get_case(actor, case_id, on=on)
    return form_page(
        "objections/new.html",
        case=case,
        matter=get_matter(case),
        conclusion=conclusion_of(case),
        right=right,
        form=form,
        problem=problem,
    )
