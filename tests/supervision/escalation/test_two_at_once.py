"""Two schedulers at once, many matters, a clock that jumps: each level once, none early."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from time import perf_counter

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from evalsys.cases.engine.models import CaseStep, Notice, Subject
from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.supervision.escalation.models import Escalation
from evalsys.supervision.escalation.rules import Level
from evalsys.supervision.escalation.service import escalate
from tests.supervision.escalation.city import fill_matters
from tests.supervision.escalation.test_service import ASSIGNED, DUE, LATE, NEAR, REFERRED
from tests.supervision.office import Supervision, at

FIRST = {Level.NEAR: NEAR, Level.URGED: DUE, Level.SUPERVISED: LATE, Level.REFERRED: REFERRED}
ITEMS, ROUNDS = 500, 20


@pytest.fixture
def office(app: Flask) -> Supervision:
    return Supervision()


def test_two_schedulers_act_on_every_level_of_every_matter_once(
    app: Flask, office: Supervision
) -> None:
    fill_matters(office, ITEMS, ASSIGNED, DUE)
    db.session.remove()
    ready = Barrier(2)

    def work(hour: int, day: date) -> Counter[Level]:
        with app.app_context():
            ready.wait(timeout=60)
            return Counter(escalate(now=at(day, hour)))

    done: Counter[Level] = Counter()
    with ThreadPoolExecutor(2) as hands:
        for number in range(ROUNDS):
            day = [NEAR, DUE, LATE, REFERRED][number * 4 // ROUNDS]
            done += sum(hands.map(work, [10, 10], [day, day]), Counter())
    assert done == dict.fromkeys(Level, ITEMS)
    assert Counter(db.session.scalars(select(Escalation.level))) == dict.fromkeys(Level, ITEMS)
    assert Counter(db.session.scalars(select(CaseStep.name))) == dict.fromkeys(
        ("near", "urge", "supervise"), ITEMS
    )
    assert Counter(db.session.scalars(select(Notice.topic))) == {
        "moved:drafted": ITEMS,
        "done:near": 2 * ITEMS,
        "done:urge": 3 * ITEMS,
        "done:supervise": 4 * ITEMS,
    }
    kinds = Counter(db.session.scalars(select(Subject.kind)))
    assert kinds == {"matter": ITEMS, "referral": ITEMS}


@pytest.mark.only("sqlite", "times are those of one machine")
def test_a_sweep_of_many_matters_in_which_nothing_is_due_is_quick(
    office: Supervision, statements: list[str]
) -> None:
    fill_matters(office, 20_000, ASSIGNED, DUE)
    statements.clear()
    began = perf_counter()
    assert set(escalate(now=at(ASSIGNED)).values()) == {0}
    assert perf_counter() - began < 1
    assert len(statements) <= 8


@pytest.mark.only("sqlite", "the clock is that of the process")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.sampled_from(
            [timedelta(days=1), timedelta(days=400), timedelta(days=-1), timedelta(minutes=-10),
             timedelta(hours=3)]
        ),
        max_size=12,
    )
)  # fmt: skip
def test_a_clock_that_jumps_does_nothing_twice_and_nothing_early(
    office: Supervision, jumps: list[timedelta]
) -> None:
    with unaudited_unit():
        for table in (Escalation, Notice):
            db.session.execute(delete(table))
    if not db.session.scalar(select(Subject.id).limit(1)):
        fill_matters(office, 3, ASSIGNED, DUE)
    now, done = at(ASSIGNED), Counter[Level]()
    for jump in jumps:
        now += jump
        found = escalate(now=now)
        for level, count in found.items():
            assert not count or now.date() >= FIRST[level], "early"
        done.update(found)
    assert all(count in {0, 3} for count in done.values())
    reached = [level for level in Level if done[level]]
    assert reached == list(Level)[: len(reached)], "in their order"
