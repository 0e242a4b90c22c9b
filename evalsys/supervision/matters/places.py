"""The organs and sections that a filter of matters offers, within the scope of the visitor."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.core.reads import once
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import visible_to


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
