"""Every walk through the table of a kind of case: what every machine must hold."""

from collections.abc import Iterator

from evalsys.cases.engine.rules.machine import BACK, Machine, Move

OFTEN = 3  # times that a walk takes the same step
Walk = list[tuple[str, Move, str]]


def walks(machine: Machine) -> list[Walk]:
    """Return all walks from the first state on: (state before, move, state after)."""
    return list(_further(machine, machine.first, machine.first, []))


def _further(machine: Machine, state: str, before: str, walk: Walk) -> Iterator[Walk]:
    done = [move for _, move, _ in walk]
    for move in machine.moves_from(state):
        if done.count(move) < OFTEN:
            target = before if move.target == BACK else move.target
            longer = [*walk, (state, move, target)]
            yield longer
            yield from _further(machine, target, state if move.pauses else before, longer)
