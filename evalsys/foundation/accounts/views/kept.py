"""Pages of what was typed and not stored: see it, send it, forget it; and drafts of long forms."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from evalsys.core.errors import NotFound
from evalsys.core.guards import requires
from evalsys.core.pages import FAILED, local_path, now
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.forms import EmptyForm
from evalsys.foundation.accounts.sessions.kept import drop, find_kept, keep_post
from evalsys.foundation.accounts.views.blueprint import bp


@bp.get("/kept/<int:kept_id>")
@requires(Action.HOME_VIEW)
def kept(kept_id: int) -> str:
    """Show what was not stored, and let its author send it."""
    found = find_kept(current_user.user.id, now(), kept_id=kept_id)
    if found is None:
        raise NotFound
    return render_template("accounts/kept.html", kept=found, form=EmptyForm())


@bp.post("/kept/<int:kept_id>/forget")
@requires(Action.HOME_VIEW)
def forget(kept_id: int) -> ResponseReturnValue:
    """Forget what was kept, and show the form as it is."""
    found = find_kept(current_user.user.id, now(), kept_id=kept_id)
    drop(current_user.user.id, kept_id=kept_id)
    return redirect(local_path(request.form.get("to")) if found else url_for("reports.today"), 303)


@bp.post("/drafts")
@requires(Action.HOME_VIEW)
def keep_draft() -> ResponseReturnValue:
    """Keep a form as it is, unchecked and unsent, under the path that the address names."""
    target = local_path(request.args.get("to"))
    kept_id = keep_post(path=target.partition("?")[0], is_draft=True)
    if kept_id is None:
        flash(_("There is nothing to keep yet."), FAILED)
    return redirect(target, 303)
