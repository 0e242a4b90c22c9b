"""Queries of cases, including the rule who may see which."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import aliased, joinedload

from evalsys.cases.engine.kinds import all_kinds, in_no_title, kind_of
from evalsys.cases.engine.models import CaseStep, Evidence, Notice, Party, Subject
from evalsys.cases.engine.parties import is_about, is_party, may_hold, not_kept, others, recused
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.cases.engine.rules.machine import STEP_TAKEN, NoSuchMove
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, role_words, time_words
from evalsys.core.permissions import Actor, Role
from evalsys.core.reads import know, once
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.org.queries import is_called

_This = aliased(Subject)
_PARTIES = (
    joinedload(Subject.owner).joinedload(Party.section).joinedload(Section.organ),
    joinedload(Subject.owner).joinedload(Party.organ),
    joinedload(Subject.person).joinedload(Party.staff),
)


def seen_by(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor may see it on a day.

    Everybody sees their own cases once they are notified; each duty sees the kinds it watches,
    within its scope, but never a case about the actor, nor what its kind keeps from the recused.
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
        and_(others(actor), Subject.kind.in_(_watched(duty)), held, *not_kept(actor, duty))
        for duty, held in may_hold(actor, on).items()
    ]
    return or_(false(), *ways)


def _watched(duty: str) -> list[str]:
    return [kind.name for kind in all_kinds().values() if duty in kind.watchers]


class Duties(NamedTuple):
    """What somebody is to a case, and what they would be to it if they were not recused."""

    held: frozenset[str]
    recused: frozenset[str] = frozenset()


class DutyQuestions:
    """The columns of a query on `Subject` that yield the actor's duties on a day."""

    def __init__(self, actor: Actor, on: date) -> None:
        self._is_system = actor.role is Role.SYSTEM
        held = {} if self._is_system else may_hold(actor, on)
        self._duties = tuple(held)
        self._is_tied = actor.staff_id is not None
        own = [] if self._is_system else [~others(actor)]
        why = {duty: recused(actor, duty) for duty in held}
        not_theirs = {duty: each for duty, each in why.items() if each is not None}
        self._recusals = tuple(not_theirs)
        conditions = [*own, *held.values(), *not_theirs.values()]
        self.columns = [each.label(f"duty_{n}") for n, each in enumerate(conditions)]

    def read(self, case: Subject, answers: Sequence[bool]) -> Duties:
        """Return the duties in a case; in their own case only that of the person.

        A namesake whose account is tied to no person has none in it.
        """
        if self._is_system:
            return Duties(kind_of(case).held)
        is_own, *each = answers
        if is_own:
            return Duties(frozenset({PERSON} if self._is_tied else ()) & kind_of(case).held)
        number = len(self._duties)
        held = _ticked(self._duties, each[:number]) & kind_of(case).held
        not_theirs = _ticked(self._recusals, each[number:]) & held
        return Duties(held - not_theirs, not_theirs)


def _ticked(names: Sequence[str], answers: Sequence[bool]) -> frozenset[str]:
    return frozenset(name for name, holds in zip(names, answers, strict=True) if holds)


@once
def duties_in(actor: Actor, case: Subject, on: date) -> Duties:
    """Return the actor's duties in a case on a day, with those that recusal keeps from them."""
    asked = DutyQuestions(actor, on)
    query = select(Subject.id, *asked.columns).where(Subject.id == case.id)
    return asked.read(case, db.session.execute(query).one()[1:])


def duties_of(actor: Actor, case: Subject, on: date) -> frozenset[str]:
    """Return the actor's duties in a case on a day; in their own case only that of the person."""
    return duties_in(actor, case, on).held


@once
def has_unread(actor: Actor, case: Subject) -> bool:
    """Return whether the actor has an unread message of a case."""
    return bool(db.session.scalar(select(is_unread(actor)).where(Subject.id == case.id)))


