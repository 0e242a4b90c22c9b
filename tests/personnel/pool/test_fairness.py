"""What a returned member is owed: protection, time, a clock that stops, and a fair vote."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from evalsys.cases.deadlines.service import agree_change, ask_change
from evalsys.cases.engine.models import ChangeKind, Deadline, Subject
from evalsys.cases.engine.queries import duties_of
from evalsys.cases.engine.rules.entries import BadEntry
from evalsys.cases.engine.rules.machine import NotReady
from evalsys.cases.engine.service import add_evidence, take_step
from evalsys.cases.inbox.waiting import waits_for
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm, Staff, StaffStatus, StatusKind
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool.models import TrainingUnit
from evalsys.personnel.pool.queries import standing_of
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.personnel.pool.service import (
    NotOverYet,
    ResultWritten,
    add_note,
    add_unit,
    draft_return,
    find_returnable,
    finish_unit,
)
from evalsys.scores.models import FrozenSeat
from tests.factories import make_case, make_chief, make_section, make_staff, make_user, save
from tests.personnel.pool.test_service import (
    DECISION,
    GOOD,
    LATER,
    NOW,
    PROPOSAL,
    TALK,
    THERE,
    TODAY,
    VERIFY,
    WITH_PROPOSER,
    City,
)

BAD = {**GOOD, "learning": 10}
MONTHS = timedelta(days=93)


@pytest.fixture
def city(app: object) -> City:
    return City()


def ill(city: City) -> None:
    save(StaffStatus(staff_id=city.member.id, kind=StatusKind.MEDICAL, started_on=TODAY))


def drafted(chief: Actor, number: str, days: int = 0) -> Subject:
    now = NOW + timedelta(days=days)
    case = draft_return(chief, number, now=now)
    for kind in (EvidenceKind.COMPLAINT, EvidenceKind.COACHING):
        add_evidence(chief, case.id, kind, "材料", "见附件", now=now)
    return case


def course(city: City, stay: Subject, day: date, result: str | None = "合格") -> TrainingUnit:
    return add_unit(
        city.hr,
        stay.id,
        kind=TrainingKind.STUDY,
        title="窗口业务",
        place="党校",
        span=(day, day),
        hours=6,
        result=result,
        now=NOW,
    )


def trained(city: City) -> Subject:
    stay = city.admitted()
    city.plan(stay)
    add_note(city.mentor_user, stay.id, "第一周", now=NOW)
    course(city, stay, TODAY)
    return stay


def extended(city: City) -> Subject:
    stay = trained(city)
    take_step(city.hr, stay.id, "begin_assessment", {}, now=LATER)
    take_step(city.hr, stay.id, "fail", BAD, now=LATER)
    paper = {"reasons": "仍需训练", "decider": "局党组", "document": "9号"}
    return take_step(city.leader, stay.id, "extend", paper, now=LATER)


def test_no_talk_and_no_move_of_somebody_who_fell_ill(city: City) -> None:
    case = city.draft()
    for actor, name, entry in (
        (city.chief, "propose", PROPOSAL),
        (city.hr, "notify", {"delivered": "当面"}),
        (city.person, "state", {"statement": "未经培训"}),
        (city.hr, "verify", VERIFY),
    ):
        take_step(actor, case.id, name, entry, now=NOW)
    ill(city)
    with pytest.raises(NotReady, match="medical"):
        take_step(city.hr, case.id, "talk", TALK, now=NOW)


def test_no_direct_move_of_somebody_who_fell_ill_and_a_rejection_is_still_possible(
    city: City,
) -> None:
    case = city.talked()
    ill(city)
    entry = {**DECISION, **THERE, "section": make_section().code}
    with pytest.raises(NotReady, match="medical"):
        take_step(city.leader, case.id, "move_directly", entry, now=NOW)
    take_step(city.leader, case.id, "reject", DECISION, now=NOW)


def test_a_direct_move_names_the_section_and_keeps_the_seat(city: City) -> None:
    case = city.talked()
    with pytest.raises(BadEntry):
        take_step(city.leader, case.id, "move_directly", DECISION, now=NOW)
    entry = {**DECISION, **THERE, "section": city.section.code}
    with pytest.raises(DomainError, match="is not a section that can receive the person:"):
        take_step(city.leader, case.id, "move_directly", entry, now=NOW)
    assert db.session.scalars(select(FrozenSeat)).all() == []
    elsewhere = make_section(city.section.organ)
    take_step(city.leader, case.id, "move_directly", {**entry, "section": elsewhere.code}, now=NOW)
    seat = db.session.scalars(select(FrozenSeat)).one()
    assert (seat.section_id, seat.staff_id) == (city.section.id, city.member.id)


def test_the_vote_names_who_was_there_and_leaves_the_proposer_out(city: City) -> None:
    case = city.talked()
    with pytest.raises(DomainError, match="people who are present and not recused, the"):
        take_step(city.leader, case.id, "admit", {**DECISION, "attendees": "李强"}, now=NOW)
    for name in ("admit", "reject"):
        with pytest.raises(DomainError, match="proposed this and may not be among"):
            take_step(city.leader, case.id, name, WITH_PROPOSER, now=NOW)


def test_a_stopped_clock_does_not_run_out(city: City) -> None:
    case = city.draft()
    take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)
    take_step(city.hr, case.id, "notify", {"delivered": "当面"}, now=NOW)
    deadline = db.session.scalars(select(Deadline).where(Deadline.rule == "statement_wd")).one()
    agree_change(
        city.leader, ask_change(city.hr, deadline, ChangeKind.PAUSE, "住院", now=NOW), now=NOW
    )
    with pytest.raises(NotReady, match="clock stands"):
        take_step(city.hr, case.id, "note_silence", {}, now=NOW + timedelta(days=30))


def test_training_runs_its_time(city: City) -> None:
    stay = trained(city)
    with pytest.raises(NotReady, match="The time in the pool"):
        take_step(city.hr, stay.id, "begin_assessment", {}, now=NOW)
    take_step(city.hr, stay.id, "begin_assessment", {}, now=LATER)


def test_an_extension_is_filled_with_training_and_runs_its_time(city: City) -> None:
    stay = extended(city)
    with pytest.raises(NotReady) as refusal:
        take_step(city.hr, stay.id, "begin_assessment", {}, now=LATER)
    for gap in ("unit of training", "note of the mentor", "The time in the pool"):
        assert gap in str(refusal.value)
    add_note(city.mentor_user, stay.id, "延长期第一周", now=LATER + timedelta(days=7))
    course(city, stay, (LATER + timedelta(days=8)).date(), None)
    unit = db.session.scalars(select(TrainingUnit).order_by(TrainingUnit.id.desc())).first()
    assert unit is not None
    finish_unit(city.hr, unit.id, "合格", now=LATER + timedelta(days=9))
    with pytest.raises(NotReady, match="The time in the pool"):
        take_step(city.hr, stay.id, "begin_assessment", {}, now=LATER + timedelta(days=10))
    take_step(city.hr, stay.id, "begin_assessment", {}, now=LATER + MONTHS)
    take_step(city.hr, stay.id, "fail_again", BAD, now=LATER + MONTHS)
    measure = {**DECISION, "measure": "demotion"}
    entry = {name: value for name, value in measure.items() if name != "attendees"}
    with pytest.raises(BadEntry):
        take_step(city.leader, stay.id, "measure", entry, now=LATER + MONTHS)
    with pytest.raises(DomainError, match="proposed this and may not be among"):
        take_step(city.leader, stay.id, "measure", {**measure, **WITH_PROPOSER}, now=LATER + MONTHS)
    take_step(city.leader, stay.id, "measure", measure, now=LATER + MONTHS)
    assert db.session.get_one(Subject, stay.id).state == "measured"


def test_a_result_is_written_once_and_when_the_training_is_over(city: City) -> None:
    stay = city.admitted()
    city.plan(stay)
    with pytest.raises(NotOverYet):
        course(city, stay, TODAY + timedelta(days=10))
    unit = course(city, stay, TODAY + timedelta(days=10), None)
    with pytest.raises(NotOverYet):
        finish_unit(city.hr, unit.id, "合格", now=NOW)
    finish_unit(city.hr, unit.id, "合格", now=LATER)
    with pytest.raises(ResultWritten):
        finish_unit(city.hr, unit.id, "不合格", now=LATER)
    assert db.session.get_one(TrainingUnit, unit.id).result == "合格"


def test_a_deputy_returns_neither_the_chief_nor_themselves(city: City) -> None:
    deputy = make_staff(city.section)
    actor = make_user(Role.CHIEF, staff_id=deputy.id, section_id=city.section.id).actor
    term = db.session.scalars(select(ChiefTerm).filter_by(section_id=city.section.id)).one()
    chief = db.session.get_one(Staff, term.staff_id)
    for number in (chief.number, deputy.number):
        with pytest.raises(NotFound):
            find_returnable(actor, number, on=TODAY)
    assert find_returnable(actor, city.member.number, on=TODAY)[0].id == city.member.id


def test_the_cap_is_the_chiefs_and_open_proposals_use_it_up(city: City) -> None:
    city.talked()
    later = drafted(city.chief, make_staff(city.section).number, days=380)
    with pytest.raises(NotReady, match="1 of 1"):
        take_step(city.chief, later.id, "propose", PROPOSAL, now=NOW + timedelta(days=380))
    term = db.session.scalars(select(ChiefTerm).filter_by(section_id=city.section.id)).one()
    term.ended_on = TODAY - timedelta(days=1)
    db.session.commit()
    new = make_staff(city.section)
    make_chief(city.section, new, started_on=TODAY)
    actor = make_user(Role.CHIEF, staff_id=new.id).actor
    case = drafted(actor, make_staff(city.section).number)
    take_step(actor, case.id, "propose", PROPOSAL, now=NOW)


def test_what_was_withdrawn_gives_the_place_back(city: City) -> None:
    case = city.talked()
    take_step(city.chief, case.id, "withdraw", {"reasons": "已改进"}, now=NOW)
    again = drafted(city.chief, make_staff(city.section).number)
    take_step(city.chief, again.id, "propose", PROPOSAL, now=NOW)
    assert db.session.get_one(Subject, again.id).state == "proposed"


def test_a_draft_is_proposed_by_who_leads_the_section_still(city: City) -> None:
    case = city.draft()
    term = db.session.scalars(select(ChiefTerm).filter_by(section_id=city.section.id)).one()
    term.ended_on = TODAY - timedelta(days=1)
    db.session.commit()
    with pytest.raises(NotReady, match="leads the section"):
        take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)


def test_a_remedy_filed_after_the_proposal_does_not_end_the_return(city: City) -> None:
    case = city.talked()
    member = db.session.get_one(Staff, city.member.id)
    make_case("remedy", section=city.section, staff=member, grounds={"step_id": 1})
    take_step(city.leader, case.id, "admit", DECISION, now=NOW + timedelta(hours=2))
    assert db.session.get_one(Subject, case.id).state == "admitted"


def test_a_remedy_filed_before_protects_from_the_proposal(city: City) -> None:
    case = city.draft()
    member = db.session.get_one(Staff, city.member.id)
    make_case("remedy", section=city.section, staff=member, grounds={"step_id": 1})
    with pytest.raises(NotReady, match="knows why"):
        take_step(city.chief, case.id, "propose", PROPOSAL, now=NOW)


def test_who_proposed_decides_under_no_other_account(city: City) -> None:
    case = city.talked()
    proposer = db.session.get_one(User, city.chief.user_id)
    twin = make_user(Role.HR, display_name=proposer.display_name, staff_id=proposer.staff_id)
    assert duties_of(twin.actor, case, TODAY).isdisjoint({Duty.PERSONNEL, Duty.LEADER})
    unknown = make_user(Role.HR, display_name=proposer.display_name)
    assert duties_of(unknown.actor, case, TODAY).isdisjoint({Duty.PERSONNEL, Duty.LEADER})
    for actor in (twin.actor, unknown.actor):
        assert list(db.session.scalars(select(Subject).where(waits_for(actor, TODAY)))) == []
    other = make_user(Role.HR).actor
    assert Duty.PERSONNEL in duties_of(other, case, TODAY)


def test_returns_are_counted_for_the_person_whatever_the_account(city: City) -> None:
    case = city.talked()
    proposer = db.session.get_one(User, city.chief.user_id)
    twin = make_user(Role.CHIEF, staff_id=proposer.staff_id)
    for user, proposed in ((twin, 1), (make_user(Role.CHIEF), 0)):
        standing = standing_of(case.staff.id, case.section.id, user.id, TODAY)
        assert standing.proposed == proposed
