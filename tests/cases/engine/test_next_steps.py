"""What is the next step for whom: the usual way first, a way out only where nobody else acts."""

from evalsys.cases.engine.rules.next_steps import AvailableSteps, available_steps, next_steps
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool.rules.returns import RETURN, ReturnFacts
from tests.personnel.pool.test_rules import TODAY


def seen_by(duty: str, state: str, facts: ReturnFacts) -> AvailableSteps:
    return available_steps(next_steps(RETURN, state, frozenset({duty}), facts))


def names(found: AvailableSteps) -> tuple[str | None, list[str], list[str]]:
    first = found.first.move.name if found.first else None
    return first, [one.move.name for one in found.others], [one.move.name for one in found.way]


def test_the_usual_step_is_the_next_one_and_the_others_stand_beside() -> None:
    facts = ReturnFacts(TODAY, kinds=1)
    found = seen_by(Duty.PROPOSER, "draft", facts)
    assert names(found) == ("propose", ["discard"], ["propose"])
    assert found.first is not None
    assert not found.first.is_ready
    assert len(found.first.lacking) == 1


def test_a_way_out_is_not_the_next_step_while_somebody_else_acts() -> None:
    assert names(seen_by(Duty.PROPOSER, "notified", ReturnFacts(TODAY))) == (
        None, ["withdraw"], ["state"],
    )  # fmt: skip


def test_who_has_no_duty_sees_the_way_alone() -> None:
    assert names(seen_by("mentor", "verified", ReturnFacts(TODAY))) == (None, [], ["talk"])


def test_nothing_is_at_hand_in_a_closed_case() -> None:
    assert names(seen_by(Duty.LEADER, "rejected", ReturnFacts(TODAY))) == (None, [], [])
