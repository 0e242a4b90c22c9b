"""Use cases of call-backs: what a caller answered, and which tickets count in no rate."""

from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.rules.machine import NotYourStep
from evalsys.core.audit import lock_until_commit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.supervision.hotline.callbacks.models import HotlineExclusion
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.queries import get_ticket
from evalsys.supervision.hotline.rules import CallBack, check_call, without_persons
from evalsys.supervision.numbers import NUMBERS_LOCK
from evalsys.supervision.recusal import is_answerable


def get_ticket_to_judge(actor: Actor, ticket_id: int) -> HotlineTicket:
    """Return a ticket in the scope of an actor. Raises NoResultFound, and NotYourStep to some.

    What a caller says of a reply is entered by nobody who answers for it.
    """
    ticket = get_ticket(actor, ticket_id)
    if is_answerable(actor, ticket.matter_id):
        raise NotYourStep
    return ticket


def enter_call(actor: Actor, ticket_id: int, call: CallBack, *, now: datetime) -> None:
    """Store what a call-back said; the log keeps what it said before. Raises DomainError."""
    ticket = get_ticket_to_judge(actor, ticket_id)
    with unit_of_work(actor) as unit:
        lock_row(ticket)
        check_call(call, ticket.received_on, local_day(now))
        before, after = asdict(ticket.call), asdict(call)
        if before == after:
            unit.nothing_to_do()
            return
        for name, value in after.items():
            setattr(ticket, name, value)
        ticket.changed_at = now
        told = {name: _plain(value) for name, value in after.items()}
        was = {name: _plain(value) for name, value in before.items()}
        unit.record(Action.HOTLINE_CALL, ticket, number=ticket.number, before=was, after=told)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def find_exclusion(ticket: HotlineTicket) -> HotlineExclusion | None:
    """Return why a ticket counts in no rate; None if it counts."""
    query = select(HotlineExclusion).where(HotlineExclusion.ticket_id == ticket.id)
    return db.session.scalar(query)


def leave_out(actor: Actor, ticket_id: int, reason: str, *, now: datetime) -> None:
    """Leave a ticket out of the rates, for a reason. Raises DomainError if it is already."""
    if actor.user_id is None:
        raise ValueError("a named person leaves a ticket out")
    ticket = get_ticket_to_judge(actor, ticket_id)
    with unit_of_work(actor) as unit:
        lock_until_commit(NUMBERS_LOCK)
        if find_exclusion(ticket) is not None:
            raise DomainError(N_("This ticket is left out of the rates already."))
        words = without_persons(reason)
        db.session.add(
            HotlineExclusion(ticket_id=ticket.id, reason=words, by=actor.user_id, at=now)
        )
        facts = {"number": ticket.number, "organ": ticket.organ.code, "reason": words}
        unit.record(Action.HOTLINE_EXCLUDE, ticket, step="leave_out", **facts)


def count_again(actor: Actor, ticket_id: int) -> None:
    """Let a ticket count again. Raises DomainError if it does."""
    ticket = get_ticket_to_judge(actor, ticket_id)
    with unit_of_work(actor) as unit:
        lock_until_commit(NUMBERS_LOCK)
        exclusion = find_exclusion(ticket)
        if exclusion is None:
            raise DomainError(N_("This ticket counts in the rates."))
        reason = exclusion.reason
        db.session.delete(exclusion)
        facts = {"number": ticket.number, "organ": ticket.organ.code, "reason": reason}
        unit.record(Action.HOTLINE_EXCLUDE, ticket, step="count_again", **facts)