def is_unread(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `Subject` for cases with unread messages of the actor."""
    unread = (Notice.user_id == (actor.user_id or 0), Notice.read_at.is_(None))
    return Subject.id.in_(select(Notice.subject_id).where(*unread))


def select_cases(
    actor: Actor, *, on: date, kind: str = "", which: str = "", search: str = ""
) -> Select[Subject]:
    """Return the query for the cases that the actor may see, newest first.

    `which` is "live" for open ones, else all.
    """
    query = select(Subject).order_by(Subject.opened_at.desc(), Subject.id.desc())
    return query.options(*_PARTIES).where(*_conditions(actor, on, kind, which, search))


def select_ids(
    actor: Actor, *, on: date, kind: str = "", which: str = "", search: str = ""
) -> Select[int]:
    """Return the query for the ids of `select_cases`, to be put in order before they are loaded."""
    return select(Subject.id).where(*_conditions(actor, on, kind, which, search))


def list_cases(case_ids: Sequence[int]) -> list[Subject]:
    """Return cases in the order of their ids, with person and owner loaded."""
    query = select(Subject).options(*_PARTIES).where(Subject.id.in_(case_ids))
    by_id = {case.id: case for case in db.session.scalars(query)} if case_ids else {}
    return [by_id[each] for each in case_ids]


def _conditions(
    actor: Actor, on: date, kind: str, which: str, search: str
) -> Iterator[ColumnElement[bool]]:
    yield seen_by(actor, on)
    if kind:
        yield Subject.kind == kind
    if which == "live":
        yield Subject.closed_at.is_(None)
    if search:
        yield _found(search)


def _found(text: str) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that a text is its number, or in its person or title."""
    people = select(Staff.id).where(is_called(text))
    ways = [is_party(PERSON, Party.staff_id.in_(people))]
    ways += [
        and_(Subject.kind == kind.name, kind.in_title(text))
        for kind in all_kinds().values()
        if kind.in_title is not in_no_title
    ]
    if number := re.fullmatch(r"(\d{4})-(\d{3,9})", text):
        ways.append(and_(Subject.year == int(number[1]), Subject.serial == int(number[2])))
    return or_(*ways)


def get_case(actor: Actor, case_id: int, *, on: date) -> Subject:
    """Return a case that the actor may see. Raises NoResultFound.

    Its parties, its origin, `duties_in` and `has_unread` come in the same query.
    """
    asked = DutyQuestions(actor, on)
    origin = select(_This.origin_id).where(_This.id == case_id).scalar_subquery()
    seen = select(Subject.id).where(Subject.id == origin, seen_by(actor, on)).correlate(None)
    query = (
        select_cases(actor, on=on)
        .where(Subject.id == case_id)
        .options(
            joinedload(Subject.parties).joinedload(Party.staff),
            joinedload(Subject.parties).joinedload(Party.section),
            joinedload(Subject.origin).joinedload(Subject.person).joinedload(Party.staff),
        )
        .add_columns(
            is_unread(actor).label("is_unread"),
            seen.exists().label("sees_origin"),
            *asked.columns,
        )
    )
    row = db.session.execute(query).unique().one()
    case: Subject = row[0]
    unread, is_origin_seen, *answers = row[1:]
    if case.origin_id is not None:
        know(_sees, bool(is_origin_seen), actor, case.origin_id, on)
    know(duties_in, asked.read(case, answers), actor, case, on)
    know(has_unread, bool(unread), actor, case)
    return case


def sees_origin(actor: Actor, case: Subject, on: date) -> bool:
    """Return whether the actor may open the case that a case follows.

    Whoever sees the one sees the other of the same person.
    """
    origin = case.origin
    if origin is None:
        return False
    if origin.concerned is not None:
        return origin.concerned == case.concerned
    return _sees(actor, origin.id, on)


@once
def _sees(actor: Actor, case_id: int, on: date) -> bool:
    seen = select(Subject.id).where(Subject.id == case_id, seen_by(actor, on))
    return db.session.scalar(seen) is not None


def was_open(since: date, until: date) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that it was open on one of some days."""
    start = datetime.combine(since, time(), SHANGHAI)
    end = datetime.combine(until + timedelta(days=1), time(), SHANGHAI)
    return and_(
        Subject.opened_at < end, or_(Subject.closed_at.is_(None), Subject.closed_at >= start)
    )


def lock_case(case_id: int) -> Subject:
    """Return a case, reloaded and locked for update. Raises NoResultFound."""
    return db.session.get_one(Subject, case_id, with_for_update=True, populate_existing=True)


@once
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
    return next((step for step in reversed(list_steps(case)) if step.name in names), None)


def takers_of(case: Subject, *names: str) -> Sequence[int | None]:
    """Return the accounts that took the steps of some names; None is the system."""
    taken = (CaseStep.subject_id == case.id, CaseStep.name.in_(names))
    return db.session.scalars(select(CaseStep.by).where(*taken).distinct()).all()


def latest_step(case: Subject) -> CaseStep | None:
    """Return the latest step of a case, or None."""
    return next(reversed(list_steps(case)), None)


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
        who=role_words(latest.role, latest.user.organ_id if latest.user else None),
        step=gettext(labels.get(latest.name, latest.name)),
    )


@once
def list_evidence(case: Subject) -> Sequence[Evidence]:
    """Return the evidence of a case, the earliest first."""
    return db.session.scalars(
        select(Evidence)
        .where(Evidence.subject_id == case.id)
        .options(joinedload(Evidence.user))
        .order_by(Evidence.id)
    ).all()


def seen_among(actor: Actor, case_ids: Collection[int], on: date) -> set[int]:
    """Return which of some cases the actor may see on a day."""
    query = select(Subject.id).where(Subject.id.in_(case_ids), seen_by(actor, on))
    return set(db.session.scalars(query)) if case_ids else set()
