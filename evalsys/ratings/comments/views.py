"""The page for the review of comments."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_sqlalchemy.pagination import Pagination

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate, paginate_list
from evalsys.core.permissions import Action
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.models import CommentState
from evalsys.ratings.ballots.views import bp
from evalsys.ratings.ballots.words import COMMENT_WORDS
from evalsys.ratings.comments.forms import BulkForm, ReviewForm
from evalsys.ratings.comments.limits import BATCH
from evalsys.ratings.comments.service import (
    Alike,
    Decision,
    NotDecided,
    count_comments,
    list_alike,
    review_alike,
    review_comment,
    review_others,
    select_comments,
    whom_about,
)

PER_PAGE = 50  # lines
# Button of the table -> the state it gives; "rest" is about the lines that are not ticked.
BULK = {
    "rest": CommentState.RELEASED,
    "released": CommentState.RELEASED,
    "person_only": CommentState.PERSON_ONLY,
    "withheld": CommentState.WITHHELD,
}


@bp.route("/comments", methods=["GET", "POST"])
@requires(Action.COMMENT_REVIEW)
def comments() -> ResponseReturnValue:
    """Show comments in one state, equal texts in one line, and take decisions."""
    actor, today = current_actor(), pages.today()
    state_arg = request.args.get("state", CommentState.PENDING.value)
    state = CommentState(state_arg) if state_arg in list(CommentState) else CommentState.PENDING
    bulk = request.form.get("bulk") in BULK
    form, problem = BulkForm() if bulk else ReviewForm(), ""
    if form.validate_on_submit():
        try:
            return _decide_many(form) if bulk else _decide(form, state)
        except NotDecided as error:
            problem = words_of(error)
    rows = _lines(state)
    return form_page(
        "ratings/comments.html",
        form=form,
        sent=None if bulk or not form.is_submitted() else form,
        problem=problem,
        rows=rows,
        about=whom_about([comment for line in rows.items for comment in line.comments]),
        state=state,
        counts=count_comments(actor, on=today),
        words=COMMENT_WORDS,
        batch=rules_in_force()[BATCH],
        ticked=request.form.getlist("ticked"),
    )


def _lines(state: CommentState) -> Pagination:
    """Return a page of lines; pending comments are grouped by text."""
    actor, today = current_actor(), pages.today()
    if state is CommentState.PENDING:
        return paginate_list(list_alike(actor, on=today), PER_PAGE)
    query = select_comments(actor, state, on=today)
    page = paginate(query, PER_PAGE)
    page.items = [Alike(comment.id, [comment]) for comment in page.items]
    return page


def _decide_many(form: BulkForm) -> ResponseReturnValue:
    """Decide on the ticked lines, or on all shown but them. Raises as `review_alike`."""
    button = given(form.bulk.data)
    shown, ticked = (frozenset(request.form.getlist(name)) for name in ("shown", "ticked"))
    keys = shown - ticked if button == "rest" else ticked
    decision = Decision(BULK[button], reason=form.reason.data)
    with unit_of_work(current_actor()) as unit:
        count = review_alike(unit, keys, decision, now=pages.now())
    return _go_on(decision, count, "list")


def _decide(form: ReviewForm, state: CommentState) -> ResponseReturnValue:
    """Decide on one line and go to the next.

    Raises NotDecided.
    """
    decision = Decision(CommentState(form.state.data), form.body.data, form.reason.data)
    with unit_of_work(current_actor()) as unit:
        comment = review_comment(unit, given(form.comment.data), decision, now=pages.now())
        count = 1
        if state is CommentState.PENDING:
            count += review_others(unit, comment, decision, now=pages.now())
    following = request.form.get("next", "")
    return _go_on(decision, count, f"c-{following}" if following.isalnum() else "list")


def _go_on(decision: Decision, count: int, anchor: str) -> ResponseReturnValue:
    what = _(COMMENT_WORDS[decision.state])
    message = ngettext("%(what)s: %(num)s comment", "%(what)s: %(num)s comments", count, what=what)
    flash(message, "success")
    state, page = request.args.get("state"), request.args.get("page")
    return redirect(url_for(".comments", state=state, page=page, _anchor=anchor), 303)
