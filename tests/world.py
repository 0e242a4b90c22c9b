"""A small world for tests that visit every page: two organs, every role, every kind of row.

The own section belongs to the first organ, its sibling too, the foreign one to the second.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import select

from evalsys.cases.deadlines.service import ask_change
from evalsys.cases.engine.models import CaseStep, ChangeKind, Deadline, DeadlineChange, Subject
from evalsys.cases.engine.service import take_step
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.core.sealing import cipher_for
from evalsys.exports.approval.service import ask
from evalsys.exports.models import LargeExport
from evalsys.exports.service import count_persons, request_export
from evalsys.foundation.accounts import agreements
from evalsys.foundation.accounts.models import KeptPost, OneTimeLink, RequestKind, User
from evalsys.foundation.accounts.queries import hash_token
from evalsys.foundation.accounts.sessions.kept import PURPOSE
from evalsys.foundation.jobs.handlers import files_folder
from evalsys.foundation.jobs.models import Job, scope_of
from evalsys.foundation.jobs.rules import JobState
from evalsys.organisation.org.models import Organ, Section, Staff
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.policies.models import PolicyState
from evalsys.personnel.chiefs.service import take_up_low_score
from evalsys.personnel.pool.models import TrainingUnit
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.ratings.ballots.models import Comment, CommentState
from evalsys.ratings.tickets.limits import COLLEAGUES
from evalsys.ratings.tickets.queries import find_at_window, find_turn
from evalsys.ratings.tickets.rules.screens import write_display, write_slot
from evalsys.ratings.tickets.service import issue_tickets, put_on_screen
from evalsys.reform.benchmarks.models import Figure
from evalsys.reform.consultations.models import OpinionKind
from evalsys.results.closing.models import Publication
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.models import BatchState, RosterBatch
from evalsys.scores.models import Result
from evalsys.supervision.hotline.imports.models import HotlineImport, ImportStage
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.visits.models import Visit
from evalsys.supervision.visits.rules import VisitOutcome
from tests.factories import (
    JULY,
    make_case,
    make_chief,
    make_event,
    make_leader,
    make_member_score,
    make_organ,
    make_period,
    make_policy,
    make_result,
    make_section,
    make_section_score,
    make_staff,
    make_user,
    save,
    with_limits,
)
from tests.reform.benchmarks.library import make_benchmark
from tests.reform.consultations.drafts import make_kind
from tests.reform.reductions.matters import make_matter
from tests.remembered import remembered
from tests.roster.rosters import roster

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # Tuesday, 24 November 2026, 10:00 in Shanghai.
TODAY = date(2026, 11, 24)
CLOSED, OPEN = "2026-Q3", "2026-Q4"


TALK = (
    "finding", "hour", "place", "interviewer", "matter", "recorder", "reason", "explanation",
    "requirements", "commitment",
)  # fmt: skip


UNIT: dict[str, Any] = {
    "kind": TrainingKind.STUDY,
    "title": "窗口业务",
    "place": "党校",
    "starts_on": TODAY,
    "ends_on": TODAY,
    "hours": 8,
}


class Place(StrEnum):
    """Where something lies, seen from the own section."""

    OWN = "own"
    SIBLING = "sibling"
    FOREIGN = "foreign"
    MISSING = "missing"


@dataclass(frozen=True)
class Corner:
    """A section with its people and everything that hangs on them."""

    section: Section
    chief: Staff
    member: Staff
    comment: Comment


@dataclass(frozen=True)
class CaseRows:
    """Keys of the rows of a case."""

    deadline_id: int
    change_id: int
    step_id: int


@dataclass(frozen=True)
class World:
    """The corners by place, the accounts by role, and keys of what has no place."""

    corners: dict[Place, Corner]
    users: dict[Role, User]
    city: User
    """A personnel officer without an organ, who sees everything."""
    jobs: dict[Role, Job]
    batches: dict[Place, RosterBatch]
    exports: dict[Place, LargeExport]
    """What a second officer of the own organ, and the office next door, have asked for."""
    cases: dict[Place, Subject]
    """An interview of each chief has been held, and the plan is waited for."""
    stay: Subject
    """Somebody of the own section in the pool; the member of the own corner is the mentor."""
    unit: TrainingUnit
    matter: int
    """A service matter of the own section."""
    job_elsewhere: Job
    result: Result
    draft: int
    link: str
    kept: int
    """A draft of the office of the whole city."""
    asked: int
    """The request for a second factor of the office of the whole city."""
    figure: Figure
    kind: OpinionKind
    code: str
    display: str
    """The address of the screen of the own member, on which one code waits."""
    visits: dict[Place, Visit]
    """A front-line visit of each member."""
    tickets: dict[Place, HotlineTicket]
    """A hotline ticket of each organ."""

    def case_rows(self, place: Place) -> CaseRows:
        """The keys of what hangs on a chief's case."""
        case_id = self.cases[place].id
        deadline = select(Deadline.id).filter_by(subject_id=case_id, rule="plan_wd")
        change = select(DeadlineChange.id).where(DeadlineChange.deadline_id.in_(deadline))
        step = select(CaseStep.id).filter_by(subject_id=case_id, name="interview")
        keys = (db.session.scalars(query).one() for query in (deadline, change, step))
        return CaseRows(*keys)


