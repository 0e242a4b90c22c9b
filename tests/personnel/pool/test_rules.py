from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.cases.engine.rules.machine import Machine, Move, check_conditions
from evalsys.core.errors import DomainError
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool.rules.returns import RETURN, ReturnFacts, happened
from evalsys.personnel.pool.rules.stays import (
    CRITERIA,
    MEASURES,
    POOL,
    RUNNING,
    StayFacts,
    after_assessment,
    lawful,
    misses,
    reaches,
)
from tests.cases.walks import walks

TODAY = date(2026, 11, 24)
BY_NAME = {move.name: move for move in RETURN.moves}
DECISIONS = {"admit", "move_directly", "reject"}
STAY = {move.name: move for move in POOL.moves}


def test_nobody_is_admitted_without_being_heard_verified_talked_to_and_decided_on() -> None:
    decided = [walk for walk in walks(RETURN) if walk[-1][1].name in DECISIONS]
    assert {walk[-1][1].name for walk in decided} == DECISIONS
    for walk in decided:
        done = [move.name for _, move, _ in walk]
        assert done[0] == "propose"
        assert done[1] == "notify"
        assert done[2] in {"state", "waive", "note_silence"}
        assert done[3:5] == ["verify", "talk"]
        assert len(done) == 6
        decision = walk[-1][1]
        assert decision.duty is Duty.LEADER
        assert {"attendees", "in_favour", "reasons", "document"} <= {
            f.name for f in decision.fields
        }
        assert not RETURN.moves_from(walk[-1][2])


def test_a_stay_is_extended_once_and_ends_in_other_work_or_a_measure() -> None:
    """The table alone; the checks below see to what a table cannot say."""
    for walk in walks(POOL):
        done = [move.name for _, move, _ in walk]
        for later, earlier in (
            ("begin_assessment", "plan"),
            ("reassign", "pass"),
            ("extend", "fail"),
            ("measure", "fail_again"),
            ("settle", "reassign"),
        ):
            if later in done:
                assert earlier in done[: done.index(later)]
        for before, move, after in walk:
            if move.name == "suspend":
                assert before in RUNNING
            if move.name == "resume":
                assert after in RUNNING


@dataclass(frozen=True)
class Whereabouts:
    """Where a person is, the state of the return and of the stay ("" if there is none)."""

    place: str = "active"
    returns: str = ""
    stay: str = ""
    extended: bool = False

    def next(self) -> "Iterator[Whereabouts]":
        """Go on by every move of both tables that the checks let pass."""
        if self.place in {"active", "reassigned"}:
            facts = ReturnFacts(TODAY, kinds=2, is_busy=bool(self.returns or self.stay))
            if all(condition.holds for condition in check_conditions(BY_NAME["propose"], facts)):
                yield replace(self, place="return", returns=RETURN.first)
            return
        machine, state = (POOL, self.stay) if self.place == "pool" else (RETURN, self.returns)
        found = StayFacts(TODAY, 1, 1, self.extended, ends=TODAY, recheck_ends=TODAY)
        for move in machine.moves_from(state):
            if move.name in {"suspend", "resume"}:
                continue
            if machine is RETURN:
                yield self._returned(move.target)
            elif all(condition.holds for condition in check_conditions(move, found)):
                assert not (move.name == "extend" and self.extended)
                yield self._stayed(move)

    def _returned(self, state: str) -> "Whereabouts":
        if state == "admitted":
            return Whereabouts("pool", "", POOL.first)
        if state in RETURN.finals:
            return replace(self, place="active", returns="")
        return replace(self, returns=state)

    def _stayed(self, move: Move) -> "Whereabouts":
        state, extended = move.target, self.extended or move.name == "extend"
        stay = "" if state in {*POOL.finals, "reassigned"} else state
        place = "pool" if stay else "reassigned" if state == "reassigned" else "active"
        return Whereabouts(place, self.returns, stay, extended)


def test_a_person_is_in_one_place_at_a_time() -> None:
    """Active, in a return, in the pool, or reassigned: whatever moves of both tables lead to."""
    found, ahead = {Whereabouts()}, [Whereabouts()]
    while ahead:
        new = set(ahead.pop().next()) - found
        found |= new
        ahead += new
    for one in found:
        both = [bool(one.returns), bool(one.stay)]
        assert both.count(True) == (one.place in {"return", "pool"})
    assert {one.place for one in found} == {"active", "return", "pool", "reassigned"}


@pytest.mark.parametrize(
    "facts",
    [
        ReturnFacts(TODAY, kinds=1),
        ReturnFacts(TODAY, kinds=0),
        ReturnFacts(TODAY, kinds=2, status="Protected: seconded"),
        ReturnFacts(TODAY, kinds=2, shield="Protected: new in the section"),
        ReturnFacts(TODAY, kinds=2, leads=False),
        ReturnFacts(TODAY, kinds=2, cap=1, proposed=1),
        ReturnFacts(TODAY, kinds=2, locked_until=TODAY),
        ReturnFacts(TODAY, kinds=2, is_busy=True),
    ],
)
def test_a_return_is_not_proposed(facts: ReturnFacts) -> None:
    assert not all(condition.holds for condition in check_conditions(BY_NAME["propose"], facts))


