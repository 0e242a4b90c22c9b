from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsys.cases.decisions import NoMajority
from evalsys.cases.rules import Duty, Machine, Move, gaps
from evalsys.chiefs.commendation import COMMENDATION, CommendationFacts
from evalsys.chiefs.rules import (
    LADDER,
    LadderFacts,
    NotYetHeld,
    TooSoon,
    burdens_carried,
    held,
    in_time,
)
from tests.cases.walks import walks

TODAY = date(2026, 11, 24)
Walk = list[tuple[str, Move, str]]


def facts(**values: object) -> LadderFacts:
    return LadderFacts(
        **{
            "today": TODAY,
            "unanswered": 0,
            "follows": False,
            "earliest_interview": date(2026, 11, 26),
            **values,
        }  # type: ignore[arg-type]
    )


@settings(max_examples=2_000)
@given(walks(LADDER))
def test_no_rung_is_skipped_and_none_comes_by_itself(walk: Walk) -> None:
    done = [move.name for _, move, _ in walk]
    for later, earlier in (
        ("notice", "verify"),
        ("interview", "notice"),
        ("file_plan", "interview"),
        ("advise_admonition", "repeat"),
        ("repeat", "interview"),
        ("admonish", "advise_admonition"),
        ("repeat_again", "admonish"),
        ("advise_adjustment", "repeat_again"),
        ("decide", "advise_adjustment"),
    ):
        if later in done:
            assert earlier in done[: done.index(later)]
    for _, move, _ in walk:
        if move.name in {"admonish", "decide"}:
            assert move.duty is Duty.LEADER
            assert {"reasons", "decider", "document"} <= {field.name for field in move.fields}


@settings(max_examples=2_000)
@given(walks(COMMENDATION))
def test_nobody_is_commended_without_a_notice_and_a_decision(walk: Walk) -> None:
    done = [move.name for _, move, _ in walk]
    if "commend" in done:
        before = done[: done.index("commend")]
        assert "publish_notice" in before
        assert before.count("object") == before.count("answer")


@pytest.mark.parametrize("machine", [LADDER, COMMENDATION])
def test_every_state_can_be_reached_and_every_way_ends(machine: Machine) -> None:
    reached, ahead = {machine.first}, [machine.first]
    while ahead:
        for move in machine.moves_from(ahead.pop()):
            if move.target not in reached:
                reached.add(move.target)
                ahead.append(move.target)
    assert reached == set(machine.states)
    assert machine.finals


@pytest.mark.parametrize("name", ["repeat", "repeat_again"])
@pytest.mark.parametrize(
    ("unanswered", "follows", "holds"), [(0, False, False), (1, False, False), (1, True, True)]
)
def test_the_next_rung_needs_a_low_period_that_follows_directly(
    name: str, unanswered: int, follows: bool, holds: bool
) -> None:
    move = next(move for move in LADDER.moves if move.name == name)
    [condition] = gaps(move, facts(unanswered=unanswered, follows=follows))
    assert condition.holds is holds


def test_an_interview_is_called_two_working_days_before() -> None:
    with pytest.raises(TooSoon):
        in_time({"held_on": "2026-11-25"}, facts())
    in_time({"held_on": "2026-11-26"}, facts())


def test_an_interview_is_recorded_when_it_was_held() -> None:
    called = facts(called_for=date(2026, 11, 24))
    held({"held_on": "2026-11-24"}, called)
    for day in ("2026-11-23", "2026-11-25"):
        with pytest.raises(NotYetHeld):
            held({"held_on": day}, called)


def test_an_adjustment_needs_a_majority_and_to_leave_all_as_it_is_does_not() -> None:
    lost = {
        "attendees": "赵立新、李强、王芳、孙伟、周杰、吴敏",
        "entitled": 9, "present": 6, "in_favour": 4, "against": 2, "abstained": 0,
    }  # fmt: skip
    with pytest.raises(NoMajority):
        burdens_carried({**lost, "measure": "removal"}, None)
    burdens_carried({**lost, "measure": "none"}, None)
    burdens_carried({**lost, "in_favour": 5, "against": 1, "measure": "removal"}, None)


@pytest.mark.parametrize("name", ["close", "end_effect"])
def test_a_term_whose_clock_stands_has_not_run(name: str) -> None:
    move = next(move for move in LADDER.moves if move.name == name)
    assert not gaps(move, facts())[0].holds
    ended = facts(follow_up_ends=TODAY, effect_ends=TODAY)
    assert gaps(move, ended)[0].holds


@given(st.integers(0, 10), st.dates(date(2026, 11, 1), date(2026, 12, 1)))
def test_a_commendation_waits_for_the_end_of_the_notice(places: int, ends: date) -> None:
    by_name = {move.name: move for move in COMMENDATION.moves}
    found = CommendationFacts(TODAY, places, ends)
    assert all(c.holds for c in gaps(by_name["publish_notice"], found)) == (places > 0)
    assert all(c.holds for c in gaps(by_name["commend"], found)) == (ends < TODAY)