@remembered
def make_world() -> World:
    """Fill the database."""
    own_organ, other_organ = make_organ(code="SP", name="审批局"), make_organ(code="JT")
    policy = make_policy(with_limits({COLLEAGUES: True}))
    period = make_period(CLOSED, policy, state=PeriodState.PUBLISHED, closed_at=JULY)
    make_period(OPEN, policy)
    results = [make_result(period, version=version) for version in (1, 2)]
    corners = {}
    organs = {Place.OWN: own_organ, Place.SIBLING: own_organ, Place.FOREIGN: other_organ}
    for place, organ in organs.items():
        section = make_section(organ, code=f"S-{place.value}", name=f"{place.value} 科")
        corners[place] = make_corner(section, results)
    save(Publication(result=results[1], agreed_at=JULY))
    users = make_accounts(corners[Place.OWN])
    colleague = make_user(Role.HR, name="colleague", organ_id=other_organ.id)
    officers = {Place.OWN: users[Role.HR], Place.FOREIGN: colleague}
    second = make_user(Role.HR, name="second", organ_id=own_organ.id)
    return World(
        corners,
        users,
        city := make_user(Role.HR, name="city"),
        {role: make_job(user.actor) for role, user in users.items()},
        {place: make_batch(user, corners[place].section) for place, user in officers.items()},
        {place: make_export(user) for place, user in {**officers, Place.OWN: second}.items()},
        {place: make_chief_case(corner) for place, corner in corners.items()},
        stay := make_stay(corners[Place.OWN]),
        save(TrainingUnit(case_id=stay.id, **UNIT)),
        make_matter(corners[Place.OWN].section).id,
        make_job(colleague.actor),
        results[1],
        make_policy(state=PolicyState.DRAFT, adopted_at=None).version,
        make_link(users[Role.STAFF]),
        keep_draft(city),
        make_request(users[Role.SYSADMIN], city),
        make_benchmark(),
        make_kind(),
        *make_tickets(corners[Place.OWN].member),
        visits={place: make_visit(corner, users[Role.STAFF]) for place, corner in corners.items()},
        tickets=make_hotline(organs, users[Role.SUPERVISOR]),
    )


def make_accounts(corner: Corner) -> dict[Role, User]:
    """An account of each role of people."""
    return {role: make_account(role, corner) for role in Role if role is not Role.SYSTEM}


def make_tickets(staff: Staff) -> tuple[str, str]:
    """A ticket for somebody, and one on their screen."""
    return make_code(staff), make_screen(staff)


def make_visit(corner: Corner, user: User) -> Visit:
    """A visit of the member of a corner."""
    visit = Visit(
        key=str(uuid4()),
        user_id=user.id,
        staff_id=corner.member.id,
        section_id=corner.section.id,
        organ_id=corner.section.organ_id,
        visited_on=TODAY,
        place="东港路社区",
        found="自助机运行正常。",
        outcome=VisitOutcome.NOTHING,
        at=NOW,
    )
    return save(visit)


def make_hotline(organs: dict[Place, Organ], user: User) -> dict[Place, HotlineTicket]:
    """A list of tickets that was checked, of each organ one, and a ticket of each."""
    found = {}
    for place, organ in organs.items():
        counts = dict.fromkeys(("rows", "new", "changed", "same", "matters", "error"), 1)
        row = HotlineImport(
            file_name="工单.csv",
            sha256="0" * 64,
            size=1,
            content=b"1",
            stage=ImportStage.CHECKED,
            head={"columns": [{"place": 0, "heading": "编号", "samples": []}], "hidden": "ask"},
            columns={"number": "编号"},
            report={
                **counts,
                "problems": [[2, "number", "", "The cell is empty", {}]],
                "problem_count": 1,
                "changes": [["RX-1", "status", True, False]],
                "change_count": 1,
            },
            written={},
            organ_id=organ.id,
            user_id=user.id,
            created_at=NOW,
        )
        words = {"title": "排队", "says": "称排队", "is_open": True, "changed_at": NOW}
        ticket = HotlineTicket(
            number=f"RX-{place.value}",
            organ_id=organ.id,
            received_on=TODAY,
            import_id=save(row).id,
            **words,
        )
        found[place] = save(ticket)
    return found


def make_corner(section: Section, results: list[Result]) -> Corner:
    """The people of a section with their frozen figures, and a comment."""
    chief, member = make_chief(section), make_staff(section)
    for result in results:
        make_section_score(result, section, chief_id=chief.id)
        make_member_score(result, section, chief, is_chief=True)
        make_member_score(result, section, member)
    comment = Comment(
        id=secrets.token_hex(16),
        base_period=CLOSED,
        section_id=section.id,
        staff_id=member.id,
        body="窗口态度很好",
        state=CommentState.PENDING,
    )
    return Corner(section, chief, member, save(comment))


