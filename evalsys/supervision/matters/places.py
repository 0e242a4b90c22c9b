"""The organs and sections that a filter of matters offers, and the organ of a number on file."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.titles import organ_of
from evalsys.core.audit import lock_until_commit
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.core.reads import once
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import visible_to
from evalsys.supervision.hooks import organs_of_number
from evalsys.supervision.matters.queries import find_matters
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.numbers import NUMBERS_LOCK, OfAnotherOrgan


@once
def list_sections(actor: Actor, on: date) -> Sequence[Section]:
    """Return the sections of the actor's scope on a day with their organs, by code."""
    query = (
        select(Section)
        .where(visible_to(actor, on, on), Section.ended_on.is_(None) | (Section.ended_on >= on))
        .options(joinedload(Section.organ))
        .order_by(Section.code)
    )
    return db.session.scalars(query).all()


def organ_choices(actor: Actor, on: date) -> list[tuple[str, str]]:
    """Return (code, name) of the organs whose sections the actor sees."""
    organs = {row.organ.code: row.organ.name for row in list_sections(actor, on)}
    return sorted(organs.items())


def section_choices(actor: Actor, on: date, organ: str = "") -> list[tuple[str, str]]:
    """Return (code, name) of the sections that the actor sees, or those of an organ."""
    sections = list_sections(actor, on)
    several = len({row.organ_id for row in sections}) > 1 and not organ
    return [
        (row.code, f"{row.organ.name} {row.name}" if several else row.name)
        for row in sections
        if organ in {"", row.organ.code}
    ]


def organ_followed(actor: Actor, source: MatterSource, number: str | None) -> Organ | None:
    """Return the organ of a matter that follows the one of a number; None if there is none yet.

    That is where its ticket is, else who owned the one before. Raises OfAnotherOrgan: the office
    of one organ takes over no number of another one, not even of a closed matter.
    """
    if number is None:
        return None
    if source is MatterSource.HOTLINE:
        lock_until_commit(NUMBERS_LOCK)
    earlier = find_matters([(source, number)])
    owners = (organ_of(matter.subject) for matter in earlier)
    organs = [*organs_of_number(source, number), *(one for one in owners if one is not None)]
    if actor.organ_id is not None and any(one.id != actor.organ_id for one in organs):
        raise OfAnotherOrgan
    return organs[0] if earlier and organs else None
