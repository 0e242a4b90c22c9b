"""The review of comments: no section reads a comment before it is reviewed.

Released comments reach the section in batches; the results pages see to that.
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
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.org.models import ChiefTerm, Posting, Section, Staff
from evalsys.organisation.org.queries import near_sections, select_own_staff, select_visible
from evalsys.ratings.ballots.models import Comment, CommentState

MOST_JOINED = 5_000  # comments that are grouped
TELLING = re.compile(r"\d{3,}|\d+\s*[月日号点:：]|[A-Za-z]+\d|先生|女士")
REASON_MISSING = N_("Say why: the reason stays with the comment.")


class NotDecided(DomainError):
    """Nothing was chosen, or the decision lacks something."""

    status = 422


def reviewable_by(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the predicate on `Comment` that the actor may review it.

    Nobody reads or withholds comments about themselves or about their own section.
    """
    visible = Comment.section_id.in_(select_visible(actor, on, on))
    near = (near_sections(model, actor, on, on) for model in (Posting, ChiefTerm))
    not_near = (Comment.section_id.not_in(sections) for sections in near)
    return and_(visible, Comment.staff_id.not_in(select_own_staff(actor)), *not_near)


def select_comments(actor: Actor, state: CommentState, *, on: date) -> Select[Comment]:
    """Return the comments in a state that the actor may review.

    Within a period they are in the order of their random ids, which reveals nothing.
    """
    return (
        select(Comment)
        .where(Comment.state == state, reviewable_by(actor, on))
        .order_by(Comment.base_period, Comment.id)
    )


def whom_about(comments: Iterable[Comment]) -> dict[str, tuple[str, str]]:
    """Return comment id -> (section, staff number)."""
    rows = list(comments)
    names = _by_id(Section.name, {comment.section_id for comment in rows})
    numbers = _by_id(Staff.number, {comment.staff_id for comment in rows})
    return {one.id: (names[one.section_id], numbers[one.staff_id]) for one in rows}


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
    """Comments with the same text, decided together. `key` is a digest of the text."""

    key: str
    comments: Sequence[Comment]

    @property
    def first(self) -> Comment:
        """The comment shown for all."""
        return self.comments[0]

    @property
    def is_telling(self) -> bool:
        """Whether the text contains a number or date, which often identifies the writer."""
        return TELLING.search(self.first.body) is not None


def join_alike(comments: Iterable[Comment]) -> list[Alike]:
    """Group comments that differ in punctuation, spaces and width only, by first occurrence."""
    groups: dict[str, list[Comment]] = {}
    for comment in comments:
        groups.setdefault(key_of(comment.body), []).append(comment)
    return [Alike(key, rows) for key, rows in groups.items()]


def key_of(body: str) -> str:
    """Return a short digest of the letters and digits of a text."""
    folded = unicodedata.normalize("NFKC", body).casefold()
    plain = "".join(sign for sign in folded if sign.isalnum())
    return hashlib.sha256((plain or folded).encode()).hexdigest()[:24]


def list_alike(actor: Actor, *, on: date) -> list[Alike]:
    """Return the pending comments, grouped; at most MOST_JOINED comments."""
    query = select_comments(actor, CommentState.PENDING, on=on).limit(MOST_JOINED)
    return join_alike(db.session.scalars(query))


@dataclass(frozen=True)
class Decision:
    """The reviewer's decision: who may read the comment, the edited text, the reason."""

    state: CommentState
    body: str | None = None
    reason: str | None = None


def review_alike(unit: Unit, keys: Collection[str], decision: Decision, *, now: datetime) -> int:
    """Decide on all pending comments of some keys; return how many.

    Without an edited text each is released in its own words. Comments decided meanwhile are left as
    they are. Raises NotDecided.
    """
    is_withheld = decision.state is CommentState.WITHHELD
    if is_withheld and not decision.reason:
        raise NotDecided(REASON_MISSING)
    rows = _pending_alike(unit.actor, keys, now)
    if not rows:
        raise NotDecided(N_("Nothing was decided: tick at least one comment that still waits."))
    _decide_all(unit, rows, decision, now)
    return len(rows)


def review_others(unit: Unit, like: Comment, decision: Decision, *, now: datetime) -> int:
    """Decide alike on all other pending comments with the same text; return how many."""
    alike = _pending_alike(unit.actor, {key_of(like.body)}, now)
    rows = [row for row in alike if row.id != like.id]
    _decide_all(unit, rows, decision, now)
    return len(rows)


def _pending_alike(actor: Actor, keys: Collection[str], now: datetime) -> list[Comment]:
    groups = [group for group in list_alike(actor, on=local_day(now)) if group.key in keys]
    return [comment for group in groups for comment in group.comments]


def _decide_all(unit: Unit, rows: Iterable[Comment], decision: Decision, now: datetime) -> None:
    is_withheld = decision.state is CommentState.WITHHELD
    for comment in rows:
        comment.state, comment.reason = decision.state, decision.reason
        comment.released_body = None if is_withheld else decision.body or comment.body
        comment.reviewed_by, comment.reviewed_at = unit.actor.user_id, now
        edited = not is_withheld and comment.released_body != comment.body
        unit.record(Action.COMMENT_REVIEW, comment, state=decision.state.value, edited=edited)


def review_comment(unit: Unit, key: str, decision: Decision, *, now: datetime) -> Comment:
    """Decide on one comment; the original text is kept.

    Raises NoResultFound out of the actor's scope, or NotDecided.
    """
    query = select(Comment).where(Comment.id == key, reviewable_by(unit.actor, local_day(now)))
    comment = db.session.scalars(query).one()
    was_decided = comment.state is not CommentState.PENDING
    is_withheld = decision.state is CommentState.WITHHELD
    if (is_withheld or was_decided) and not decision.reason:
        raise NotDecided(REASON_MISSING)
    if not is_withheld and not decision.body:
        raise NotDecided(N_("Leave the words that may be read, or withhold the comment."))
    _decide_all(unit, [comment], decision, now)
    return comment
