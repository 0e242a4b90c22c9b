"""The review of comments: nothing a rater wrote is read by a section before somebody looked at it.

What is released still reaches the section in whole batches only; the pages of results see to that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, exists, func, select

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError, NotHere
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.org.models import Section, Staff
from evalsys.org.queries import select_visible
from evalsys.ratings.models import Comment, CommentState


class ReasonMissing(DomainError):
    """Who withholds a rater's words, or changes a decision, says why."""

    message = N_("Say why: the reason stays with the comment.")
    status = 422


class WordsMissing(DomainError):
    """There is nothing left to release."""

    message = N_("Leave the words that may be read, or withhold the comment.")
    status = 422


def select_comments(actor: Actor, state: CommentState, *, on: date) -> Select[Comment]:
    """Return the comments in a state that the actor may review.

    The order within a period is that of the random ids: it tells nothing.
    """
    return (
        select(Comment)
        .where(Comment.state == state, Comment.section_id.in_(select_visible(actor, on, on)))
        .order_by(Comment.base_period, Comment.id)
    )


def whom_about(comments: Iterable[Comment]) -> dict[str, tuple[str, str]]:
    """Return comment id -> (section, staff number)."""
    query = (
        select(Comment.id, Section.name, Staff.number)
        .join(Section, Section.id == Comment.section_id)
        .join(Staff, Staff.id == Comment.staff_id)
        .where(Comment.id.in_([comment.id for comment in comments]))
    )
    return {row.id: (row.name, row.number) for row in db.session.execute(query)}


def count_comments(actor: Actor, *, on: date) -> dict[CommentState, int]:
    """Return how many comments of each state the actor may review."""
    rows = db.session.execute(
        select(Comment.state, func.count())
        .where(Comment.section_id.in_(select_visible(actor, on, on)))
        .group_by(Comment.state)
    )
    return {row.state: row[1] for row in rows}


@dataclass(frozen=True)
class Decision:
    """What the reviewer decided: who may read it, in which words, and why."""

    state: CommentState
    body: str | None = None
    reason: str | None = None


def review_comment(unit: Unit, key: str, decision: Decision, *, now: datetime) -> Comment:
    """Let a comment be read, or not (a step). The rater's own words are kept.

    Raises NotHere out of the actor's scope, ReasonMissing, or WordsMissing.
    """
    comment = db.session.get(Comment, key)
    on = local_day(now)
    visible = select_visible(unit.actor, on, on)
    if comment is None or not db.session.scalar(
        select(exists().where(Section.id == comment.section_id, Section.id.in_(visible)))
    ):
        raise NotHere
    was_decided = comment.state is not CommentState.PENDING
    is_withheld = decision.state is CommentState.WITHHELD
    if (is_withheld or was_decided) and not decision.reason:
        raise ReasonMissing
    if not is_withheld and not decision.body:
        raise WordsMissing
    comment.state = decision.state
    comment.released_body = None if is_withheld else decision.body
    comment.reason = decision.reason
    comment.reviewed_by, comment.reviewed_at = unit.actor.user_id, now
    edited = not is_withheld and decision.body != comment.body
    unit.record(Action.COMMENT_REVIEW, comment, state=decision.state.value, edited=edited)
    return comment
