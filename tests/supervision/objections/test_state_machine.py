"""Whatever people do with a matter and the objections to its conclusions: what holds always."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.matters.rules import CHECKING, CORRECTING, MATTER
from evalsys.supervision.objections.rules import DECIDING, KIND, OBJECTION
from evalsys.supervision.objections.service import file_objection
from tests.supervision.objections.office import CHANGED, CHECKED, CLOSED, GROUNDS, Objections
from tests.supervision.office import at

ACTORS = ("office", "second", "third", "chief", "head", "handler")
OFFICE = ("office", "second", "third")
NOW = at(CLOSED, 12)
NUMBERS = count(1)
ENTRIES: dict[str, dict[str, Any]] = {
    "close": CHECKED,
    "send_back": {**CHECKED, "missing": "仍未更换。"},
    "feed_back": {"result": "已补齐。", "reply": "已办结。"},
}


class Objecting(RuleBasedStateMachine):
    """A matter that was answered late, and everybody who may do something with it."""

    city: Objections

    def __init__(self) -> None:
        super().__init__()
        self.matter = self.city.opened(self.city.concluded(reference=f"HX-{next(NUMBERS)}"))

    @rule(actor=st.sampled_from(ACTORS))
    def object(self, actor: str) -> None:
        with suppress(DomainError):
            file_objection(getattr(self.city, actor), self.matter, GROUNDS, now=NOW)

    @rule(
        actor=st.sampled_from(ACTORS),
        name=st.sampled_from([move.name for move in OBJECTION.moves]),
        is_excused=st.booleans(),
    )
    def decide(self, actor: str, name: str, *, is_excused: bool) -> None:
        for one in self.objections()[-1:]:
            self.take(actor, one, name, **{**CHANGED, "excused": is_excused})

    @rule(actor=st.sampled_from(ACTORS), name=st.sampled_from([m.name for m in MATTER.moves]))
    def move(self, actor: str, name: str) -> None:
        self.take(actor, self.matter, name, **ENTRIES.get(name, CHANGED))

    @rule(office=st.sampled_from(OFFICE), decider=st.sampled_from(OFFICE))
    def conclude_and_revoke(self, office: str, decider: str) -> None:
        """Take the usual way, so that what is far gets reached."""
        self.take(office, self.matter, "close", **CHECKED)
        self.object("chief")
        self.decide(decider, "revoke", is_excused=False)

    def take(self, actor: str, case: Subject, name: str, **entry: Any) -> None:
        with suppress(DomainError):
            self.city.take(getattr(self.city, actor), case, name, now=NOW, **entry)

    def objections(self) -> list[Subject]:
        query = select(Subject).where(Subject.kind == KIND, Subject.origin_id == self.matter.id)
        return list(db.session.scalars(query.order_by(Subject.id)))

    def steps(self, case: Subject) -> list[CaseStep]:
        query = select(CaseStep).where(CaseStep.subject_id == case.id).order_by(CaseStep.id)
        return list(db.session.scalars(query))

    def loaded(self) -> Subject:
        return db.session.get_one(Subject, self.matter.id, populate_existing=True)

    @invariant()
    def one_objection_to_a_conclusion_by_who_was_supervised(self) -> None:
        own = {self.city.chief.user_id, self.city.head.user_id}
        kept = [one for one in self.objections() if one.state != "withdrawn"]
        assert len({one.grounds["step_id"] for one in kept}) == len(kept)
        assert {one.opened_by for one in self.objections()} <= own

    @invariant()
    def decided_by_nobody_who_checked_before(self) -> None:
        checked = [step for step in self.steps(self.matter) if step.name in CHECKING]
        for one in self.objections():
            for decided in (step for step in self.steps(one) if step.name in DECIDING):
                before = {step.by for step in checked if step.at <= decided.at}
                contested = next(s for s in checked if s.id == one.grounds["step_id"])
                assert contested.by in before
                first = {step.by for step in checked if step.id <= contested.id}
                assert decided.by not in first | {one.opened_by}

    @invariant()
    def each_decision_has_its_effect_and_nothing_else_has(self) -> None:
        done = [
            (s.name, s.entry["objection"]) for s in self.steps(self.matter) if s.name in CORRECTING
        ]
        names = {"changed": "correct", "revoked": "reopen"}
        expected = [(names[o.state], o.number) for o in self.objections() if o.state in names]
        assert sorted(done) == sorted(expected)
        row = get_matter(self.matter)
        db.session.refresh(row)
        excused = [
            s for s in self.steps(self.matter) if s.name in CORRECTING and s.entry.get("excused")
        ]
        assert (row.excused_on is not None) is bool(excused)
        assert len(excused) <= 1

    @invariant()
    def over_exactly_in_a_final_state_with_one_term_before(self) -> None:
        matter = self.loaded()
        assert (matter.closed_at is not None) is (matter.state in MATTER.finals)
        running = select(Deadline.rule).filter_by(subject_id=matter.id, closed_on=None)
        assert len(db.session.scalars(running).all()) == (matter.closed_at is None)


@pytest.fixture
def city(app: Flask) -> Iterator[Objections]:
    with time_machine.travel(NOW, tick=False):
        found = Objections()
        yield found


@pytest.mark.only("sqlite", "the order of steps, not the database")
def test_what_holds_in_any_order(city: Objections) -> None:
    run_state_machine_as_test(
        type("Here", (Objecting,), {"city": city}),
        settings=settings(
            max_examples=15,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
