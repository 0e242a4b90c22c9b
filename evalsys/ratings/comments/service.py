"""The review of comments: nothing a rater wrote is read by a section before somebody looked at it.

What is released still reaches the section in whole batches only; the pages of results see to that.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.org.models import ChiefTerm, Posting, Section, Staff
from evalsys.organisation.org.queries import sections_of, select_visible
from evalsys.ratings.ballots.models import Comment, CommentState

MOST_JOINED = 5_000  # comments that are compared with one another
TELLING = re.compile(r"\d{3,}|\d+\s*[月日号点:：]|[A-Za-z]+\d|先生|女士")
REASON_MISSING = N_("Say why: the reason stays with the comment.")


class NotDecided(DomainError):
    """Nothing was chosen, or something is missing that the decision needs."""

    status = 422


def reviewable_by(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the condition on `Comment` that the actor may review it.

    Nobody reads or withholds what was written about themselves or about the own section.
    """
    visible = Comment.section_id.in_(select_visible(actor, on, on))
    if actor.staff_id is None:
        return visible
    own = (sections_of(model, actor, on, on) for model in (Posting, ChiefTerm))
    not_near = (Comment.section_id.not_in(sections) for sections in own)
    return and_(visible, Comment.staff_id != actor.staff_id, *not_near)


def select_comments(actor: Actor, state: CommentState, *, on: date) -> Select[Comment]:
    """Return the comments in a state that the actor may review.

    The order within a period is that of the random ids: it tells nothing.
    """
    return (
        select(Comment)
        .where(Comment.state == state, reviewable_by(actor, on))
        .order_by(Comment.base_period, Comment.id)
    )


def whom_about(comments: Iterable[Comment]) -> dict[str, tuple[str, str]]:
    """Return comment id -> (section, staff number)."""
    told = list(comments)
    names = _by_id(Section.name, {comment.section_id for comment in told})
    numbers = _by_id(Staff.number, {comment.staff_id for comment in told})
    return {one.id: (names[one.section_id], numbers[one.staff_id]) for one in told}


def _by_id(column: InstrumentedAttribute[str], ids: Collection[int]) -> dict[int, str]:
    query = select(column.class_.id, column).where(column.class_.id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(query)}


def count_comments(actor: Actor, *, on: date) -> dict[CommentState, int]:
    """Return how many comments of each state the actor may review."""
    rows = db.session.execute(
        select(Comment.state, func.count()).where(reviewable_by(actor, on)).group_by(Comment.state)
    )
    return {row.state: row[1] for row in rows}


@dataclass(frozen=True)
class Alike:
    """Comments that say the same, decided at once. `key` is made from what they say."""

    key: str
    comments: Sequence[Comment]

    @property
    def first(self) -> Comment:
        """The one whose words stand for all."""
        return self.comments[0]

    @property
    def tells_much(self) -> bool:
        """Whether a number or a date stands in it: what most often shows who wrote it."""
        return TELLING.search(self.first.body) is not None


def join_alike(comments: Iterable[Comment]) -> list[Alike]:
    """Join comments that differ in signs, spaces and width alone, in the order of the first."""
    found: dict[str, list[Comment]] = {}
    for comment in comments:
        found.setdefault(key_of(comment.body), []).append(comment)
    return [Alike(key, rows) for key, rows in found.items()]


def key_of(body: str) -> str:
    """Return what texts that say the same have in common: letters and digits, as a short digest."""
    folded = unicodedata.normalize("NFKC", body).casefold()
    plain = "".join(sign for sign in folded if sign.isalnum())
    return hashlib.sha256((plain or folded).encode()).hexdigest()[:24]


def list_alike(actor: Actor, *, on: date) -> list[Alike]:
    """Return the comments that wait, joined: of very many the first ones."""
    query = select_comments(actor, CommentState.PENDING, on=on).limit(MOST_JOINED)
    return join_alike(db.session.scalars(query))


@dataclass(frozen=True)
class Decision:
    """What the reviewer decided: who may read it, in which words, and why."""

    state: CommentState
    body: str | None = None
    reason: str | None = None


def review_alike(unit: Unit, keys: Collection[str], decision: Decision, *, now: datetime) -> int:
    """Decide on all that wait and say what some keys stand for; return how many (a step).

    Without words of the reviewer each is released in its own. What somebody else decided meanwhile
    stays as it is. Raises NotDecided.
    """
    is_withheld = decision.state is CommentState.WITHHELD
    if is_withheld and not decision.reason:
        raise NotDecided(REASON_MISSING)
    found = [one for one in list_alike(unit.actor, on=local_day(now)) if one.key in keys]
    rows = [comment for one in found for comment in one.comments]
    if not rows:
        raise NotDecided(N_("Nothing was decided: tick at least one comment that still waits."))
    _decide_all(unit, rows, decision, now)
    return len(rows)


def review_others(unit: Unit, like: Comment, decision: Decision, *, now: datetime) -> int:
    """Decide alike on all others that wait and say the same as a comment; return how many."""
    key = key_of(like.body)
    found = [one for one in list_alike(unit.actor, on=local_day(now)) if one.key == key]
    rows = [comment for one in found for comment in one.comments if comment.id != like.id]
    _decide_all(unit, rows, decision, now)
    return len(rows)


def _decide_all(unit: Unit, rows: Iterable[Comment], decision: Decision, now: datetime) -> None:
    is_withheld = decision.state is CommentState.WITHHELD
    for comment in rows:
        comment.state, comment.reason = decision.state, decision.reason
        comment.released_body = None if is_withheld else decision.body or comment.body
        comment.reviewed_by, comment.reviewed_at = unit.actor.user_id, now
        edited = not is_withheld and comment.released_body != comment.body
        unit.record(Action.COMMENT_REVIEW, comment, state=decision.state.value, edited=edited)


def review_comment(unit: Unit, key: str, decision: Decision, *, now: datetime) -> Comment:
    """Let a comment be read, or not (a step). The rater's own words are kept.

    Raises NotFound out of the actor's scope, or NotDecided.
    """
    query = select(Comment).where(Comment.id == key, reviewable_by(unit.actor, local_day(now)))
    comment = db.session.scalar(query)
    if comment is None:
        raise NotFound
    was_decided = comment.state is not CommentState.PENDING
    is_withheld = decision.state is CommentState.WITHHELD
    if (is_withheld or was_decided) and not decision.reason:
        raise NotDecided(REASON_MISSING)
    if not is_withheld and not decision.body:
        raise NotDecided(N_("Leave the words that may be read, or withhold the comment."))
    comment.state = decision.state
    comment.released_body = None if is_withheld else decision.body
    comment.reason = decision.reason
    comment.reviewed_by, comment.reviewed_at = unit.actor.user_id, now
    edited = not is_withheld and decision.body != comment.body
    unit.record(Action.COMMENT_REVIEW, comment, state=decision.state.value, edited=edited)
    return comment
