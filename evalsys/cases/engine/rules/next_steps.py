"""The steps available in a case: by whom, on which conditions, and the next one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalsys.cases.engine.rules.machine import Condition, Machine, Move, check_conditions


@dataclass(frozen=True)
class Terms:
    """The open terms of a case by rule: live (running or paused), and ended."""

    live: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()


NO_TERMS = Terms()


def is_next(machine: Machine, move: Move, terms: Terms) -> bool:
    """Return whether a move is the next step, whoever takes it.

    Not while a term runs that must end first. After the end of a right the next step is what
    follows it, not its exercise. `inbox.waiting.waits_for` is the same rule in SQL.
    """
    if machine.before(move) & terms.live:
        return False
    if not machine.rights_of(move).isdisjoint(terms.ended):
        return False
    return move.is_way or not terms.ended.isdisjoint(move.after)


def is_open_right(machine: Machine, move: Move, terms: Terms) -> bool:
    """Return whether a move exercises a right whose time is running."""
    return not machine.rights_of(move).isdisjoint(terms.live)


@dataclass(frozen=True)
class NextStep:
    """A move the actor can see: whether it is theirs, and its conditions."""

    move: Move
    is_mine: bool
    conditions: Sequence[Condition]
    is_next: bool = True

    @property
    def is_ready(self) -> bool:
        """Whether all conditions hold."""
        return not self.lacking

    @property
    def lacking(self) -> list[Condition]:
        """The conditions that do not hold."""
        return [condition for condition in self.conditions if not condition.holds]


@dataclass(frozen=True)
class AvailableSteps:
    """The steps of a state: the actor's next one or None, their others, the usual way.

    An exit or detour is never the next step while somebody else's step is on the way.
    """

    first: NextStep | None
    others: Sequence[NextStep]
    way: Sequence[NextStep]


def next_steps(
    machine: Machine, state: str, duties: frozenset[str], facts: Any, terms: Terms = NO_TERMS
) -> list[NextStep]:
    """Return every move of a state that applies to the case, with its conditions.

    The outcomes of a decision are one step; their conditions are shown on its form.
    """
    moves = {
        move.form or move.name: move
        for move in machine.moves_from(state)
        if move.applies(facts) and not (move.is_automatic or move.follows)
    }
    return [
        NextStep(
            machine.shown(move),
            not duties.isdisjoint(move.duties),
            check_conditions(machine.shown(move), facts),
            is_next(machine, move, terms),
        )
        for move in moves.values()
    ]


def barred_duties(steps: Sequence[NextStep], recused: frozenset[str]) -> list[str]:
    """Return the duties that somebody would have a step by, if they were not recused from them."""
    return sorted(recused & {duty for step in steps for duty in step.move.duties})


def available_steps(steps: Sequence[NextStep]) -> AvailableSteps:
    """Sort the steps of a state for the visitor.

    While all wait for a term to end, the usual way is shown with what it lacks.
    """
    way = [step for step in steps if step.is_next] or [step for step in steps if step.move.is_way]
    first = next((step for step in way or steps if step.is_mine and not step.move.is_note), None)
    others = [step for step in steps if step.is_mine and step is not first]
    return AvailableSteps(first, others, way)
