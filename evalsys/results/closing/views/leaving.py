"""The page on which two people leave a version as it is despite later exclusions."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import Form, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.models import User
from evalsys.organisation.periods.rules import period_message
from evalsys.organisation.periods.words import period_words
from evalsys.results.closing import late
from evalsys.results.closing.forms import ReasonForm
from evalsys.results.closing.views.blueprint import bp
from evalsys.results.closing.views.periods import Facts, read_facts


@bp.route("/periods/<code>/leave", methods=["GET", "POST"])
@requires(Action.CLOSING_LEAVE)
def leave(code: str) -> ResponseReturnValue:
    """Ask for the reason, then let a second person agree."""
    actor, facts = current_actor(), read_facts(code)
    code, waits = facts.period.code, facts.late
    if waits is None or not waits.done:
        raise DomainError(late.NOTHING_LATE, code=period_message(code))
    if waits.asked is None:
        return _ask(facts)
    form = Form()
    if form.validate_on_submit():
        late.agree_to_leave(actor, code, now=now())
        flash(_("%(period)s stays as it is. Nothing was frozen.", period=period_words(code)))
        return redirect(url_for("closing.period", code=code), 303)
    return render_template(
        "closing/leave.html",
        it=facts,
        form=form,
        asker=db.session.get(User, waits.asked.asked_by) if waits.asked.asked_by else None,
        may_agree=waits.is_others,
    )


def _ask(facts: Facts) -> ResponseReturnValue:
    """Take the first person's reason. Raises NotFound if the actor may not correct."""
    if not current_actor().may(Action.CLOSING_CORRECT):
        raise NotFound
    form = ReasonForm()
    if form.validate_on_submit():
        code = facts.period.code
        late.ask_to_leave(current_actor(), code, given(form.reason.data), now=now())
        flash(_("A second person sees it on the start page and agrees, or corrects."))
        return redirect(url_for("closing.period", code=code), 303)
    return form_page("closing/leave.html", it=facts, form=form)
