"""Reminders of many deadlines: kept batch by batch, of what nears, not of what escalates."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from evalsys.cases.deadlines.service import start
from evalsys.cases.engine.kinds import add_kind, kinds_of
from evalsys.cases.engine.models import Notice, Subject
from evalsys.cases.notices import service
from evalsys.cases.notices.service import remind
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.rows import batched
from evalsys.personnel.duties import Duty
from tests.factories import make_case, make_policy, make_user

LAST_DAY = datetime(2026, 12, 8, 2, tzinfo=UTC)


@pytest.fixture
def cases(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Subject]:
    """Three cases whose terms end on 8 December, told of one by one; a fourth has until 2027."""
    make_policy()
    make_user(Role.HR)
    found = [make_case() for _ in range(4)]
    with unit_of_work(SYSTEM) as unit:
        for case in found:
            amount = 90 if case is found[3] else 10
            start(case, "verify_low_wd", Duty.PERSONNEL, date(2026, 11, 24), amount)
        unit.record(Action.CASE_HANDLE, "test")
    monkeypatch.setattr(service, "batched", lambda ids: batched(ids, 1))
    return found[:3]


def told() -> list[int]:
    return list(db.session.scalars(select(Notice.subject_id).order_by(Notice.subject_id)))


def test_what_an_interrupted_run_told_stays_told(
    cases: list[Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, last, whole = [case.id for case in cases], cases[-1].id, service.announce

    def killed(case: Subject, *args: Any, **kwargs: Any) -> int:
        if case.id == last:
            raise KeyboardInterrupt
        return whole(case, *args, **kwargs)

    monkeypatch.setattr(service, "announce", killed)
    with pytest.raises(KeyboardInterrupt):
        remind(now=LAST_DAY)
    assert told() == ids[:2]
    monkeypatch.setattr(service, "announce", whole)
    assert remind(now=LAST_DAY) == 1
    assert told() == ids


def test_a_term_that_escalates_is_left_to_its_levels(app: Flask, cases: list[Subject]) -> None:
    kinds = kinds_of(app)
    kinds["chief"] = replace(kinds["chief"], escalated=frozenset({"verify_low_wd"}))
    assert remind(now=LAST_DAY) == 0


def test_only_a_term_of_the_kind_can_escalate(app: Flask) -> None:
    strange = replace(kinds_of(app)["chief"], name="other", escalated=frozenset({"plan_months"}))
    with pytest.raises(ValueError, match="other escalates terms that it does not have"):
        add_kind(app, strange)
