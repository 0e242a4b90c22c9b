"""The pages of bad reviews: the register, and the number to call.

The register shows which reviews wait, which are late, and whether every rater with a number was
called back. A single review has the page of every case.
"""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.deadlines.queries import open_deadlines
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import duties_of, get_case
from evalsys.core import pages
from evalsys.core.errors import NotFound
from evalsys.core.forms import given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.personnel.feedback import queries
from evalsys.personnel.feedback.calls.called import called_before
from evalsys.personnel.feedback.contacts import masked_contact, may_reveal, reveal_contact
from evalsys.personnel.feedback.forms import RevealForm
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.words import category_choices, state_choices
from evalsys.ratings.ballots.rules import reasons_of
from evalsys.ratings.contacts.rows import Contact

bp = Blueprint("feedback", __name__)

PER_PAGE = 20  # cases


@bp.get("/feedback")
@requires(Action.PERSONNEL_VIEW)
def register() -> ResponseReturnValue:
    """Show the register of bad reviews in the visitor's scope."""
    actor, on = current_actor(), pages.today()
    names = ("section", "state", "category")
    wanted = queries.RegisterFilter(**{name: request.args.get(name, "") for name in names})
    rows = paginate(queries.select_register(actor, wanted, on=on), PER_PAGE)
    return render_template(
        "feedback/register.html",
        rows=rows,
        counts=queries.count_register(actor, wanted, on=on),
        deadlines=open_deadlines([review.case_id for review in rows.items], on),
        days=working_days(),
        on=on,
        wanted=wanted,
        sections=queries.list_sections(actor, on=on),
        states=state_choices(),
        categories=category_choices(),
    )


@bp.route("/feedback/<int:case_id>/contact", methods=["GET", "POST"])
@requires(Action.CONTACT_REVEAL)
def contact(case_id: int) -> ResponseReturnValue:
    """Show the number after its purpose is given; the view is recorded."""
    actor, on, now = current_actor(), pages.today(), pages.now()
    case = get_case(actor, case_id, on=on)
    if case.kind != queries.KIND or not may_reveal(actor, duties_of(actor, case, on)):
        raise NotFound
    review = queries.get_review(case)
    if review.sealed_contact is None:
        raise NotFound
    form, number = RevealForm(), ""
    if form.validate_on_submit():
        number = reveal_contact(actor, case_id, given(form.purpose.data), now=now)
        case = get_case(actor, case_id, on=on)
    html = render_template(
        "feedback/contact.html",
        case=case,
        form=form,
        number=number,
        masked=masked_contact(queries.get_review(case)),
    )
    return html, 422 if form.is_submitted() and not number else 200


@dataclass(frozen=True)
class Panel:
    """The data of a bad review on the page of its case."""

    review: Review
    reasons: list[str]
    masked: str
    may_reveal: bool
    first_call: Contact | None


def review_panel(case: Subject, duties: frozenset[str]) -> Panel:
    """Return the panel of a bad review; the number only for the caller."""
    review = queries.get_review(case)
    allowed = may_reveal(current_actor(), duties)
    return Panel(
        review,
        [str(_(reason.label)) for reason in reasons_of(review.reasons)],
        masked_contact(review) if allowed else "",
        allowed and review.sealed_contact is not None,
        called_before(review),
    )
