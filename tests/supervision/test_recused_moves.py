"""Over every move of every kind in supervision: a recused person has none of it, by any account."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.models import Notice, Subject
from evalsys.cases.engine.parties import parties
from evalsys.cases.engine.rules.machine import Machine, Move
from evalsys.core.audit import unaudited_unit
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.periods.models import PeriodState
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.holds.models import Hold
from evalsys.supervision.holds.rules import HOLD, KIND
from evalsys.supervision.matters.rules import MATTER
from evalsys.supervision.objections.rules import OBJECTION
from evalsys.supervision.referrals.rules import REFERRAL
from evalsys.supervision.referrals.service import draft_by_hand
from tests.factories import make_period, make_staff, make_user, save
from tests.supervision.coordination.office import Coordinations
from tests.supervision.objections.office import CLOSED, Objections
from tests.supervision.office import Supervision, at
from tests.supervision.referrals.office import Referrals

SignIn = Callable[[User], FlaskClient]
WHY = "its steps are for others here"
ALONE = "Nobody else holds this office today"
DAY = timedelta(days=1)
ROLES = {
    MatterDuty.OFFICE: Role.SUPERVISOR,
    MatterDuty.DRAFTER: Role.SUPERVISOR,
    MatterDuty.DISCIPLINE: Role.DISCIPLINE,
    MatterDuty.CONVENER: Role.LEADER,
}
GROUNDS = {"period": "2026-Q1", "version": 1, "findings": []}
ANSWERING, LEADING = ("handler", "chief"), ("leader", "head")
MACHINES = {"matter": MATTER, "referral": REFERRAL, "objection": OBJECTION, KIND: HOLD}


def judged(machine: Machine) -> Iterator[tuple[Move, MatterDuty]]:
    """The moves that somebody takes for an office, or by which somebody judges."""
    for move in machine.moves:
        if not (move.is_automatic or move.follows):
            yield from ((move, duty) for duty in ROLES if duty in move.duties)


EVERY = [
    (name, move, duty, side)
    for name, machine in MACHINES.items()
    for move, duty in judged(machine)
    # The head of an organ leads every section: what counts there is who answers in person.
    for side in (ANSWERING if duty is MatterDuty.CONVENER else (*ANSWERING, *LEADING))
]


@pytest.fixture(autouse=True)
def noon(app: Flask) -> Iterator[None]:
    with time_machine.travel(at(CLOSED, 12), tick=False):
        yield


def opened(kind: str, move: Move, duty: MatterDuty) -> tuple[Supervision, Subject]:
    """A case at the place of a move, with all who take part in it."""
    city: Supervision
    if kind == KIND:
        city = Supervision()
        facts = {"year": 2026, "serial": 1, "opened_at": at(CLOSED), "grounds": GROUNDS}
        who = parties(city.section, None)
        case = save(Subject(kind=KIND, state=HOLD.first, parties=who, **facts))
        period = make_period("2026-Q1", state=PeriodState.CLOSED, closed_at=at(CLOSED))
        save(Hold(subject_id=case.id, period_id=period.id, section_id=city.section.id))
    elif duty is MatterDuty.CONVENER:
        city = heads = Coordinations()
        case = heads.given(heads.decided())
    elif kind == "referral":
        city = referrals = Referrals()
        case = referrals.sent()
    elif kind == "objection":
        city = objections = Objections()
        case = objections.filed()
    else:
        city = objections = Objections()
        case = objections.concluded() if move.is_note else objections.assigned()
    with unaudited_unit():
        db.session.execute(
            update(Subject).where(Subject.id == case.id).values(state=move.sources[0])
        )
        db.session.expire(case)
    return city, case


def account(city: Supervision, side: str, duty: MatterDuty, case: Subject) -> User:
    """The account by which a side of a matter would judge it."""
    organ_id = city.organ.id if duty is MatterDuty.CONVENER else None
    if side == "head":
        person = make_staff(city.beside)
        make_user(Role.LEADER, organ_id=city.organ.id, staff_id=person.id)
        staff_id: int | None = person.id
    else:
        staff_id = getattr(city, side).staff_id
    own = make_user(ROLES[duty], staff_id=staff_id, organ_id=organ_id)
    if duty is MatterDuty.DRAFTER:  # They drafted it before they had to answer for the matter.
        with unaudited_unit():
            own_case = update(Subject).where(Subject.id == case.id)
            db.session.execute(own_case.values(opened_by=own.id))
            db.session.expire(case)
    return own


@pytest.mark.parametrize(
    ("kind", "move", "duty", "side"),
    [pytest.param(*each, id=f"{each[0]}-{each[1].name}-{each[2]}-{each[3]}") for each in EVERY],
)
def test_a_recused_person_has_no_step_for_an_office(
    sign_in: SignIn, kind: str, move: Move, duty: MatterDuty, side: str
) -> None:
    city, case = opened(kind, move, duty)
    own, other = account(city, side, duty, case), make_user(ROLES[duty], organ_id=city.organ.id)
    client, path = sign_in(own), f"/cases/{case.id}/step/{move.form or move.name}"
    assert client.get(path).status_code == 404
    assert client.post(path, data={}).status_code == 404
    page = client.get(f"/cases/{case.id}?lang=en")
    if case.state in all_kinds()[kind].kept_from_recused:
        assert page.status_code == 404, "it is kept from them"
    else:
        assert page.status_code == 200, "they see it by what they are in it"
        assert path not in page.text
        assert WHY in page.text
    assert own.id not in {user.id for user in holders(case, duty, CLOSED)}
    if duty is not MatterDuty.DRAFTER:  # It is one person alone.
        assert sign_in(other).get(path).status_code != 404
        assert WHY not in sign_in(other).get(f"/cases/{case.id}?lang=en").text


def test_the_lists_and_the_inbox_of_the_office_ask_nothing_of_them(sign_in: SignIn) -> None:
    city = Objections()
    own = make_user(Role.SUPERVISOR, staff_id=city.leader.staff_id)
    case = city.fed_back()
    of_check = select(Notice.user_id).filter_by(subject_id=case.id, topic="moved:fed_back")
    told = set(db.session.scalars(of_check))
    assert own.id not in told
    assert city.second.user_id in told
    link = f"/cases/{case.id}"
    assert link not in sign_in(own).get("/cases?which=mine").text
    asked = "Check with the petitioner"  # What they were told before they had to answer stays.
    assert asked not in sign_in(own).get("/").text
    assert asked in sign_in(city.user(city.second.user_id)).get("/").text
    assert link in sign_in(city.user(city.second.user_id)).get("/cases?which=mine").text


@pytest.mark.parametrize("side", [*ANSWERING, *LEADING])
def test_a_recused_person_ticks_no_matter(sign_in: SignIn, side: str) -> None:
    city, case = opened("matter", MATTER.moves[0], MatterDuty.OFFICE)
    own, other = account(city, side, MatterDuty.OFFICE, case), make_user(Role.SUPERVISOR)
    tick, path = f'name="case" value="{case.id}"', f"/matters/accept?case={case.id}"
    assert tick not in sign_in(own).get("/matters").text
    assert sign_in(own).get(path).status_code == 303
    assert tick in sign_in(other).get("/matters").text
    assert sign_in(other).get(path).status_code == 200


@pytest.mark.parametrize("side", [*ANSWERING, *LEADING])
def test_a_recused_person_drafts_no_referral(side: str) -> None:
    city = Referrals()
    own = account(city, side, MatterDuty.OFFICE, city.matter)
    with pytest.raises(DomainError):
        draft_by_hand(own.actor, city.matter, now=at(CLOSED, 12))
    assert draft_by_hand(city.second.actor, city.matter, now=at(CLOSED, 12)).state == "drafted"


def test_who_sent_a_referral_does_not_answer_it(sign_in: SignIn) -> None:
    city = Referrals()
    sender = make_staff(city.beside)
    case = city.drafted()
    approved: dict[str, Any] = {"reasons": "逾期未办结。", "decider": "孙志强 副秘书长"}
    city.take(make_user(Role.SUPERVISOR, staff_id=sender.id).actor, case, "send", **approved)
    own = sign_in(make_user(Role.DISCIPLINE, staff_id=sender.id))
    assert own.get(f"/cases/{case.id}/step/receive").status_code == 404
    assert sign_in(city.watch).get(f"/cases/{case.id}/step/receive").status_code == 200


def test_the_head_gives_no_task_to_themselves(sign_in: SignIn) -> None:
    city = Coordinations()
    case = city.decided()
    head = make_user(Role.LEADER, staff_id=city.member.id, organ_id=city.organ.id)
    sent = sign_in(head).post(f"/coordination/{case.id}/task?lang=en", data=city.task())
    assert sent.status_code == 422
    assert "does not answer for it" in sent.text
    other = city.task(section="SP02", handler=make_staff(city.beside).number)
    assert sign_in(head).post(f"/coordination/{case.id}/task", data=other).status_code == 303


@pytest.mark.parametrize("side", ANSWERING)
def test_a_leader_agrees_to_no_time_for_themselves(sign_in: SignIn, side: str) -> None:
    city = Objections()
    case = city.assigned()
    own = make_user(Role.LEADER, staff_id=getattr(city, side).staff_id, organ_id=city.organ.id)
    chief = sign_in(city.user(city.chief.user_id))
    [due] = [row for row in case.open_deadlines if row.rule == "hotline_wd"]
    asked = {"kind": "extend", "reason": "材料未齐"}
    assert chief.post(f"/deadlines/{due.id}", data=asked).status_code == 303
    change = f"/deadline-changes/{due.changes[0].id}"
    assert sign_in(own).get(change).status_code == 404
    assert change not in sign_in(own).get(f"/cases/{case.id}").text
    leader = sign_in(city.user(city.leader.user_id))
    assert change in leader.get(f"/cases/{case.id}").text
    assert leader.get(change).status_code == 200


def test_every_kind_in_supervision_that_judges_is_walked_over() -> None:
    recusing = {name for name, kind in all_kinds().items() if MatterDuty.OFFICE in kind.recuses}
    assert recusing == {*MACHINES}


@pytest.mark.parametrize(("duty", "side"), [("office", "chief"), ("convener", "handler")])
def test_where_nobody_else_holds_the_office_the_page_says_how_it_goes_on(
    sign_in: SignIn, duty: str, side: str
) -> None:
    holds = MatterDuty.OFFICE if duty == "office" else MatterDuty.CONVENER
    move = next(move for move, of in judged(MATTER) if of is holds and move.is_way)
    city, case = opened("matter", move, holds)
    own = account(city, side, holds, case)
    others = update(User).where(User.role == own.role, User.id != own.id)
    with unaudited_unit():
        db.session.execute(others.values(disabled_at=at(CLOSED)))
    page, path = f"/cases/{case.id}?lang=en", f"/cases/{case.id}/step/{move.form or move.name}"
    alone = sign_in(own).get(page).text
    assert WHY in alone
    assert ALONE in alone
    deputy = make_user(own.role, organ_id=own.organ_id)
    assert sign_in(deputy).get(path).status_code == 200
    assert ALONE not in sign_in(own).get(page).text


def test_who_headed_the_organ_when_it_was_opened_stays_recused(sign_in: SignIn) -> None:
    city, case = opened("matter", MATTER.moves[0], MatterDuty.OFFICE)
    path = f"/cases/{case.id}/step/accept"
    for left_at, status in ((case.opened_at + DAY, 404), (case.opened_at - DAY, 200)):
        person = make_staff(city.beside)
        ended = {"disabled_at": left_at, "staff_id": person.id}
        make_user(Role.LEADER, organ_id=city.organ.id, **ended)
        own = make_user(Role.SUPERVISOR, staff_id=person.id)
        assert sign_in(own).get(path).status_code == status
