"""The page for entering or replacing one number of services handled."""

from datetime import date

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.ratings.ballots.views import bp
from evalsys.ratings.services.forms import HandledForm
from evalsys.ratings.services.service import (
    ChangedMeanwhile,
    NumberEntry,
    NumberPlan,
    NumbersRefused,
    enter_services,
    plan_entries,
)
from evalsys.ratings.tickets.views import in_words


@bp.route("/handled/enter", methods=["GET", "POST"])
@requires(Action.HANDLED_ENTER)
def handled_entry() -> ResponseReturnValue:
    """Enter one number; an existing one is replaced only if the box is ticked."""
    form = HandledForm()
    if not form.is_submitted():
        form.served_on.data = pages.today()
        form.number.data = request.args.get("number", "")[:40]
        if (day := request.args.get("day", type=date.fromisoformat)) is not None:
            form.served_on.data = day
    problems: list[str] = []
    if form.validate_on_submit():
        problems = _enter(form)
        if not problems:
            flash(_("The number is entered."))
            return redirect(url_for("reports.handled"), 303)
    return form_page("ratings/handled_entry.html", form=form, problems=problems)


def _enter(form: HandledForm) -> list[str]:
    """Enter the number of a form; return the messages of what prevents it."""
    actor, today = current_actor(), pages.today()
    entry = NumberEntry(
        given(form.served_on.data), given(form.number.data), given(form.services.data)
    )
    plan = plan_entries(actor, [entry], on=today)
    if plan.problems:
        return in_words(plan.problems)
    if objection := _replacing(plan, form):
        return [objection]
    try:
        with unit_of_work(actor) as unit:
            enter_services(unit, [entry], on=today, shown=plan.changes)
    except NumbersRefused as error:
        return in_words(error.problems)
    except ChangedMeanwhile as error:
        return [words_of(error)]
    return []


def _replacing(plan: NumberPlan, form: HandledForm) -> str | None:
    """Return the question before a number is replaced, unless it was shown and confirmed."""
    before = plan.changes[0].before if plan.changes else None
    if before is None or (form.replaces.data and form.stands.data == str(before)):
        return None
    form.replaces.data, form.stands.data = False, str(before)
    return str(
        _(
            "%(before)s services stand there for this person and day already. Tick the box to "
            "replace them; the earlier number stays in the audit log.",
            before=before,
        )
    )
