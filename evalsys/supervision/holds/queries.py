"""Reads of holds: which sections are held back in a period."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Posting, Section, Staff
from evalsys.organisation.org.queries import overlaps, select_own_staff
from evalsys.organisation.periods.models import Period
from evalsys.scores.models import Result
from evalsys.supervision.holds.models import Hold
from evalsys.supervision.holds.rules import BLOCKING, HoldFacts
from evalsys.supervision.holds.words import feature_words


def holds_in(period_id: int, section_ids: Iterable[int] | None = None) -> dict[int, Subject]:
    """Return section id -> its hold in a period, whatever became of it."""
    query = select(Hold.section_id, Subject).join(Subject, Subject.id == Hold.subject_id)
    query = query.where(Hold.period_id == period_id)
    if section_ids is not None:
        query = query.where(Hold.section_id.in_(list(section_ids)))
    return {row[0]: row[1] for row in db.session.execute(query)}


def blocked_in(period_id: int, section_ids: Iterable[int] | None = None) -> set[int]:
    """Return the sections for which nothing may be proposed in a period."""
    held = holds_in(period_id, section_ids)
    return {section_id for section_id, case in held.items() if case.state in BLOCKING}


def is_held_in(period_id: int) -> ColumnElement[bool]:
    """Return the predicate on `Section` that nothing may be proposed for it in a period."""
    return exists().where(
        Hold.section_id == Section.id,
        Hold.period_id == period_id,
        Subject.id == Hold.subject_id,
        Subject.state.in_(BLOCKING),
    )


def get_hold(case: Subject) -> Hold:
    """Return the data of a hold."""
    return db.session.get_one(Hold, case.id)


def hold_facts(case: Subject, _now: datetime) -> HoldFacts:
    """Load the facts of a hold: whether its result was corrected since."""
    newest = select(func.max(Result.version)).where(Result.period_id == get_hold(case).period_id)
    return HoldFacts((db.session.scalar(newest) or 0) <= int(case.grounds["version"]))


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


def select_measuring(actor: Actor) -> Select[int]:
    """Return the holds of a section that the actor's person belonged to in the period."""
    return (
        select(Hold.subject_id)
        .join(Hold.period)
        .join(Posting, Posting.section_id == Hold.section_id)
        .where(
            Posting.staff_id.in_(select_own_staff(actor)),
            overlaps(Posting, Period.starts_on, Period.ends_on),
        )
    )
