from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.cases.engine.rules.entries import BadEntry, check_entry
from evalsys.cases.engine.rules.machine import Machine, check_conditions
from evalsys.core.errors import DomainError
from evalsys.organisation.periods.rules import parse_period
from evalsys.personnel.chiefs.rules.commendation import COMMENDATION, CommendationFacts
from evalsys.personnel.chiefs.rules.ladder import (
    LADDER,
    LadderFacts,
    burdens_carried,
    held,
    in_time,
    next_low,
)
from evalsys.personnel.duties import Duty
from tests.cases.walks import walks

TODAY = date(2026, 11, 24)


def facts(**values: object) -> LadderFacts:
    return LadderFacts(
        **{
            "today": TODAY,
            "earliest_interview": date(2026, 11, 26),
            **values,
        }  # type: ignore[arg-type]
    )


def test_no_rung_is_skipped_and_none_comes_by_itself() -> None:
    for walk in walks(LADDER):
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
    decisions = [move for move in LADDER.moves if move.name in {"admonish", "decide"}]
    assert len(decisions) == 2
    for move in decisions:
        assert move.duty is Duty.LEADER
        assert {"reasons", "decider", "document"} <= {field.name for field in move.fields}


def test_nobody_is_commended_without_a_notice_and_a_decision() -> None:
    commended = [walk for walk in walks(COMMENDATION) if walk[-1][1].name == "commend"]
    assert commended
    for walk in commended:
        before = [move.name for _, move, _ in walk[:-1]]
        assert before.index("choose") < before.index("publish_notice")
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
    ("more", "holds"),
    [
        ({"since": None}, False),
        ({"since": TODAY}, False),
        ({"since": TODAY, "next_low": "2026-Q4"}, True),
    ],
)
def test_the_next_rung_needs_a_low_period_that_follows(
    name: str, more: dict[str, object], *, holds: bool
) -> None:
    move = next(move for move in LADDER.moves if move.name == name)
    [condition] = check_conditions(move, facts(**more))
    assert condition.holds is holds


@pytest.mark.parametrize(
    ("lows", "since", "found"),
    [
        (["2026-Q1", "2026-Q2"], date(2026, 5, 20), "2026-Q2"),
        # The talk was late: the second quarter had ended, nobody could act on what was said.
        (["2026-Q1", "2026-Q2"], date(2026, 7, 1), None),
        (["2026-Q1", "2026-Q2"], date(2026, 6, 30), "2026-Q2"),
        (["2026-Q1", "2026-Q2", "2026-Q3"], date(2026, 7, 1), "2026-Q3"),
        (["2026-Q1", "2026-Q3"], date(2026, 5, 20), None),  # does not follow directly
        (["2026-Q1", "2026-Q2"], None, None),  # no talk yet
        # The half-year holds the quarter of the talk, and that of the admonition, once more.
        (["2026-Q2", "2026-Q3", "2026-H2", "2026-H1"], date(2026, 11, 10), None),
        (["2026-Q1", "2026-H1"], date(2026, 5, 20), None),
        (["2026-Q2", "2026-H1", "2026-H2"], date(2026, 8, 1), "2026-H2"),
        (["2026-H1", "2026-Q3", "2026-Q2"], date(2026, 8, 1), "2026-Q3"),  # in whatever order
    ],
)
def test_only_what_ended_after_the_talk_counts_as_the_next_low_period(
    lows: list[str], since: date | None, found: str | None
) -> None:
    low = next_low([parse_period(code) for code in lows], since)
    assert (low.code if low else None) == found


@pytest.mark.parametrize(
    ("machine", "names"),
    [(LADDER, ["notice"]), (COMMENDATION, ["choose", "publish_notice", "commend"])],
)
def test_nothing_leaves_the_house_on_a_result_that_is_not_published(
    machine: Machine, names: list[str]
) -> None:
    for name in names:
        move = next(move for move in machine.moves if move.name == name)
        for is_published in (False, True):
            found: object = facts(is_published=is_published)
            if machine is COMMENDATION:
                found = CommendationFacts(TODAY, 1, date(2026, 11, 1), None, is_published)
            assert all(one.holds for one in check_conditions(move, found)) is is_published


@pytest.mark.parametrize(("day", "is_over"), [(23, True), (24, False)])
def test_a_proposal_lapses_after_its_last_day(day: int, *, is_over: bool) -> None:
    by_name = {move.name: move for move in COMMENDATION.moves}
    found = CommendationFacts(TODAY, 1, None, date(2026, 11, day), is_published=True)
    assert all(one.holds for one in check_conditions(by_name["lapse"], found)) is is_over
    assert all(one.holds for one in check_conditions(by_name["choose"], found)) is not is_over


def test_an_interview_is_called_two_working_days_before() -> None:
    with pytest.raises(DomainError, match="or later: the notice comes first"):
        in_time({"held_on": "2026-11-25"}, facts())
    in_time({"held_on": "2026-11-26"}, facts())


def test_an_interview_is_recorded_when_it_was_held() -> None:
    called = facts(called_for=date(2026, 11, 24))
    held({"held_on": "2026-11-24"}, called)
    for day in ("2026-11-23", "2026-11-25"):
        with pytest.raises(DomainError, match="It is recorded when it was held"):
            held({"held_on": day}, called)


def test_an_adjustment_needs_a_majority_and_to_leave_all_as_it_is_does_not() -> None:
    lost = {
        "attendees": "赵立新、李强、王芳、孙伟、周杰、吴敏",
        "entitled": 9, "present": 6, "in_favour": 4, "against": 2, "abstained": 0,
    }  # fmt: skip
    with pytest.raises(DomainError, match="The decision needs more than half of the"):
        burdens_carried({**lost, "measure": "removal"}, None)
    burdens_carried({**lost, "measure": "none"}, None)
    burdens_carried({**lost, "in_favour": 5, "against": 1, "measure": "removal"}, None)


@pytest.mark.parametrize("name", ["close", "end_effect"])
def test_a_term_whose_clock_stands_has_not_run(name: str) -> None:
    move = next(move for move in LADDER.moves if move.name == name)
    assert not check_conditions(move, facts())[0].holds
    ended = facts(follow_up_ends=TODAY, effect_ends=TODAY)
    assert check_conditions(move, ended)[0].holds


@given(st.integers(0, 10), st.dates(date(2026, 11, 1), date(2026, 12, 1)))
def test_a_commendation_waits_for_the_end_of_the_notice(places: int, ends: date) -> None:
    by_name = {move.name: move for move in COMMENDATION.moves}
    found = CommendationFacts(TODAY, places, ends, is_published=True)
    assert all(c.holds for c in check_conditions(by_name["choose"], found)) == (places > 0)
    assert all(c.holds for c in check_conditions(by_name["commend"], found)) == (ends < TODAY)


def test_what_is_no_period_is_none_for_which_somebody_is_commended() -> None:
    [field] = [one for move in COMMENDATION.moves for one in move.fields if one.name == "periods"]
    good = {"periods": "2026 2026-Q3"}
    assert check_entry([field], good) == good
    for text in ("2026-Q5", "2026-Q3 本期"):
        with pytest.raises(BadEntry):
            check_entry([field], {"periods": text})
