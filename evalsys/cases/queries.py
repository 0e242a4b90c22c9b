"""Reads of cases, and the one place that knows who may see which."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from evalsys.accounts.models import User
from evalsys.accounts.second_person import is_second_person, may_be
from evalsys.cases.kinds import all_kinds, kind_of
from evalsys.cases.models import CaseFile, CaseStep, Deadline, Evidence, Notice
from evalsys.cases.rules import Duty
from evalsys.core.errors import NotHere
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor, Role
from evalsys.org.models import ChiefTerm, LeaderTerm, Section, Staff
from evalsys.org.queries import overlaps, select_visible

DECIDING = frozenset({Duty.PERSONNEL, Duty.LEADER})
ROLE_DUTY = {Role.HR: Duty.PERSONNEL, Role.LEADER: Duty.LEADER, Role.CHIEF: Duty.CHIEF}
ACTION_OF = {
    Duty.PERSON: Action.CASE_ANSWER,
    Duty.CHIEF: Action.CASE_PROPOSE,
    Duty.PROPOSER: Action.CASE_PROPOSE,
    Duty.REVIEWER: Action.CASE_PROPOSE,
    Duty.PERSONNEL: Action.CASE_HANDLE,
    Duty.LEADER: Action.CASE_DECIDE,
    Duty.MENTOR: Action.CASE_NOTE,
}


def seen_by(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the condition on `CaseFile` that the actor may see it on a day.

    Everybody sees what concerns themselves, once it is told to them; beyond that each duty sees
    the kinds that it watches, in its scope, but never a case about itself from the other side.
    """
    if actor.role is Role.SYSTEM:
        return CaseFile.id.is_not(None)
    ways: list[ColumnElement[bool]] = []
    if actor.staff_id is not None:
        hidden = [
            and_(CaseFile.kind == kind.name, CaseFile.state.in_(kind.unseen))
            for kind in all_kinds().values()
            if kind.unseen
        ]
        ways.append(and_(CaseFile.staff_id == actor.staff_id, ~or_(false(), *hidden)))
    ways += [
        and_(_others(actor), CaseFile.kind.in_(_watched(duty)), held)
        for duty, held in _duties(actor, on).items()
    ]
    return or_(false(), *ways)


def _others(actor: Actor) -> ColumnElement[bool]:
    return CaseFile.staff_id != (actor.staff_id or 0)


def _watched(duty: Duty) -> list[str]:
    return [kind.name for kind in all_kinds().values() if duty in kind.watchers]


def _duties(actor: Actor, on: date) -> dict[Duty, ColumnElement[bool]]:
    """Return each duty that the actor may hold, with the condition on `CaseFile` that it does."""
    held: dict[Duty, ColumnElement[bool]] = {}
    if actor.role in ROLE_DUTY:
        held[ROLE_DUTY[actor.role]] = CaseFile.section_id.in_(select_visible(actor, on, on))
    if actor.user_id is not None:
        held[Duty.PROPOSER] = CaseFile.opened_by == actor.user_id
    if actor.staff_id is not None:
        held[Duty.MENTOR] = CaseFile.mentor_id == actor.staff_id
    if actor.role is Role.CHIEF:
        held[Duty.REVIEWER] = CaseFile.reviewer_id.in_(select_visible(actor, on, on))
    return held


