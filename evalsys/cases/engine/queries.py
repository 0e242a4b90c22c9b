"""Queries of cases, including the rule who may see which."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.duties import having
from evalsys.cases.engine.kinds import all_kinds, kind_of
from evalsys.cases.engine.models import CaseStep, Evidence, Notice, Party, Subject
from evalsys.cases.engine.parties import is_about, may_hold, others
from evalsys.cases.engine.rules.duties import PERSON, Power
from evalsys.cases.engine.rules.machine import STEP_TAKEN, NoSuchMove
from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.pages import role_words, time_words
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import may_be
from evalsys.organisation.org.models import Section, Staff


def seen_by(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor may see it on a day.

    Everybody sees their own cases once they are notified; each duty sees the kinds it watches,
    within its scope, but never a case about the actor.
    """
    if actor.role is Role.SYSTEM:
        return Subject.id.is_not(None)
    ways: list[ColumnElement[bool]] = []
    if actor.staff_id is not None:
        hidden = [
            and_(Subject.kind == kind.name, Subject.state.in_(kind.unseen))
            for kind in all_kinds().values()
            if kind.unseen
        ]
        ways.append(and_(is_about(actor.staff_id), ~or_(false(), *hidden)))
    ways += [
        and_(others(actor), Subject.kind.in_(_watched(duty)), held)
        for duty, held in may_hold(actor, on).items()
    ]
    return or_(false(), *ways)


def _watched(duty: str) -> list[str]:
    return [kind.name for kind in all_kinds().values() if duty in kind.watchers]


def proposed_by_person(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor's person opened it, by any account."""
    accounts = select(User.id).where(may_be(actor))
    return and_(Subject.opened_by.is_not(None), Subject.opened_by.in_(accounts))


def duties_of(actor: Actor, case: Subject, on: date) -> frozenset[str]:
    """Return the actor's duties in a case on a day; in their own case only that of the person."""
    return duties_among(actor, [case], on)[case.id]


def duties_among(actor: Actor, cases: Sequence[Subject], on: date) -> Mapping[int, frozenset[str]]:
    """Return case id -> the actor's duties as of `duties_of`, in one query."""
    if actor.role is Role.SYSTEM:
        return {case.id: kind_of(case).held for case in cases}
    held = may_hold(actor, on)
    predicates = [is_about(actor.staff_id), proposed_by_person(actor), *held.values()]
    rows = db.session.execute(
        select(Subject.id, *(each.label(f"c{n}") for n, each in enumerate(predicates))).where(
            Subject.id.in_([case.id for case in cases])
        )
    )
    by_case: dict[int, frozenset[str]] = {}
    answers = {row[0]: row[1:] for row in rows}
    for case in cases:
        is_own, is_opener, *holds = answers[case.id]
        duties = frozenset[str](duty for duty, is_held in zip(held, holds, strict=True) if is_held)
        if is_own:
            duties = frozenset({PERSON})
        elif is_opener and kind_of(case).recuses_opener:
            duties -= having(Power.DECIDE)
        by_case[case.id] = duties & kind_of(case).held
    return by_case


def select_cases(
    actor: Actor, *, on: date, kind: str = "", which: str = "", search: str = ""
) -> Select[Subject]:
    """Return the query for the cases that the actor may see, newest first.

    `which` is "live" for open ones, else all.
    """
    query = (
        select(Subject)
        .where(seen_by(actor, on))
        .options(
            joinedload(Subject.owner).joinedload(Party.section).joinedload(Section.organ),
            joinedload(Subject.person).joinedload(Party.staff),
        )
        .order_by(Subject.opened_at.desc(), Subject.id.desc())
    )
    if kind:
        query = query.where(Subject.kind == kind)
    if which == "live":
        query = query.where(Subject.closed_at.is_(None))
    if search:
        query = (
            query.join(Subject.person)
            .join(Party.staff)
            .where(or_(Staff.number == search, Staff.name.contains(search, autoescape=True)))
        )
    return query


def get_case(actor: Actor, case_id: int, *, on: date) -> Subject:
    """Return a case that the actor may see. Raises NotFound."""
    everybody = joinedload(Subject.parties).joinedload(Party.staff)
    query = select_cases(actor, on=on).where(Subject.id == case_id).options(everybody)
    case = db.session.scalars(query).unique().one_or_none()
    if case is None:
        raise NotFound
    return case


def lock_case(case_id: int) -> Subject:
    """Return a case, reloaded and locked for update. Raises NotFound."""
    case = db.session.get(Subject, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotFound
    return case


def list_steps(case: Subject) -> Sequence[CaseStep]:
    """Return the steps of a case, the earliest first."""
    return db.session.scalars(
        select(CaseStep)
        .where(CaseStep.subject_id == case.id)
        .options(joinedload(CaseStep.user))
        .order_by(CaseStep.id)
    ).all()


def find_step(case: Subject, *names: str) -> CaseStep | None:
    """Return the latest step with one of some names, or None."""
    return db.session.scalar(
        select(CaseStep)
        .where(CaseStep.subject_id == case.id, CaseStep.name.in_(names))
        .order_by(CaseStep.id.desc())
        .limit(1)
    )


def takers_of(case: Subject, *names: str) -> Sequence[int | None]:
    """Return the accounts that took the steps of some names; None is the system."""
    taken = (CaseStep.subject_id == case.id, CaseStep.name.in_(names))
    return db.session.scalars(select(CaseStep.by).where(*taken).distinct()).all()


def latest_step(case: Subject) -> CaseStep | None:
    """Return the latest step of a case, or None."""
    return db.session.scalar(
        select(CaseStep).where(CaseStep.subject_id == case.id).order_by(CaseStep.id.desc()).limit(1)
    )


def why_no_move(case: Subject) -> NoSuchMove:
    """Return the error of a step that is not possible now, naming the latest step."""
    latest = latest_step(case)
    if latest is None:
        return NoSuchMove(number=case.number)
    labels = {move.name: move.label for move in kind_of(case).machine.moves}
    return NoSuchMove(
        STEP_TAKEN,
        number=case.number,
        time=time_words(latest.at),
        who=role_words(latest.role),
        step=gettext(labels.get(latest.name, latest.name)),
    )


def list_evidence(case: Subject) -> Sequence[Evidence]:
    """Return the evidence of a case, the earliest first."""
    return db.session.scalars(
        select(Evidence)
        .where(Evidence.subject_id == case.id)
        .options(joinedload(Evidence.user))
        .order_by(Evidence.id)
    ).all()


def select_notices(actor: Actor) -> Select[Notice]:
    """Return the query for the actor's inbox, the newest first."""
    return (
        select(Notice)
        .where(Notice.user_id == actor.user_id)
        .options(joinedload(Notice.subject).joinedload(Subject.person).joinedload(Party.staff))
        .order_by(Notice.at.desc(), Notice.id.desc())
    )


def count_unread(actor: Actor) -> int:
    """Return the number of the actor's unread messages."""
    if actor.user_id is None:
        return 0
    unread = select(func.count()).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    return db.session.scalar(unread) or 0
