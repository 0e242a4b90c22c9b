"""Walk the table of a kind of case at random: what every machine must hold."""

from hypothesis import strategies as st

from evalsys.cases.engine.rules.machine import BACK, Machine, Move

STEPS = 50


@st.composite
def walks(draw: st.DrawFn, machine: Machine) -> list[tuple[str, Move, str]]:
    """Return up to 50 steps from the first state on: (state before, move, state after)."""
    state, walk, before = machine.first, [], machine.first
    for pick in draw(st.lists(st.integers(0, 99), min_size=STEPS, max_size=STEPS)):
        moves = machine.moves_from(state)
        if not moves:
            break
        move = moves[pick % len(moves)]
        target = before if move.target == BACK else move.target
        walk.append((state, move, target))
        if move.pauses:
            before = state
        state = target
    return walk
