"""Pages of kept posts, and saving of drafts."""

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
    """Show a kept post, to be submitted again."""
    post = find_kept(current_user.user.id, now(), kept_id=kept_id)
    if post is None:
        raise NotFound
    return render_template("accounts/kept.html", kept=post, form=EmptyForm())


@bp.post("/kept/<int:kept_id>/forget")
@requires(Action.HOME_VIEW)
def forget(kept_id: int) -> ResponseReturnValue:
    """Delete a kept post and show the empty form."""
    post = find_kept(current_user.user.id, now(), kept_id=kept_id)
    drop(current_user.user.id, kept_id=kept_id)
    return redirect(local_path(request.form.get("to")) if post else url_for("reports.today"), 303)


@bp.post("/drafts")
@requires(Action.HOME_VIEW)
def keep_draft() -> ResponseReturnValue:
    """Save an unvalidated form as a draft of the path in `to`."""
    target = local_path(request.args.get("to"))
    kept_id = keep_post(path=target.partition("?")[0], is_draft=True)
    if kept_id is None:
        flash(_("There is nothing to keep yet."), FAILED)
    return redirect(target, 303)
