"""The page on which the personnel office reviews comments."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.extensions import db
from evalsys.core.forms import given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.policies.queries import rules_in_force
from evalsys.ratings.comments import (
    Decision,
    ReasonMissing,
    WordsMissing,
    count_comments,
    review_comment,
    select_comments,
    whom_about,
)
from evalsys.ratings.forms import ReviewForm
from evalsys.ratings.models import CommentState
from evalsys.ratings.views import bp
from evalsys.ratings.words import COMMENT_WORDS

PER_PAGE = 20  # comments


@bp.route("/comments", methods=["GET", "POST"])
@requires(Action.COMMENT_REVIEW)
def comments() -> ResponseReturnValue:
    """Show comments in one state, and take a decision on one of them."""
    actor, today = current_actor(), pages.today()
    form, problem = ReviewForm(), ""
    if form.validate_on_submit():
        decision = Decision(CommentState(form.state.data), form.body.data, form.reason.data)
        try:
            with unit_of_work(actor) as unit:
                review_comment(unit, given(form.comment.data), decision, now=pages.now())
        except (ReasonMissing, WordsMissing) as error:
            problem = words_of(error)
        else:
            flash(_("Decided: %(state)s.", state=_(COMMENT_WORDS[decision.state])), "success")
            return redirect(url_for(".comments", state=request.args.get("state")), 303)
    asked = request.args.get("state", CommentState.PENDING.value)
    state = CommentState(asked) if asked in list(CommentState) else CommentState.PENDING
    rows = db.paginate(
        select_comments(actor, state, on=today), per_page=PER_PAGE, max_per_page=PER_PAGE
    )
    html = render_template(
        "ratings/comments.html",
        form=form,
        problem=problem,
        rows=rows,
        about=whom_about(rows.items),
        state=state,
        counts=count_comments(actor, on=today),
        words=COMMENT_WORDS,
        batch=rules_in_force().comment_batch,
    )
    return html, 422 if form.is_submitted() else 200
