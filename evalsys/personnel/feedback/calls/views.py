"""The pages of calls to raters: which are due, the number, and how it went.

Whoever opens the list sits down to call: the most urgent one is on top. Behind it stand the number
and the form for what was said, on one page.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.forms import given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate_list
from evalsys.core.permissions import Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.personnel.feedback.calls.service import get_call, list_calls, record_call, reveal_call
from evalsys.personnel.feedback.forms import CallForm, RevealForm
from evalsys.personnel.feedback.tasks import call_light
from evalsys.personnel.feedback.views import PER_PAGE, bp


@bp.get("/feedback/calls")
@requires(Action.CONTACT_REVEAL)
def calls() -> ResponseReturnValue:
    """Show the calls that are due, the most urgent first."""
    on, days = pages.today(), working_days()
    rows = paginate_list(list_calls(current_actor()), PER_PAGE)
    lights = {row.key: call_light(row.due_on, on, days) for row in rows.items}
    return render_template("feedback/calls.html", rows=rows, lights=lights)


@bp.route("/feedback/calls/<key>", methods=["GET", "POST"])
@requires(Action.CONTACT_REVEAL)
def call(key: str) -> ResponseReturnValue:
    """Show the number of a call, once its purpose is given, and take how it went."""
    actor, on = current_actor(), pages.today()
    is_told, number = "reached" in request.form, ""
    purpose, form = RevealForm(), CallForm()
    if is_told and form.validate():
        is_reached = form.reached.data == "reached"
        said = form.said.data or ""
        record_call(actor, key, is_reached=is_reached, said=said, now=pages.now())
        flash(_("The call is recorded.") if is_reached else _("Recorded. Please try again later."))
        return redirect(url_for("feedback.calls"), 303)
    if request.method == "POST" and not is_told and purpose.validate():
        number = reveal_call(actor, key, given(purpose.purpose.data))
    found = get_call(actor, key)
    html = render_template(
        "feedback/call.html",
        call=found,
        light=call_light(found.due_on, on, working_days()),
        purpose=purpose,
        form=form,
        number=number,
        is_told=is_told,
    )
    return html, 422 if request.method == "POST" and not number else 200
