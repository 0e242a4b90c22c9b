"""Which cases wait for whom, and until when, as SQL predicates.

`next_steps.is_next` is the same rule for one case; a test compares both.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
)

from evalsys.cases.engine.kinds import Kind, all_kinds
from evalsys.cases.engine.models import Deadline, Subject
from evalsys.cases.engine.parties import is_about, may_hold, not_recused, others
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.cases.engine.rules.machine import Move
from evalsys.core.permissions import Actor

Q = TypeVar("Q", bound=Select[Any])


def soft_rules() -> frozenset[str]:
    """Return the terms of every kind that cannot be missed."""
    return frozenset(rule for kind in all_kinds().values() for rule in kind.machine.soft)


def overdue(on: date) -> ColumnElement[bool]:
    """Return the predicate on `Deadline` that it is overdue on a day."""
    return and_(
        Deadline.closed_on.is_(None),
        Deadline.paused_on.is_(None),
        Deadline.due_on < on,
        Deadline.rule.not_in(soft_rules()),
    )


def waits_for(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the next step, or an appointment, is the actor's."""
    held = {duty: and_(others(actor), held) for duty, held in may_hold(actor, on).items()}
    if actor.staff_id is not None:
        held[PERSON] = is_about(actor.staff_id)
    ways: list[ColumnElement[bool]] = []
    for duty, holds in held.items():
        at = [
            and_(
                Subject.kind == kind.name,
                or_(*states),
                *not_recused(actor, duty, kind),
            )
            for kind in all_kinds().values()
            if (states := list(_states(kind, duty, on)))
        ]
        if at:  # States first: the duty needs a subquery on the parties.
            ways.append(and_(or_(*at), holds))
    return or_(false(), *ways)


def _states(kind: Kind, duty: str, on: date) -> Iterable[ColumnElement[bool]]:
    """Yield the predicates under which a step of a duty is the next one in a kind of case."""
    moves = [move for move in kind.machine.moves if duty in move.duties]
    plain: set[str] = set()
    for move in moves:
        here: list[ColumnElement[bool]] = [Subject.state.in_(move.sources)]
        if move.applies in kind.when:
            here.append(kind.when[move.applies])
        limits = list(_limits(kind, move, on))
        if move.after or (move.is_way and len(here + limits) > 1):
            yield and_(*here, *limits)
        elif move.is_way:
            plain.update(move.sources)
        if rights := kind.machine.rights_of(move):
            yield and_(*here, _has_term(rights, Deadline.due_on >= on))
    if duty == PERSON:
        plain.update(kind.machine.appointments)
    if plain:
        yield Subject.state.in_(sorted(plain))


def _limits(kind: Kind, move: Move, on: date) -> Iterable[ColumnElement[bool]]:
    """Yield the predicates on a case's terms for a move to be the next step."""
    if before := kind.machine.before(move):
        yield ~_has_term(before, or_(Deadline.due_on >= on, Deadline.paused_on.is_not(None)))
    if rights := kind.machine.rights_of(move):
        yield ~_has_term(rights, _is_over(on))
    if not move.is_way and move.after:
        yield _has_term(move.after, _is_over(on))


def _is_over(on: date) -> ColumnElement[bool]:
    return and_(Deadline.due_on < on, Deadline.paused_on.is_(None))


def _has_term(rules: Iterable[str], how: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Deadline.subject_id == Subject.id,
        Deadline.closed_on.is_(None),
        Deadline.rule.in_(sorted(rules)),
        how,
    )


def due_for(actor: Actor, on: date) -> ColumnElement[Any]:
    """Return when a case is due for the actor: its nearest duty, or a right of their own."""
    own = and_(
        Deadline.duty == PERSON,
        is_about(actor.staff_id),
        Deadline.due_on >= on,
    )
    return (
        select(func.min(Deadline.due_on))
        .where(
            Deadline.subject_id == Subject.id,
            Deadline.closed_on.is_(None),
            Deadline.paused_on.is_(None),
            or_(Deadline.rule.not_in(soft_rules()), own),
        )
        .correlate(Subject)
        .scalar_subquery()
    )


def mine_first(query: Q, actor: Actor, on: date) -> Q:
    """Order cases: waiting for the actor first, then by due day, then newest.

    As the condition of a CASE the predicate ends where it is decided; SQLite computes all of it
    where it is a value.
    """
    return query.order_by(None).order_by(
        case((waits_for(actor, on), 0), else_=1),
        func.coalesce(due_for(actor, on), date.max),
        Subject.opened_at.desc(),
        Subject.id.desc(),
    )