def make_chief_case(corner: Corner) -> Subject:
    """The case of a chief who was interviewed; a longer term for the plan was asked for."""
    with unit_of_work(SYSTEM) as unit:
        grounds = {"period": CLOSED, "conditions": []}
        case = take_up_low_score(unit, corner.section, corner.chief, grounds, now=NOW)
    talk = dict.fromkeys(TALK, "三楼会议室")
    for name, day in (("verify", 0), ("notice", 0), ("interview", 2)):
        held = {**talk, "held_on": date(2026, 11, 26), "signed": True}
        take_step(SYSTEM, case.id, name, held, now=NOW + timedelta(days=day))
    plan = db.session.scalars(select(Deadline).filter_by(subject_id=case.id, rule="plan_wd")).one()
    asker = make_user(Role.HR, name=f"asker {corner.section.code}")
    ask_change(asker.actor, plan, ChangeKind.EXTEND, "材料较多", now=NOW)
    return case


def make_stay(corner: Corner) -> Subject:
    """A stay in the pool of a further member, with the corner's member as the mentor."""
    person = make_staff(corner.section, name="韩雪")
    return make_case(
        "pool",
        section=corner.section,
        staff=person,
        state="in_training",
        mentor=corner.member,
    )


def make_account(role: Role, own: Corner) -> User:
    """An account of a role, with the scope that goes with the own section."""
    organ = {"organ_id": own.section.organ_id}
    match role:
        case Role.STAFF:
            return make_user(role, name=role.value, staff_id=own.member.id)
        case Role.COUNTER:
            return make_user(role, name=role.value, staff_id=make_staff(name="陈静").id, **organ)
        case Role.CHIEF:
            return make_user(role, name=role.value, staff_id=own.chief.id)
        case Role.LEADER:
            return make_user(role, name=role.value, staff_id=make_leader(own.section).id)
        case Role.HR | Role.SUPERVISOR | Role.DISCIPLINE:
            return make_user(role, name=role.value, **organ)
        case _:
            return make_user(role, name=role.value)


def make_job(actor: Actor, state: JobState = JobState.DONE) -> Job:
    """A job of an actor that has written a file."""
    job = Job(
        kind="closing.run",
        params={"period": CLOSED},
        state=state,
        result={"message": "Done", "file": "file.xlsx"},
        user_id=actor.user_id,
        scope=scope_of(actor),
        created_at=JULY,
    )
    save(job)
    folder = files_folder()
    folder.mkdir(parents=True, exist_ok=True)
    Path(folder / f"{job.id}-file.xlsx").write_bytes(b"PK")
    return job


def make_batch(user: User, section: Section) -> RosterBatch:
    """A roster that somebody has checked and not written yet."""
    file = roster([("900001", "新来的人", section.code)])
    how = Reading("名单.xlsx", local_day(NOW), complete=False)
    batch = check_roster(user.actor, file, how, now=NOW)
    assert batch.state is BatchState.CHECKED
    return batch


def make_export(user: User) -> LargeExport:
    """A workbook that waits for a second person, however few people it names."""
    request = request_export(user.actor, "members", CLOSED, {}, lang="zh", now=NOW)
    return ask(request, count_persons(request), "党组会材料")


def keep_draft(user: User) -> int:
    """What somebody has typed and not sent yet."""
    fields = {"fields": [["reason", "资料未齐"]], "files": [], "draft": True}
    sealed = cipher_for(PURPOSE).encrypt(json.dumps(fields).encode())
    return save(KeptPost(user_id=user.id, path="/inbox", sealed=sealed, kept_at=NOW)).id


def make_request(asker: User, user: User) -> int:
    """What the security administrator is to agree to."""
    lost = "手机丢失"
    return agreements.ask(asker.actor, user, RequestKind.FACTOR, lost, now=NOW).id


def make_link(user: User) -> str:
    """A one-time link that is still good."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(24)).decode()
    until = NOW + timedelta(days=1)
    save(OneTimeLink(token_hash=hash_token(token), user_id=user.id, expires_at=until))
    return token


def make_code(*staff: Staff, on: date = TODAY) -> str:
    """The code of a ticket for a service of today."""
    event = make_event(on, *(person.number for person in staff))
    with unit_of_work(SYSTEM) as unit:
        return issue_tickets(unit, [event], on=on)[0].code


def make_screen(person: Staff) -> str:
    """The token of a screen with an event on it."""
    colleague = find_at_window(person.id, TODAY)
    assert colleague is not None
    with unit_of_work(SYSTEM) as unit:
        put_on_screen(unit, colleague, ["A012"], None, on=TODAY)
    return write_display(secret_key(), person.id)


def slot_of(person: Staff, epoch: int) -> str:
    """The code that stands on somebody's screen in a minute."""
    turn = find_turn(person.id, TODAY)
    assert turn is not None
    return write_slot(secret_key(), turn.id, epoch)


def secret_key() -> bytes:
    """The key with which screens sign their codes."""
    return str(current_app.config["SECRET_KEY"]).encode()
