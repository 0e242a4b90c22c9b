"""Reads of holds: which sections are held back in a period."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import own_accounts
from evalsys.organisation.org.models import ChiefTerm, LeaderTerm, Posting, Section, Staff
from evalsys.organisation.org.queries import overlaps, select_own_staff
from evalsys.organisation.periods.models import Period
from evalsys.scores.models import Result
from evalsys.scores.queries import is_newest
from evalsys.supervision.holds.models import Hold
from evalsys.supervision.holds.rules import BLOCKING
from evalsys.supervision.holds.words import feature_words

_Own, _Asked, _Head = aliased(Period), aliased(Period), aliased(User)


def holds_in(period_id: int, section_ids: Iterable[int] | None = None) -> dict[int, Subject]:
    """Return section id -> its hold in a period, whatever became of it."""
    query = select(Hold.section_id, Subject).join(Subject, Subject.id == Hold.subject_id)
    query = query.where(Hold.period_id == period_id)
    if section_ids is not None:
        query = query.where(Hold.section_id.in_(list(section_ids)))
    return {row[0]: row[1] for row in db.session.execute(query)}


def blocked_in(period_id: int, section_ids: Iterable[int] | None = None) -> set[int]:
    """Return the sections for which nothing may be proposed in a period.

    A quarter and its half-year have ballots in common: a hold of either holds both back.
    """
    query = select(Hold.section_id).where(_blocks(period_id))
    if section_ids is not None:
        query = query.where(Hold.section_id.in_(list(section_ids)))
    return set(db.session.scalars(query))


def is_held_in(period_id: int) -> ColumnElement[bool]:
    """Return the predicate on `Section` that nothing may be proposed for it in a period."""
    return exists().where(Hold.section_id == Section.id, _blocks(period_id))


def _blocks(period_id: int) -> ColumnElement[bool]:
    """Return the predicate on `Hold` that it holds back what shares days with a period."""
    shared = exists().where(
        _Own.id == Hold.period_id,
        _Asked.id == period_id,
        _Own.starts_on <= _Asked.ends_on,
        _Own.ends_on >= _Asked.starts_on,
    )
    held = exists().where(Subject.id == Hold.subject_id, Subject.state.in_(BLOCKING))
    return and_(shared, held)


def results_held_by(hold: Hold, case: Subject) -> Sequence[Result]:
    """Return the newest results that a hold held back: frozen since it was opened."""
    query = (
        select(Result)
        .join(_Asked, _Asked.id == Result.period_id)
        .join(_Own, _Own.id == hold.period_id)
        .where(_Own.starts_on <= _Asked.ends_on, _Own.ends_on >= _Asked.starts_on)
        .where(is_newest(), Result.created_at >= case.opened_at)
        .order_by(Result.id)
    )
    return db.session.scalars(query).all()


def is_measured(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor was measured in the period of a hold.

    They belonged to the section then, led it, were in charge of it, or headed its organ.
    """
    about = select(Hold.subject_id).join(_Own, _Own.id == Hold.period_id)
    own = select_own_staff(actor)
    ways = [
        about.join(model, model.section_id == Hold.section_id).where(
            model.staff_id.in_(own), overlaps(model, _Own.starts_on, _Own.ends_on)
        )
        for model in (Posting, ChiefTerm, LeaderTerm)
    ]
    headed = (
        about.join(Section, Section.id == Hold.section_id)
        .join(_Head, _Head.organ_id == Section.organ_id)
        .where(_Head.role == Role.LEADER, _Head.id.in_(own_accounts(actor)))
        .where(or_(_Head.disabled_at.is_(None), func.date(_Head.disabled_at) >= _Own.starts_on))
    )
    return or_(*(Subject.id.in_(way.correlate(None)) for way in (*ways, headed)))


def get_hold(case: Subject) -> Hold:
    """Return the data of a hold."""
    return db.session.get_one(Hold, case.id)


def panel_of(case: Subject) -> Mapping[str, Any]:
    """Return the findings of a hold, in words, with where their pictures have the mark."""
    numbers = {one["staff"] for one in case.grounds["findings"] if one["staff"]}
    names = select(Staff.number, Staff.name).where(Staff.number.in_(numbers))
    people = {row[0]: f"{row[1]} {row[0]}" for row in db.session.execute(names)}
    return {
        "findings": [
            {
                **one,
                "person": people.get(one["staff"]),
                "words": feature_words(one),
                "at": _mark(one["z"]),
            }
            for one in case.grounds["findings"]
        ],
        "period": get_hold(case).period,
    }


def _mark(z: str | None) -> float | None:
    """Return where the mark of a picture of 240 points is; 120 is the mean, the band ends at 2."""
    return None if z is None else round(120 + 30 * max(-3.7, min(3.7, float(z))), 1)
