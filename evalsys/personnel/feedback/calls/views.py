"""The pages of calls to raters: due calls, the number, the result.

The list is sorted by urgency. The next page has the number and the form for the result.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.forms import given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate_list
from evalsys.core.permissions import Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.personnel.feedback.calls.looked_at import refusal_of
from evalsys.personnel.feedback.calls.service import get_call, list_calls, record_call, reveal_call
from evalsys.personnel.feedback.forms import CallForm, RevealForm
from evalsys.personnel.feedback.tasks import call_light
from evalsys.personnel.feedback.views import PER_PAGE, bp


@bp.get("/feedback/calls")
@requires(Action.CONTACT_REVEAL)
def calls() -> ResponseReturnValue:
    """Show the calls due, the most urgent first."""
    on, days = pages.today(), working_days()
    rows = paginate_list(list_calls(current_actor(), pages.now()), PER_PAGE)
    lights = {row.key: call_light(row.due_on, on, days) for row in rows.items}
    return render_template("feedback/calls.html", rows=rows, lights=lights)


@bp.route("/feedback/calls/<key>", methods=["GET", "POST"])
@requires(Action.CONTACT_REVEAL)
def call(key: str) -> ResponseReturnValue:
    """Show the number of a call after its purpose is given, or record the result."""
    actor, on = current_actor(), pages.today()
    is_result, number = "reached" in request.form, ""
    purpose, form = RevealForm(), CallForm()
    if is_result and form.validate():
        is_reached = form.reached.data == "reached"
        answer = form.said.data or ""
        record_call(actor, key, is_reached=is_reached, said=answer, now=pages.now())
        flash(_("The call is recorded.") if is_reached else _("Recorded. Please try again later."))
        return redirect(url_for("feedback.calls"), 303)
    if request.method == "POST" and not is_result and purpose.validate():
        number = reveal_call(actor, key, given(purpose.purpose.data), now=pages.now())
    due = get_call(actor, key, pages.now())
    html = render_template(
        "feedback/call.html",
        call=due,
        held=words_of(refusal_of(due.look)) if due.look else "",
        light=call_light(due.due_on, on, working_days()),
        purpose=purpose,
        form=form,
        number=number,
        is_result=is_result,
    )
    return html, 422 if request.method == "POST" and not number else 200
