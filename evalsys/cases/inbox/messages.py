"""The messages of an account: its inbox, and how many of them are unread."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from flask import has_request_context
from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.models import Notice, Party, Subject
from evalsys.cases.engine.parties import is_about
from evalsys.cases.engine.queries import seen_by
from evalsys.cases.engine.titles import know_title, title_column
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor
from evalsys.core.permissions import Actor
from evalsys.core.reads import read_fact
from evalsys.foundation.accounts.models import User

UNREAD = "unread"  # a fact of each page


def select_notices(actor: Actor) -> Select[Notice]:
    """Return the query for the actor's inbox, the newest first."""
    return (
        select(Notice)
        .where(Notice.user_id == actor.user_id, *not_kept_since(actor))
        .options(joinedload(Notice.subject).joinedload(Subject.person).joinedload(Party.staff))
        .order_by(Notice.at.desc(), Notice.id.desc())
    )


def not_kept_since(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions on `Notice` that no kind keeps its case from the actor by now.

    They may have been told before they were recused: what is kept is in no list since.
    """
    found: list[ColumnElement[bool]] = []
    for kind in all_kinds().values():
        offices = [one for one in kind.duties if one.role is actor.role]
        if kind.kept_from_recused and any(one.name in kind.recuses for one in offices):
            whys = [kind.recuses[one.name](actor) for one in offices if one.name in kind.recuses]
            states = Subject.state.in_(kind.kept_from_recused)
            kept = select(Subject.id).where(Subject.kind == kind.name, states, *whys)
            found.append(Notice.subject_id.not_in(kept))
    return found


class News(NamedTuple):
    """The latest unread message of each case, the newest first, and how many cases have one."""

    notices: Sequence[Notice]
    cases: int


def read_news(actor: Actor, on: date, limit: int) -> News:
    """Return what is new for the actor, in one statement.

    Without cases about themselves, whose messages are tasks (`list_unopened`), and without what is
    not with them any more, which the inbox explains.
    """
    latest = (
        select(func.max(Notice.id))
        .join(Notice.subject)
        .where(
            Notice.user_id == (actor.user_id or 0),
            Notice.read_at.is_(None),
            ~is_about(actor.staff_id),
            seen_by(actor, on),
        )
        .group_by(Notice.subject_id)
    )
    rows = db.session.execute(
        select(Notice, title_column(), func.count().over())
        .join(Notice.subject)
        .where(Notice.id.in_(latest))
        .options(contains_eager(Notice.subject).joinedload(Subject.person).joinedload(Party.staff))
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(limit)
    ).all()
    for notice, title, _cases in rows:
        know_title(notice.subject, title)
    return News([row[0] for row in rows], rows[0][2] if rows else 0)


def unread_fact(user_id: int | None) -> ScalarSelect[int]:
    """Return the subquery that counts the unread messages of an account."""
    unread = (Notice.user_id == (user_id or 0), Notice.read_at.is_(None))
    kept: list[ColumnElement[bool]] = []
    if user_id is not None:
        actor = current_actor() if has_request_context() else None
        if actor is None or actor.user_id != user_id:
            user = db.session.get(User, user_id)
            actor = None if user is None else user.actor
        kept = [] if actor is None else not_kept_since(actor)
    return select(func.count()).where(*unread, *kept).scalar_subquery()


def count_unread(actor: Actor) -> int:
    """Return the number of the actor's unread messages."""
    return int(read_fact(UNREAD, actor.user_id)) if actor.user_id is not None else 0