def test_a_return_with_two_kinds_of_evidence_is_proposed() -> None:
    assert all(c.holds for c in check_conditions(BY_NAME["propose"], ReturnFacts(TODAY, kinds=2)))


ILL = "Protected: medical treatment (article 89)"


@pytest.mark.parametrize("name", ["propose", "notify", "talk", "admit", "move_directly"])
def test_nothing_more_happens_to_a_protected_person(name: str) -> None:
    facts = ReturnFacts(TODAY, kinds=2, status=ILL)
    assert not all(condition.holds for condition in check_conditions(BY_NAME[name], facts))


@pytest.mark.parametrize(
    "name", ["plan", "begin_assessment", "fail", "extend", "fail_again", "measure"]
)
def test_a_stay_burdens_nobody_who_is_ill(name: str) -> None:
    for status, holds in ((ILL, False), ("", True)):
        again = name == "fail_again"
        facts = StayFacts(TODAY, 1, 1, was_extended=again, ends=TODAY, status=status)
        assert all(condition.holds for condition in check_conditions(STAY[name], facts)) is holds
    assert "suspend" in {move.name for move in POOL.moves_from(STAY[name].sources[0])}


def test_a_shield_stops_the_proposal_alone() -> None:
    facts = ReturnFacts(TODAY, kinds=2, shield="Protected: the personnel office knows why")
    stopped = {m.name for m in RETURN.moves if not all(c.holds for c in check_conditions(m, facts))}
    assert stopped == {"propose", "note_silence"}, "the term for a statement is not over either"


@pytest.mark.parametrize(
    ("ends", "holds"), [(TODAY, False), (date(2026, 11, 23), True), (None, False)]
)
def test_silence_is_noted_only_after_the_term(ends: date | None, holds: bool) -> None:
    facts = ReturnFacts(TODAY, statement_ends=ends)
    assert check_conditions(BY_NAME["note_silence"], facts)[0].holds is holds


@pytest.mark.parametrize(("left", "holds"), [(60, False), (11, False), (10, True), (0, True)])
def test_an_assessment_begins_in_the_last_days_of_the_term(left: int, holds: bool) -> None:
    facts = StayFacts(TODAY, 1, 1, ends=TODAY, left=left, lead=10)
    assert all(c.holds for c in check_conditions(STAY["begin_assessment"], facts)) is holds
    stopped = StayFacts(TODAY, 1, 1, ends=None, left=0, lead=10)
    assert not all(c.holds for c in check_conditions(STAY["begin_assessment"], stopped))


def test_a_new_post_begins_after_the_assessment() -> None:
    facts = StayFacts(TODAY, passed_on=TODAY)
    with pytest.raises(DomainError, match="The first day there is before the assessment"):
        after_assessment({"starts_on": "2026-11-23"}, facts)
    after_assessment({"starts_on": "2026-11-24"}, facts)


def test_a_talk_is_recorded_after_it_was_held() -> None:
    with pytest.raises(DomainError, match="A record is written on the day itself or"):
        happened({"held_on": "2026-11-25"}, ReturnFacts(TODAY))


@given(st.fixed_dictionaries({name: st.integers(0, 100) for name in CRITERIA}))
def test_an_assessment_is_either_passed_or_failed(entry: dict[str, int]) -> None:
    refused = []
    for check in (reaches, misses):
        try:
            check(entry, None)
        except DomainError:
            refused.append(check)
    assert len(refused) == 1


def test_dismissal_is_advised_only_for_who_refuses_other_work() -> None:
    with pytest.raises(DomainError, match="Dismissal may be advised only if the person"):
        lawful({"measure": "dismissal_advice"}, None)
    lawful({"measure": "dismissal_advice", "refuses": True}, None)
    assert len(MEASURES) == 5


@pytest.mark.parametrize(("extended", "name"), [(False, "fail"), (True, "fail_again")])
def test_the_second_failure_is_the_last(extended: bool, name: str) -> None:
    facts = StayFacts(TODAY, 1, 1, was_extended=extended)
    possible = {
        n for n in ("fail", "fail_again") if all(c.holds for c in check_conditions(STAY[n], facts))
    }
    assert possible == {name}


@pytest.mark.parametrize("machine", [RETURN, POOL])
def test_every_state_can_be_reached(machine: Machine) -> None:
    reached, ahead = {machine.first}, [machine.first]
    while ahead:
        for move in machine.moves_from(ahead.pop()):
            if move.target in machine.states and move.target not in reached:
                reached.add(move.target)
                ahead.append(move.target)
    assert reached == set(machine.states)
