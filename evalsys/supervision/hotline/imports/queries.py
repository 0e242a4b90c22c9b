"""Reads of imports of tickets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.rows import table_of
from evalsys.foundation.spreadsheets.characters import word
from evalsys.organisation.org.models import Organ, Section
from evalsys.supervision.hotline.imports.columns import digest_of
from evalsys.supervision.hotline.imports.models import HotlineImport, RememberedColumns
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.rules import TicketEntry
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import IS_LATEST
from evalsys.supervision.matters.rules import MatterSource

MOST_REMEMBERED = 20  # sets of headings, the latest used ones
# The fields of a list in which a ticket can change -> their columns.
ATTRIBUTES = {
    "organ": "organ_id",
    "received_on": "received_on",
    "title": "title",
    "says": "says",
    "category": "category",
    "answer_by": "answer_by",
    "status": "is_open",
    "called_on": "called_on",
    "reached": "is_reached",
    "in_limit": "in_limit",
    "solved": "is_solved",
    "satisfaction": "satisfaction",
}
ANSWERS = ("in_limit", "solved", "satisfaction")
CALLED = frozenset({"called_on", "reached", *ANSWERS})
SILENT = CALLED | {"status"}  # an empty cell there says nothing


def told_fields(fields: Iterable[str]) -> list[str]:
    """Return the fields that a list can change: an answer also says that the caller was reached."""
    given = {*fields}
    given |= {"reached"} if given & {*ANSWERS} else set()
    given |= {*ANSWERS} if "reached" in given else set()
    return [key for key in ATTRIBUTES if key in given]


def select_imports(actor: Actor) -> Select[HotlineImport]:
    """Return the query for the imports in the scope of an actor, the latest first."""
    query = select(HotlineImport).options(joinedload(HotlineImport.user))
    if actor.organ_id is not None:
        query = query.where(HotlineImport.organ_id == actor.organ_id)
    return query.order_by(HotlineImport.id.desc())


def get_import(actor: Actor, import_id: int) -> HotlineImport:
    """Return an import in the scope of an actor. Raises NoResultFound."""
    query = select_imports(actor).where(HotlineImport.id == import_id)
    return db.session.scalars(query).one()


def _remembered_by(actor: Actor) -> Select[RememberedColumns]:
    """Return the query for what the office of an actor named, then what that of the city did."""
    is_own = RememberedColumns.organ_id == actor.organ_id
    of_city = RememberedColumns.organ_id.is_(None)
    query = select(RememberedColumns).where(or_(is_own, of_city))
    return query.order_by(of_city, RememberedColumns.used_at.desc())


def list_remembered(actor: Actor) -> list[dict[str, str]]:
    """Return heading -> field of the sets of headings that were named last."""
    rows = db.session.scalars(_remembered_by(actor).limit(MOST_REMEMBERED))
    return [row.fields for row in rows]


def find_remembered(actor: Actor, headings: Sequence[str]) -> dict[str, str]:
    """Return heading -> field as the actor's office named this set of headings; nothing if never.

    The office of an organ that named none takes what the office of the city named.
    """
    query = _remembered_by(actor).where(RememberedColumns.digest == digest_of(headings))
    row = db.session.scalars(query.limit(1)).first()
    return row.fields if row else {}


def organs_by_word(actor: Actor) -> dict[str, int]:
    """Return normalised name or code -> id of the organs in the scope of an actor."""
    query = select(Organ.id, Organ.name, Organ.code)
    if actor.organ_id is not None:
        query = query.where(Organ.id == actor.organ_id)
    rows = db.session.execute(query).all()
    return {word(text): row.id for row in rows for text in (row.code, row.name)}


@dataclass(frozen=True)
class KnownTicket:
    """A ticket on file, as far as a list is compared with it."""

    id: int
    matter_id: int | None
    has_closed_matter: bool
    values: Mapping[str, Any]

    def changes(self, entry: TicketEntry, fields: Iterable[str]) -> dict[str, tuple[Any, Any]]:
        """Return field -> (before, after) of what a list says anew, in the fields that it has."""
        told = self.told(entry, fields)
        return {
            key: (self.values[ATTRIBUTES[key]], value)
            for key, value in told.items()
            if self.values[ATTRIBUTES[key]] != value
        }

    def told(self, entry: TicketEntry, fields: Iterable[str]) -> dict[str, Any]:
        """Return field -> value after a list.

        Without a call-back it takes back no answer; an earlier one than is on file says nothing.
        """
        found, on_file = {}, self.values["called_on"]
        is_earlier = bool(entry.called_on and on_file and entry.called_on < on_file)
        for key in told_fields(fields):
            value, before = getattr(entry, ATTRIBUTES[key]), self.values[ATTRIBUTES[key]]
            is_silent = value is None and key in SILENT
            is_kept = is_silent and not (key in ANSWERS and entry.is_reached is False)
            if is_kept or (is_earlier and key in CALLED):
                value = before
            found[key] = value
        return found


def tickets_by_number(numbers: Sequence[str]) -> dict[str, KnownTicket]:
    """Return the tickets on file with some numbers, of whatever organ."""
    table = table_of(HotlineTicket).c
    values = [table[name] for name in ATTRIBUTES.values()]
    is_closed = Subject.closed_at.is_not(None).label("is_closed")
    query = select(table.id, table.number, table.matter_id, is_closed, *values)
    query = query.outerjoin(Subject, Subject.id == table.matter_id)
    return {
        row.number: KnownTicket(
            row.id,
            row.matter_id,
            row.matter_id is not None and bool(row.is_closed),
            {name: getattr(row, name) for name in ATTRIBUTES.values()},
        )
        for row in db.session.execute(query.where(table.number.in_(numbers)))
    }


@dataclass(frozen=True)
class NumberedMatter:
    """The latest matter with the number of a ticket, and the organ that it was given to."""

    case_id: int
    number: str
    is_closed: bool
    organ_id: int
    organ: str


def matters_by_number(numbers: Sequence[str]) -> dict[str, NumberedMatter]:
    """Return the latest matters with some numbers of tickets, of whatever organ."""
    organ_id = func.coalesce(Party.organ_id, Section.organ_id)
    query = (
        select(Matter.reference, Subject, Organ.id, Organ.name)
        .join(Subject, Subject.id == Matter.subject_id)
        .join(Party, and_(Party.subject_id == Subject.id, Party.duty == OWNER))
        .outerjoin(Section, Section.id == Party.section_id)
        .join(Organ, Organ.id == organ_id)
        .where(Matter.source == MatterSource.HOTLINE, Matter.reference.in_(numbers), IS_LATEST)
    )
    return {
        number: NumberedMatter(case.id, case.number, case.closed_at is not None, key, name)
        for number, case, key, name in db.session.execute(query)
        if number is not None
    }


def content_of(row: HotlineImport) -> bytes:
    """Return the file of an import; nothing if it was written, or waited for more than a day."""
    query = select(HotlineImport.content).where(HotlineImport.id == row.id)
    return db.session.scalars(query).one()
