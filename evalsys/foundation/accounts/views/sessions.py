"""The page of one's own sessions, second factor and requests about the account."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import INFO, now
from evalsys.core.permissions import Action
from evalsys.foundation.accounts import service
from evalsys.foundation.accounts.factor import service as factor
from evalsys.foundation.accounts.forms import EmptyForm
from evalsys.foundation.accounts.labels import DONE
from evalsys.foundation.accounts.queries import list_sessions
from evalsys.foundation.accounts.telling import list_of
from evalsys.foundation.accounts.views.blueprint import bp


@bp.get("/sign-ins")
@requires(Action.ACCOUNT_SIGN_OUT)
def sign_ins() -> str:
    """List one's own sessions and the state of the second factor."""
    user = current_user.user
    return render_template(
        "accounts/sign_ins.html",
        form=EmptyForm(),
        user=user,
        rows=list_sessions(user, now()),
        present=current_user.session.token_hash,
        codes=factor.count_codes(user) if user.totp_since else 0,
        done=list_of(user),
        done_words=DONE,
    )


@bp.post("/sign-ins/end")
@requires(Action.ACCOUNT_SIGN_OUT)
def end_session() -> ResponseReturnValue:
    """End one of one's own sessions, or all but the current one ("others")."""
    present, key = current_user.session, request.form.get("key", "")
    ended = service.end_own(current_actor(), present, key, now=now())
    if ended:
        flash(_("Signed out there."))
    else:
        flash(_("That browser was signed out already."), INFO)
    return redirect(url_for(".sign_ins"), 303)
