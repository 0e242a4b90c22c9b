"""Reads of hotline tickets: those in the scope of somebody, and those that a page shows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import select_cases
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.numbers import plain_number
from evalsys.supervision.recusal import may_not_judge

LONGEST = 60  # characters of a filter
STATES = ("open", "closed")


@dataclass(frozen=True)
class TicketFilter:
    """A filter of tickets; "" takes all. `text` is a number, or in a title or category."""

    organ: str = ""
    state: str = ""
    text: str = ""


def read_filter(args: Mapping[str, str]) -> TicketFilter:
    """Return the filter of an address; a state that there is not is left out."""
    given = {name: args.get(name, "").strip()[:LONGEST] for name in TicketFilter.__annotations__}
    given["state"] = given["state"] if given["state"] in STATES else ""
    return TicketFilter(**given)


def _conditions(actor: Actor, wanted: TicketFilter) -> Iterator[ColumnElement[bool]]:
    if actor.organ_id is not None:
        yield HotlineTicket.organ_id == actor.organ_id
    if wanted.organ:
        organ = select(Organ.id).where(Organ.code == wanted.organ)
        yield HotlineTicket.organ_id.in_(organ)
    if wanted.state:
        yield HotlineTicket.is_open.is_(wanted.state == "open")
    if wanted.text:
        yield or_(
            HotlineTicket.number == plain_number(wanted.text),
            HotlineTicket.title.contains(wanted.text, autoescape=True),
            HotlineTicket.category == wanted.text,
        )


def select_tickets(actor: Actor, wanted: TicketFilter) -> Select[HotlineTicket]:
    """Return the query for the tickets of a filter within the scope, the latest first."""
    return (
        select(HotlineTicket)
        .where(*_conditions(actor, wanted))
        .options(joinedload(HotlineTicket.organ), joinedload(HotlineTicket.matter))
        .order_by(HotlineTicket.received_on.desc(), HotlineTicket.id.desc())
    )


def count_tickets(actor: Actor, wanted: TicketFilter) -> Select[int]:
    """Return the query that counts what `select_tickets` selects."""
    query = select(func.count()).select_from(HotlineTicket)
    return query.where(*_conditions(actor, wanted))


def get_ticket(actor: Actor, ticket_id: int) -> HotlineTicket:
    """Return a ticket in the scope of an actor. Raises NoResultFound."""
    query = select_tickets(actor, TicketFilter()).where(HotlineTicket.id == ticket_id)
    return db.session.scalars(query).one()


def find_by_matter(actor: Actor, case: Subject) -> HotlineTicket | None:
    """Return the ticket of a matter, also of one that another follows; None if none is seen."""
    this, last = aliased(Matter), aliased(Matter)
    same = and_(last.source == this.source, last.reference == this.reference)
    of_number = select(last.subject_id).join(this, same).where(this.subject_id == case.id)
    is_its = or_(HotlineTicket.matter_id == case.id, HotlineTicket.matter_id.in_(of_number))
    return db.session.scalar(select_tickets(actor, TicketFilter()).where(is_its))


def list_earlier(actor: Actor, ticket: HotlineTicket, *, on: date) -> Sequence[Subject]:
    """Return the closed matters of a ticket before its matter that the actor sees, in order."""
    if ticket.matter_id is None:
        return ()
    of_number = select(Matter.subject_id).where(
        Matter.source == MatterSource.HOTLINE,
        Matter.reference == ticket.number,
        Matter.subject_id != ticket.matter_id,
    )
    query = select_cases(actor, on=on).where(Subject.id.in_(of_number))
    return db.session.scalars(query.order_by(None).order_by(Subject.id)).all()


def numbers_not_judged(actor: Actor, numbers: Collection[str]) -> frozenset[str]:
    """Return those of some numbers of tickets whose matters the actor must not judge.

    They answer for one of them, also an earlier one, or lead who does.
    """
    query = select(Matter.reference).join(Subject, Subject.id == Matter.subject_id)
    query = query.where(Matter.source == MatterSource.HOTLINE, Matter.reference.in_(numbers))
    found = db.session.scalars(query.where(may_not_judge(actor)))
    return frozenset(number for number in found if number)


def may_judge(actor: Actor, ticket: HotlineTicket) -> bool:
    """Return whether the actor may enter what a caller says of a ticket, and whether it counts."""
    return not numbers_not_judged(actor, [ticket.number])


def find_by_number(number: str | None) -> HotlineTicket | None:
    """Return the ticket with a number, of whatever organ."""
    return db.session.scalar(select(HotlineTicket).where(HotlineTicket.number == number))
