"""What may be done in a case now: by whom, what it needs, and which step is the next one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalsys.cases.rules import Condition, Duty, Machine, Move, gaps


@dataclass(frozen=True)
class NextStep:
    """A move that the actor may look at: whether it is theirs, and what it still needs."""

    move: Move
    is_mine: bool
    conditions: Sequence[Condition]

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands in its way."""
        return not self.lacking

    @property
    def lacking(self) -> list[Condition]:
        """What stands in its way."""
        return [condition for condition in self.conditions if not condition.holds]


@dataclass(frozen=True)
class AtHand:
    """The steps of a state: the actor's next one if there is one, their others, and the usual way.

    What ends or bends the way is never the next step while somebody else's step lies on it.
    """

    first: NextStep | None
    others: Sequence[NextStep]
    way: Sequence[NextStep]


def next_steps(machine: Machine, state: str, duties: frozenset[Duty], facts: Any) -> list[NextStep]:
    """Return every move of a state that applies to the case, with its conditions."""
    return [
        NextStep(move, not duties.isdisjoint(move.duties), gaps(move, facts))
        for move in machine.moves_from(state)
        if move.applies(facts)
    ]


def at_hand(steps: Sequence[NextStep]) -> AtHand:
    """Sort the steps of a state for who looks at them."""
    way = [step for step in steps if step.move.is_way]
    first = next((step for step in way or steps if step.is_mine), None)
    others = [step for step in steps if step.is_mine and step is not first]
    return AtHand(first, others, way)
