from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings

from evalsys.cases.deadline_queries import open_deadlines
from evalsys.cases.models import CaseFile
from evalsys.cases.queries import list_steps
from evalsys.cases.rules import Move, NotReady
from evalsys.cases.service import take_step
from evalsys.core.errors import NotHere
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.remedies.rules import OUTCOMES, REMEDY
from evalsys.remedies.service import AppliedBefore, TooLate, apply, contestable_steps
from tests.cases.test_service import City
from tests.cases.walks import walks
from tests.factories import make_chief, make_section, make_user

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
DECISION = {
    "outcome": "change",
    "reasons": "情节较轻",
    "decider": "李局长",
    "document": "复〔2026〕1号",
}


@pytest.fixture
def city(app: object) -> City:
    return City()


def step_id(city: City) -> int:
    return list_steps(city.to_interviewed())[-1].id


@settings(max_examples=2_000)
@given(walks(REMEDY))
def test_a_remedy_ends_in_a_decision_or_by_the_applicant(walk: list[tuple[str, Move, str]]) -> None:
    names = [move.name for _, move, _ in walk]
    if walk:
        assert walk[-1][2] in REMEDY.finals
    assert len(names) <= 3
    if "decide_appeal" in names:
        assert {"appeal", "appeal_directly"} & set(names)


def test_no_outcome_makes_it_worse() -> None:
    assert set(OUTCOMES) == {"uphold", "change", "revoke"}


def test_an_interview_can_be_contested_for_thirty_days_and_goes_on_meanwhile(city: City) -> None:
    step = step_id(city)
    [row] = contestable_steps(city.person, on=date(2026, 11, 27))
    assert (row.step.id, row.ends_on, row.is_lawful) == (step, date(2026, 12, 28), False)
    case = apply(city.person, step, "时间不对", now=NOW)
    assert not contestable_steps(city.person, on=date(2026, 11, 27))
    origin = db.session.get_one(CaseFile, case.origin_id)
    assert origin.state == "interviewed"
    assert [d.rule for d in open_deadlines([origin.id])[origin.id]] == ["plan_wd"]


def test_once_and_in_time_and_only_ones_own(city: City) -> None:
    step = step_id(city)
    stranger = make_user(Role.CHIEF, staff_id=make_chief(make_section()).id).actor
    with pytest.raises(NotHere):
        apply(stranger, step, "不服", now=NOW)
    with pytest.raises(TooLate):
        apply(city.person, step, "不服", now=NOW + timedelta(days=40))
    apply(city.person, step, "不服", now=NOW)
    with pytest.raises(AppliedBefore):
        apply(city.person, step, "不服", now=NOW)


def test_an_appeal_runs_fifteen_days_after_the_decision(city: City) -> None:
    case = apply(city.person, step_id(city), "不服", now=NOW)
    take_step(city.leader, case.id, "decide", DECISION, now=NOW)
    [term] = open_deadlines([case.id])[case.id]
    assert (term.rule, term.due_on) == (
        "appeal_d",
        date(2026, 12, 14),
    )  # 12 December is a Saturday.
    with pytest.raises(NotReady):
        take_step(city.hr, case.id, "lapse", {}, now=NOW)
    late = NOW + timedelta(days=20)
    with pytest.raises(NotReady):
        take_step(city.person, case.id, "appeal", {"grounds": "仍不服"}, now=late)
    take_step(city.hr, case.id, "lapse", {}, now=late)
    assert db.session.get_one(CaseFile, case.id).state == "final"