def waits_for(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the condition on `CaseFile` that the next step is the actor's."""
    ways: list[ColumnElement[bool]] = []
    held = {duty: and_(_others(actor), case) for duty, case in _duties(actor, on).items()}
    if actor.staff_id is not None:
        held[Duty.PERSON] = CaseFile.staff_id == actor.staff_id
    for kind in all_kinds().values():
        recused = _proposed_by_person(actor) if kind.recuses_opener else false()
        for duty, holds in held.items():
            if duty in DECIDING:
                holds = and_(holds, ~recused)  # noqa: PLW2901
            moves = [m for m in kind.machine.moves if duty in m.duties and m.is_way]
            states = {source for move in moves for source in move.sources}
            if states:
                ways.append(and_(CaseFile.kind == kind.name, CaseFile.state.in_(states), holds))
    return or_(false(), *ways)


def _proposed_by_person(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `CaseFile` that the actor proposed it, under whatever account."""
    accounts = select(User.id).where(may_be(actor))
    return and_(CaseFile.opened_by.is_not(None), CaseFile.opened_by.in_(accounts))


def duties_of(actor: Actor, case: CaseFile, on: date) -> frozenset[Duty]:
    """Return what the actor is to a case on a day; about themselves they are the person alone."""
    if actor.role is Role.SYSTEM:
        return frozenset(Duty)
    if actor.staff_id is not None and actor.staff_id == case.staff_id:
        return frozenset({Duty.PERSON})
    held = _duties(actor, on)
    row = db.session.execute(
        select(*(condition.label(duty) for duty, condition in held.items())).where(
            CaseFile.id == case.id
        )
    ).one()
    found = {duty for duty, holds in zip(held, row, strict=True) if holds}
    if kind_of(case).recuses_opener and not is_second_person(actor, case.opened_by):
        found -= DECIDING
    return frozenset(found)


def select_cases(
    actor: Actor, *, on: date, kind: str = "", which: str = "", search: str = ""
) -> Select[CaseFile]:
    """Return the query for the cases that the actor may see, the newest first.

    `which` is "mine" for those that wait for the actor, "live" for open ones, else all.
    """
    query = (
        select(CaseFile)
        .where(seen_by(actor, on))
        .options(joinedload(CaseFile.section).joinedload(Section.organ), joinedload(CaseFile.staff))
        .order_by(CaseFile.opened_at.desc(), CaseFile.id.desc())
    )
    if kind:
        query = query.where(CaseFile.kind == kind)
    if which == "mine":
        query = query.where(waits_for(actor, on))
    elif which == "live":
        query = query.where(CaseFile.closed_at.is_(None))
    if search:
        query = query.join(CaseFile.staff).where(
            or_(Staff.number == search, Staff.name.contains(search, autoescape=True))
        )
    return query


def mine_first(query: Select[CaseFile], actor: Actor, on: date) -> Select[CaseFile]:
    """Put what waits for the actor first, then what is due first, then the newest."""
    due = (
        select(func.min(Deadline.due_on))
        .where(Deadline.case_id == CaseFile.id, Deadline.closed_on.is_(None))
        .where(Deadline.paused_on.is_(None))
        .scalar_subquery()
    )
    return query.order_by(None).order_by(
        waits_for(actor, on).desc(),
        due.is_(None),
        due,
        CaseFile.opened_at.desc(),
        CaseFile.id.desc(),
    )


def get_case(actor: Actor, case_id: int, *, on: date) -> CaseFile:
    """Return a case that the actor may see. Raises NotHere."""
    case = db.session.scalar(select_cases(actor, on=on).where(CaseFile.id == case_id))
    if case is None:
        raise NotHere
    return case


def lock_case(case_id: int) -> CaseFile:
    """Return a case as it stands now, for a write: nobody moves it meanwhile. Raises NotHere."""
    case = db.session.get(CaseFile, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotHere
    return case


def list_steps(case: CaseFile) -> Sequence[CaseStep]:
    """Return what was done in a case, the earliest first."""
    return db.session.scalars(
        select(CaseStep)
        .where(CaseStep.case_id == case.id)
        .options(joinedload(CaseStep.user))
        .order_by(CaseStep.id)
    ).all()


def find_step(case: CaseFile, *names: str) -> CaseStep | None:
    """Return the latest step of one of some names, or None."""
    return db.session.scalar(
        select(CaseStep)
        .where(CaseStep.case_id == case.id, CaseStep.name.in_(names))
        .order_by(CaseStep.id.desc())
        .limit(1)
    )


def takers_of(case: CaseFile, *names: str) -> Sequence[int | None]:
    """Return the accounts that took the steps of some names; None for the system."""
    taken = (CaseStep.case_id == case.id, CaseStep.name.in_(names))
    return db.session.scalars(select(CaseStep.by).where(*taken).distinct()).all()


def list_evidence(case: CaseFile) -> Sequence[Evidence]:
    """Return the evidence of a case, the earliest first."""
    return db.session.scalars(
        select(Evidence)
        .where(Evidence.case_id == case.id)
        .options(joinedload(Evidence.user))
        .order_by(Evidence.id)
    ).all()


def holders(case: CaseFile, duty: Duty, on: date) -> Sequence[User]:
    """Return the accounts of those who hold a duty in a case; recused people are left out."""
    people = select(User).where(User.disabled_at.is_(None), User.role != Role.CITIZEN)
    others = or_(User.staff_id.is_(None), User.staff_id != case.staff_id)
    match duty:
        case Duty.PERSON:
            query = people.where(User.staff_id == case.staff_id)
        case Duty.PERSONNEL:
            organ = case.section.organ_id
            query = people.where(
                User.role == Role.HR, or_(User.organ_id.is_(None), User.organ_id == organ), others
            )
        case Duty.PROPOSER:
            query = people.where(User.id == (case.opened_by or 0))
        case Duty.MENTOR:
            query = people.where(User.staff_id == (case.mentor_id or 0))
        case Duty.CHIEF | Duty.REVIEWER:
            section = case.section_id if duty is Duty.CHIEF else case.reviewer_id or 0
            led = select(ChiefTerm.staff_id).where(
                ChiefTerm.section_id == section, overlaps(ChiefTerm, on, on)
            )
            query = people.where(User.role == Role.CHIEF, User.staff_id.in_(led), others)
        case Duty.LEADER:
            query = people.where(User.role == Role.LEADER, _leads(case, on), others)
    return db.session.scalars(query.order_by(User.id)).all()


def _leads(case: CaseFile, on: date) -> ColumnElement[bool]:
    """Return the condition on `User` that it is in charge of the section, or of its organ."""
    terms = select(LeaderTerm.staff_id).where(
        LeaderTerm.section_id == case.section_id, overlaps(LeaderTerm, on, on)
    )
    return or_(User.organ_id == case.section.organ_id, User.staff_id.in_(terms))


def select_notices(actor: Actor) -> Select[Notice]:
    """Return the query for somebody's inbox, the newest first."""
    return (
        select(Notice)
        .where(Notice.user_id == actor.user_id)
        .options(joinedload(Notice.case).joinedload(CaseFile.staff))
        .order_by(Notice.at.desc(), Notice.id.desc())
    )


def count_unread(actor: Actor) -> int:
    """Return how many messages somebody has not read."""
    if actor.user_id is None:
        return 0
    unread = select(func.count()).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    return db.session.scalar(unread) or 0
