"""Whatever people do with a coordination and its tasks: what holds in any order."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import count
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.supervision.coordination.rules import COORDINATION, DECIDE
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.rules import HANDLING, MAIN, MATTER, STUDY
from tests.cases.walks import walks
from tests.supervision.coordination.office import UNTIL, Coordinations, matters_of
from tests.supervision.office import NOW

ACTORS = ("head", "chief", "chief_elsewhere", "handler", "leader", "office")
OF_THE_HEAD = frozenset(
    {"decide", "close", "task", "study", "form_force", "call", "withdraw"}
    | {"finish", "redo", "give_up"}
)
GIVING = ("task", "study")
NUMBERS = count(1)
MOVES = sorted({move.name for move in COORDINATION.moves})
OF_TASKS = sorted({move.name for move in MATTER.moves})


class Coordinating(RuleBasedStateMachine):
    """One coordination with its tasks, and everybody who may do something with them."""

    city: Coordinations

    def __init__(self) -> None:
        super().__init__()
        self.id = self.city.taken_up(title=f"企业注销跑{next(NUMBERS)}个窗口").id

    @initialize(is_decided=st.booleans(), tasks=st.integers(0, 2))
    def begin(self, tasks: int, *, is_decided: bool) -> None:
        """Begin anywhere on the usual way."""
        if is_decided:
            self.move("head", "decide")
        for _ in range(tasks):
            self.move("head", "task")

    @rule(actor=st.sampled_from(ACTORS), name=st.sampled_from(MOVES))
    def move(self, actor: str, name: str) -> None:
        self.take(actor, self.case(), name)

    @rule(actor=st.sampled_from(ACTORS), name=st.sampled_from(OF_TASKS))
    def move_task(self, actor: str, name: str) -> None:
        for task in self.tasks()[-1:]:
            self.take(actor, task, name)

    @rule()
    def finish_all(self) -> None:
        """Take the usual way of every task to its end, so that what is far gets reached."""
        for task in self.tasks():
            self.take("head", task, "task")
            self.take("handler", task, "sign")
            self.take("handler", task, "report")
            self.take("head", task, "finish")

    @rule()
    def close(self) -> None:
        self.move("head", "close")

    def take(self, actor: str, case: Subject, name: str) -> None:
        entry = self.city.task() if name == "task" else ENTRIES.get(name, {})
        with suppress(DomainError):
            self.city.take(getattr(self.city, actor), case, name, **entry)

    def case(self) -> Subject:
        return db.session.get_one(Subject, self.id, populate_existing=True)

    def tasks(self) -> list[Subject]:
        return matters_of(self.case())

    def steps(self, case: Subject) -> list[CaseStep]:
        query = select(CaseStep).where(CaseStep.subject_id == case.id).order_by(CaseStep.id)
        return list(db.session.scalars(query))

    def running(self, case: Subject) -> list[Deadline]:
        query = select(Deadline).filter_by(subject_id=case.id, closed_on=None)
        return [term for term in db.session.scalars(query) if term.rule in {*MAIN, DECIDE}]

    @invariant()
    def closed_with_no_open_task_and_nothing_given_afterwards(self) -> None:
        case, tasks = self.case(), self.tasks()
        if case.state in COORDINATION.finals:
            assert case.closed_at is not None
            assert all(task.closed_at is not None for task in tasks)
            assert self.running(case) == []
        else:
            assert case.closed_at is None

    @invariant()
    def every_task_was_given_by_a_step_after_the_decision(self) -> None:
        names = [step.name for step in self.steps(self.case())]
        assert names.count("decide") <= 1
        assert len(self.tasks()) == sum(name in GIVING for name in names)
        if self.tasks():
            assert names.index("decide") < min(names.index(n) for n in GIVING if n in names)
        assert not ("withdraw" in names and self.tasks())

    @invariant()
    def what_is_the_heads_was_done_by_the_head(self) -> None:
        for case in (self.case(), *self.tasks()):
            for step in self.steps(case):
                if step.name in OF_THE_HEAD:
                    assert step.by == self.city.head.user_id, step.name

    @invariant()
    def a_task_is_refused_by_nobody_and_checked_by_the_head_alone(self) -> None:
        for task in self.tasks():
            names = {step.name for step in self.steps(task)}
            assert names.isdisjoint({"refuse", "close", "send_back", "feed_back", "assign"})
            assert any(party.duty == MatterDuty.CONVENER for party in task.parties)
            if "finish" in names:
                assert "report" in names

    @invariant()
    def one_main_term_runs_in_an_open_task_until_the_day_that_was_given(self) -> None:
        for task in self.tasks():
            running = self.running(task)
            assert len(running) == (task.closed_at is None)
            redone = "redo" in {step.name for step in self.steps(task)}
            for term in running:
                if term.rule in {*HANDLING, STUDY} and not redone:
                    assert term.due_on == UNTIL


ENTRIES: dict[str, dict[str, Any]] = {
    "decide": {"conclusion": "一次办清。"},
    "close": {"result": "已办清。"},
    "study": {"title": "公告期限", "demand": "请研究。", "until": UNTIL.isoformat()},
    "form_force": {"force": "注销专班", "members": "1"},
    "call": {"called": "SP02"},
    "state": {"says": "同意。"},
    "note": {"says": "正在推进。"},
    "withdraw": {"reasons": "重复。"},
    "report": {"result": "已实施。"},
    "finish": {"conclusion": "已完成。"},
    "redo": {"missing": "仍缺一项。"},
    "give_up": {"reasons": "不再需要。"},
    "urge": {"demand": "请抓紧。"},
    "supervise": {"demand": "请限期办结。"},
    "contribute": {"says": "已提供。"},
    "refuse": {"reasons": "不属于本科。"},
}


@pytest.fixture
def city(app: Flask) -> Iterator[Coordinations]:
    with time_machine.travel(NOW, tick=False):
        assert local_day(NOW) < UNTIL <= date(2026, 12, 31)
        yield Coordinations()


@pytest.mark.only("sqlite", "no database: the table alone")
def test_no_walk_decides_twice_or_goes_on_after_the_end() -> None:
    for walk in walks(COORDINATION):
        names = [move.name for _, move, _ in walk]
        assert names.count("decide") <= 1
        assert {"close", "withdraw"}.isdisjoint(names[:-1])
        if "close" in names:
            assert "decide" in names


@pytest.mark.only("sqlite", "the order of steps, not the database")
def test_what_holds_in_any_order(city: Coordinations) -> None:
    run_state_machine_as_test(
        type("Here", (Coordinating,), {"city": city}),
        settings=settings(
            max_examples=15,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
