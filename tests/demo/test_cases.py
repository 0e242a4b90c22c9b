"""The cases of the demo city: lawful in every step, and each page and letter of them opens."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.kinds import all_kinds, kind_of
from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.cases.engine.rules.entries import check_entry
from evalsys.cases.engine.rules.machine import STAY, Move
from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import User
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from tests.bench.city.copies import WANTED, list_families
from tests.demo.city import NOW, demo_city
from tests.papers import papers_of

SignIn = Callable[[User], FlaskClient]


def lines() -> Iterator[tuple[Subject, CaseStep, Move]]:
    """Each step of the demo with its case and the line of the table."""
    cases = {case.id: case for case in db.session.scalars(select(Subject))}
    for step in db.session.scalars(select(CaseStep).order_by(CaseStep.id)):
        case = cases[step.subject_id]
        move = kind_of(case).machine.move(step.source, step.name)
        assert move is not None, (case.kind, step.source, step.name)
        yield case, step, move


@pytest.fixture
def city(app: object) -> None:
    demo_city()


@pytest.mark.usefixtures("city")
def test_every_state_is_there_and_every_step_is_lawful() -> None:
    found = {(case.kind, case.state) for case in db.session.scalars(select(Subject))}
    assert found == {(k.name, state) for k in all_kinds().values() for state in k.machine.states}

    for case, step, move in lines():
        assert check_entry(move.fields, step.entry) == step.entry, (case.kind, move.name)
        assert step.target in {move.target, "back"} or move.target == STAY
        assert case.opened_at <= step.at <= NOW

    # `make bench` copies these cases for other people.
    assert {family.kind for family in list_families()} == set(WANTED)

    stays = db.session.scalars(select(Subject).where(Subject.kind == "pool")).all()
    noted = set(db.session.scalars(select(MentorNote.case_id)))
    taught = set(db.session.scalars(select(TrainingUnit.case_id)))
    for stay in stays:
        origin = db.session.get_one(Subject, stay.origin_id)
        assert (origin.kind, origin.state, origin.staff_id) == ("return", "admitted", stay.staff_id)
        assert origin.closed_at == stay.opened_at
        if stay.state not in {"handover", "suspended"}:
            mentor = stay.named("mentor")
            assert mentor is not None
            assert mentor.id != stay.staff_id
            assert stay.id in taught
    assert noted

    open_ones = db.session.scalars(select(Deadline).where(Deadline.closed_on.is_(None)))
    assert all(deadline.subject.closed_at is None for deadline in open_ones)


@pytest.mark.usefixtures("city")
def test_every_page_and_letter_opens(sign_in: SignIn) -> None:
    office, supervisors = (
        sign_in(db.session.scalars(select(User).where(User.name == name)).one())
        for name in ("hr", "ducha")
    )
    for case in db.session.scalars(select(Subject)).all():
        reader = office if case.concerned else supervisors
        assert reader.get(f"/cases/{case.id}").status_code == 200, (case.kind, case.state)
    papers = {
        (case.kind, step.name, paper.is_form): (
            office if case.concerned else supervisors,
            f"/cases/{case.id}/%s/{step.id}",
        )
        for case, step, _ in lines()
        for paper in papers_of(case.kind, step.name)
    }
    for key, (reader, path) in papers.items():
        assert reader.get(path % ("form" if key[2] else "letter")).status_code == 200, key
