"""The page on which the supervision office drafts a referral by hand, for a colleague to approve.

It says what will follow before anything is drafted; who drafts it does not approve it.
"""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.engine.forms import PlainForm
from evalsys.cases.engine.queries import duties_of, get_case
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.forms import form_page
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters import rules as matters
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.referrals.service import draft_by_hand

bp = Blueprint("referrals", __name__)


@bp.route("/matters/<int:case_id>/refer", methods=["GET", "POST"])
@requires(Action.MATTER_HANDLE)
def draft(case_id: int) -> ResponseReturnValue:
    """Draft the referral of a matter."""
    actor, on = current_actor(), pages.today()
    case = get_case(actor, case_id, on=on)
    if case.kind != matters.KIND or MatterDuty.OFFICE not in duties_of(actor, case, on):
        raise NotFound
    form, problem = PlainForm(), ""
    if form.validate_on_submit():
        try:
            referral = draft_by_hand(actor, case, now=pages.now())
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("The referral is drafted: somebody else has to approve it."), "success")
            return redirect(url_for("cases.show", case_id=referral.id), 303)
        case = get_case(actor, case_id, on=on)
    return form_page(
        "referrals/draft.html", case=case, matter=get_matter(case), form=form, problem=problem
    )
