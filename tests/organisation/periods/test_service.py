from datetime import UTC, date, datetime

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import (
    base_codes,
    base_period_of,
    find_period,
    get_period,
    list_periods,
    sealed_among,
)
from evalsys.organisation.periods.rules import TRANSITIONS, BadPeriod, Step, parse_period
from evalsys.organisation.periods.service import move_period, open_period
from evalsys.organisation.policies.models import Policy, PolicyState
from tests.factories import JULY, make_period, make_policy

pytestmark = pytest.mark.usefixtures("app")
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


def open_one(code: str) -> Period:
    with unit_of_work(SYSTEM) as unit:
        return open_period(unit, code, now=NOW)


def test_a_period_opens_under_the_policy_in_force() -> None:
    make_policy()
    policy = make_policy()
    make_policy(state=PolicyState.DRAFT, adopted_at=None)
    period = open_one("2026-q3")
    assert (period.code, period.state, period.policy_id) == ("2026-Q3", PeriodState.OPEN, policy.id)
    assert (period.starts_on, period.ends_on) == (date(2026, 7, 1), date(2026, 9, 30))
    line = db.session.scalars(select(AuditEvent)).one()
    assert (line.action, line.details["code"]) == (Action.PERIOD_OPEN, "2026-Q3")


def test_the_first_period_of_all_adopts_the_default_rules() -> None:
    assert open_one("2026-Q3").policy.state is PolicyState.ADOPTED
    assert open_one("2026-Q4").policy.version == 1
    assert db.session.scalar(select(func.count()).select_from(Policy)) == 1


def test_opening_twice_gives_the_same_period() -> None:
    period = open_one("2026-Q3")
    with unit_of_work(SYSTEM) as unit:
        assert open_period(unit, "2026-Q3", now=NOW).id == period.id
        unit.record(Action.PERIOD_OPEN, "nothing")


def test_a_period_shorter_than_what_ratings_keep_cannot_be_opened(app: Flask) -> None:
    with pytest.raises(DomainError, match="is shorter than the base period"):
        open_one("2026-09")
    app.config["BASE_PERIOD"] = "month"
    assert open_one("2026-09").code == "2026-09"
    assert base_codes(parse_period("2026-Q3")) == ["2026-07", "2026-08", "2026-09"]
    assert base_period_of(date(2026, 9, 30)) == "2026-09"


def test_the_database_knows_each_code_once_and_no_span_backwards() -> None:
    make_period("2026-Q3")
    with pytest.raises(IntegrityError):
        make_period("2026-Q3")
    db.session.rollback()
    with pytest.raises(IntegrityError):
        make_period("2026-Q4", ends_on=date(2026, 10, 1))
    db.session.rollback()


def test_a_period_is_found_as_it_is_typed_or_not_at_all() -> None:
    period = make_period("2026-Q3")
    assert get_period(" 2026-q3 ").id == period.id
    assert find_period("2026-Q4") is None
    with pytest.raises(DomainError, match="was not opened"):
        get_period("2026-Q4")
    with pytest.raises(BadPeriod):
        find_period("third quarter")


def test_base_periods_inside_a_closed_period_are_sealed() -> None:
    make_period("2026-H1", state=PeriodState.CLOSED)
    make_period("2026-Q3")
    assert sealed_among(["2026-Q1", "2026-Q2", "2026-Q3"]) == {"2026-Q1", "2026-Q2"}


def test_periods_are_listed_the_latest_first() -> None:
    for code in ("2026-Q1", "2026-Q3", "2026-Q2"):
        make_period(code)
    make_period("2025", state=PeriodState.CLOSED)
    assert [p.code for p in list_periods()] == ["2026-Q3", "2026-Q2", "2026-Q1", "2025"]
    assert [p.code for p in list_periods(PeriodState.CLOSED)] == ["2025"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.sampled_from(sorted(PeriodState)), st.sampled_from(sorted(Step)))
def test_only_what_stands_in_the_table_moves_a_period(state: PeriodState, step: Step) -> None:
    period = Period(code="2026-Q3", state=state)
    wanted = TRANSITIONS.get((state.value, step))
    if wanted is None:
        with pytest.raises(DomainError, match="this step is not possible any more, or not"):
            move_period(period, step, now=JULY)
        assert period.state is state
        return
    move_period(period, step, now=JULY)
    assert period.state == wanted
    assert (period.closed_at == JULY) is (step is Step.CLOSE)
    assert (period.published_at == JULY) is (step is Step.PUBLISH)
