"""Pages for requesting a pause or extension of a deadline, and agreeing to it."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.deadlines.service import agree_change, ask_change, extended
from evalsys.cases.engine import queries
from evalsys.cases.engine.duties import having
from evalsys.cases.engine.forms import ChangeForm, PlainForm
from evalsys.cases.engine.models import ChangeKind, Deadline, DeadlineChange
from evalsys.cases.engine.rules.duties import Power
from evalsys.cases.engine.views import bp
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.calendars.queries import working_days


@bp.route("/deadlines/<int:deadline_id>", methods=["GET", "POST"])
@requires(Action.DEADLINE_ASK)
def deadline(deadline_id: int) -> ResponseReturnValue:
    """Request a pause, its end, or the one extension of a deadline."""
    actor = current_actor()
    row = _deadline(actor, deadline_id, Power.ASK)
    form, problem = ChangeForm(), ""
    if form.validate_on_submit():
        try:
            ask_change(actor, row, form.chosen, given(form.reason.data), now=pages.now())
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("Asked. A second person has to agree before the date changes."), "success")
            return redirect(url_for(".show", case_id=row.subject_id), 303)
    return form_page(
        "cases/deadline.html",
        row=row,
        due=extended(row),
        case=row.subject,
        form=form,
        problem=problem,
        days=working_days(),
        on=pages.today(),
    )


@bp.route("/deadline-changes/<int:change_id>", methods=["GET", "POST"])
@requires(Action.DEADLINE_AGREE)
def change(change_id: int) -> ResponseReturnValue:
    """Agree to a requested change of a deadline."""
    actor = current_actor()
    row = db.session.get_one(DeadlineChange, change_id)
    _deadline(actor, row.deadline_id, Power.AGREE)
    form, problem = PlainForm(), ""
    if form.validate_on_submit():
        try:
            agree_change(actor, row, now=pages.now())
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("Agreed."), "success")
            return redirect(url_for(".show", case_id=row.deadline.subject_id), 303)
    return form_page(
        "cases/change.html",
        row=row,
        due=extended(row.deadline) if row.kind is ChangeKind.EXTEND else None,
        case=row.deadline.subject,
        form=form,
        problem=problem,
        days=working_days(),
        on=pages.today(),
    )


def _deadline(actor: Actor, deadline_id: int, power: Power) -> Deadline:
    """Return a deadline of a case in which the actor has a power.

    Raises NotFound or NoResultFound.
    """
    row = db.session.get_one(Deadline, deadline_id)
    case = queries.get_case(actor, row.subject_id, on=pages.today())
    if having(power).isdisjoint(queries.duties_of(actor, case, pages.today())):
        raise NotFound
    return row
