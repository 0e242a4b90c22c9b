"""Whatever people and system do with a matter and its referrals: what holds in any order."""

from collections.abc import Iterator
from contextlib import suppress
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

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.queries import select_cases
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.matters.rules import MATTER
from evalsys.supervision.referrals.rules import KIND, REFERRAL
from evalsys.supervision.referrals.service import draft_by_hand, draft_referral
from tests.supervision.office import NOW
from tests.supervision.referrals.office import REASONED, Referrals

ENTRIES: dict[str, dict[str, Any]] = {
    "decline": {"reasons": "不属于督办范围。"},
    "refuse": {"reasons": "不属于本科室职责。"},
    "feed_back": {"result": "已补齐。", "reply": "已办结。"},
    "close": {"asked_on": "2026-02-12", "answer": "satisfied", "conclusion": "属实。"},
    "send_back": {"asked_on": "2026-02-12", "answer": "dissatisfied", "missing": "仍未更换。"},
    "contribute": {"says": "已提供。"},
    "urge": {"demand": "请限期办结。"},
    "supervise": {"demand": "请限期办结。"},
    "receive": {"receiver": "吴静"},
}
ACTORS = ("office", "second", "chief", "handler", "watch", "")  # "": the system
NUMBERS = count(1)
MOVES = sorted({move.name for move in MATTER.moves})
ANSWERS = sorted({move.name for move in REFERRAL.moves})


class Matters(RuleBasedStateMachine):
    """One matter, and everybody who may do something with it."""

    city: Referrals

    def __init__(self) -> None:
        super().__init__()
        self.matter = self.city.taken_in(reference=f"HX-{next(NUMBERS)}")

    @rule(actor=st.sampled_from(ACTORS), name=st.sampled_from(MOVES))
    def move(self, actor: str, name: str) -> None:
        entry = ENTRIES.get(name, {})
        if name.startswith("assign"):
            entry = self.city.assignment()
        with suppress(DomainError):
            self.city.take(self.acting(actor), self.matter, name, **entry)

    @initialize(ahead=st.integers(0, 4), is_late=st.booleans(), passed=st.integers(0, 3))
    def begin(self, ahead: int, passed: int, *, is_late: bool) -> None:
        """Begin anywhere on the usual way."""
        for _ in range(ahead):
            self.go_on()
        if is_late:
            self.come_late()
        for _ in range(passed):
            self.pass_on("return_it")

    @rule()
    def go_on(self) -> None:
        """Take the usual way, so that what is far gets reached."""
        people: dict[str, str] = {MatterDuty.OFFICE: "office", MatterDuty.HANDLER: "handler"}
        for step in MATTER.way(self.state())[:1]:
            self.move(
                people.get(step.duty, "chief_beside"),
                "close" if step.name == "check" else step.name,
            )

    @rule()
    def come_late(self) -> None:
        """Let the system warn, urge, supervise and refer."""
        for name in ("near", "urge", "supervise"):
            self.move("", name)
        self.refer(is_system=True)

    @rule(answer=st.sampled_from(("file_clue", "return_it", "open_none")))
    def pass_on(self, answer: str) -> None:
        """Take the usual way of a referral, one step."""
        ways = {"drafted": ("second", "send"), "sent": ("watch", "receive")}
        for one in self.referrals()[-1:]:
            self.answer(*ways.get(one.state, ("watch", answer)))

    @rule(is_system=st.booleans())
    def refer(self, is_system: bool) -> None:  # Drawn by name.
        matter = db.session.get_one(Subject, self.matter.id)
        with suppress(DomainError):
            if not is_system:
                draft_by_hand(self.city.office, matter, now=NOW)
                return
            with unit_of_work(SYSTEM) as unit:
                draft_referral(unit, matter, NOW)

    @rule(actor=st.sampled_from(ACTORS), name=st.sampled_from(ANSWERS))
    def answer(self, actor: str, name: str) -> None:
        for one in self.referrals():
            with suppress(DomainError):
                self.city.take(self.acting(actor), one, name, **ENTRIES.get(name, REASONED))

    def acting(self, name: str) -> Actor:
        actor = getattr(self.city, name) if name else SYSTEM
        return actor if isinstance(actor, Actor) else actor.actor

    def state(self) -> str:
        return db.session.get_one(Subject, self.matter.id, populate_existing=True).state

    def referrals(self) -> list[Subject]:
        query = select(Subject).where(Subject.kind == KIND)
        query = query.where(Subject.origin_id == self.matter.id).order_by(Subject.id)
        return list(db.session.scalars(query))

    def steps(self, case: Subject) -> list[CaseStep]:
        query = select(CaseStep).where(CaseStep.subject_id == case.id).order_by(CaseStep.id)
        return list(db.session.scalars(query))

    @invariant()
    def closed_only_after_feedback_and_check_and_refused_once(self) -> None:
        names = [step.name for step in self.steps(self.matter)]
        assert names.count("refuse") <= 1
        if "close" in names:
            ahead = names[: names.index("close")]
            back = [*reversed(ahead)]
            assert "feed_back" in ahead
            assert "send_back" not in back[: back.index("feed_back")]
            assert {"urge", "near", "supervise"}.isdisjoint(names[names.index("close") :])

    @invariant()
    def referred_only_after_its_levels_and_by_two_people(self) -> None:
        before = self.steps(self.matter)
        referrals = self.referrals()
        assert sum(one.closed_at is None for one in referrals) <= 1
        for one in referrals:
            sent = [step for step in self.steps(one) if step.name == "send"]
            if one.opened_by is None:
                assert {"urge", "supervise"} <= {step.name for step in before}
            elif sent:
                assert sent[0].by not in {one.opened_by, None}

    @invariant()
    def purple_and_seen_by_the_discipline_organ_only_once_sent(self) -> None:
        sent = [one for one in self.referrals() if "send" in [s.name for s in self.steps(one)]]
        matter = get_matter(self.matter)
        db.session.refresh(matter)
        is_with_it = bool(sent) and sent[-1].state != "sent_back"
        assert (matter.referred_on is not None) is is_with_it
        seen = {
            one.id for one in db.session.scalars(select_cases(self.city.watch.actor, on=NOW.date()))
        }
        assert {one.id for one in sent} == seen & {one.id for one in self.referrals()}
        assert (self.matter.id in seen) is bool(sent)


@pytest.fixture
def city(app: Flask) -> Iterator[Referrals]:
    with time_machine.travel(NOW, tick=False):
        yield Referrals()


@pytest.mark.only("sqlite", "the order of steps, not the database")
def test_what_holds_in_any_order(city: Referrals) -> None:
    run_state_machine_as_test(
        type("Here", (Matters,), {"city": city}),
        settings=settings(
            max_examples=20,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
