"""What may be done in a case now: by whom, what it needs, and which step is the next one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalsys.cases.engine.rules.machine import Condition, Machine, Move, check_conditions


@dataclass(frozen=True)
class Terms:
    """The open terms of a case by rule: those that run or stand, and those whose end has passed."""

    live: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()


NO_TERMS = Terms()


def is_next(machine: Machine, move: Move, terms: Terms) -> bool:
    """Say whether a move is what is to be done now, whoever does it.

    Not while a term runs that has to end first. The end of somebody's right makes what follows on
    it the next step, in the place of the right. `inbox.waiting.waits_for` asks the database alike.
    """
    if machine.before(move) & terms.live:
        return False
    if not machine.rights_of(move).isdisjoint(terms.ended):
        return False
    return move.is_way or not terms.ended.isdisjoint(move.after)


def is_open_right(machine: Machine, move: Move, terms: Terms) -> bool:
    """Say whether a move is somebody's right and the time for it runs."""
    return not machine.rights_of(move).isdisjoint(terms.live)


@dataclass(frozen=True)
class NextStep:
    """A move that the actor may look at: whether it is theirs, and what it still needs."""

    move: Move
    is_mine: bool
    conditions: Sequence[Condition]
    is_next: bool = True

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands in its way."""
        return not self.lacking

    @property
    def lacking(self) -> list[Condition]:
        """What stands in its way."""
        return [condition for condition in self.conditions if not condition.holds]


@dataclass(frozen=True)
class AvailableSteps:
    """The steps of a state: the actor's next one if there is one, their others, and the usual way.

    What ends or bends the way is never the next step while somebody else's step lies on it.
    """

    first: NextStep | None
    others: Sequence[NextStep]
    way: Sequence[NextStep]


def next_steps(
    machine: Machine, state: str, duties: frozenset[str], facts: Any, terms: Terms = NO_TERMS
) -> list[NextStep]:
    """Return every move of a state that applies to the case, with its conditions.

    The outcomes of one decision are one step: each has its conditions on the form.
    """
    moves = {
        move.form or move.name: move for move in machine.moves_from(state) if move.applies(facts)
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


def available_steps(steps: Sequence[NextStep]) -> AvailableSteps:
    """Sort the steps of a state for who looks at them.

    While everything waits for a term to end, the usual way stands there with what it lacks.
    """
    way = [step for step in steps if step.is_next] or [step for step in steps if step.move.is_way]
    first = next((step for step in way or steps if step.is_mine), None)
    others = [step for step in steps if step.is_mine and step is not first]
    return AvailableSteps(first, others, way)
