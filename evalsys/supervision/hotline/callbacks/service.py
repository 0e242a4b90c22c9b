"""Use cases of call-backs: what a caller answered, and which tickets count in no rate."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.rules.machine import NotYourStep
from evalsys.core.audit import lock_until_commit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.supervision.hotline.callbacks.models import HotlineExclusion, HotlineRecount
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.queries import get_ticket, may_judge
from evalsys.supervision.hotline.rules import CallBack, NewerCall, check_call, without_persons
from evalsys.supervision.numbers import NUMBERS_LOCK

OUT_ALREADY = N_("This ticket is left out of the rates already.")
COUNTS = N_("This ticket counts in the rates.")


def get_ticket_to_judge(actor: Actor, ticket_id: int) -> HotlineTicket:
    """Return a ticket in the scope of an actor. Raises NoResultFound, and NotYourStep to some.

    What a caller says of a reply is entered by nobody who answers for it.
    """
    ticket = get_ticket(actor, ticket_id)
    if not may_judge(actor, ticket):
        raise NotYourStep
    return ticket


def enter_call(actor: Actor, ticket_id: int, call: CallBack, *, seen: str, now: datetime) -> None:
    """Store what a call-back said; the log keeps what it said before. `seen` is the mark of that.

    Raises NewerCall if another one was entered meanwhile, or DomainError.
    """
    ticket = get_ticket_to_judge(actor, ticket_id)
    with unit_of_work(actor) as unit:
        lock_row(ticket)
        check_call(call, ticket.received_on, local_day(now))
        before, after = asdict(ticket.call), asdict(call)
        if before == after:
            unit.nothing_to_do()
            return
        if ticket.call.mark != seen:
            raise NewerCall
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


def list_recounts(ticket: HotlineTicket) -> Sequence[HotlineRecount]:
    """Return when a ticket was left out of the rates and counted again, the latest first."""
    query = select(HotlineRecount).where(HotlineRecount.ticket_id == ticket.id)
    people = (joinedload(HotlineRecount.user), joinedload(HotlineRecount.recounter))
    return db.session.scalars(query.options(*people).order_by(HotlineRecount.id.desc())).all()


def leave_out(actor: Actor, ticket_id: int, reason: str, *, now: datetime) -> None:
    """Leave a ticket out of the rates, for a reason. Raises DomainError if it is already."""
    if actor.user_id is None:
        raise ValueError("a named person leaves a ticket out")
    ticket = get_ticket_to_judge(actor, ticket_id)
    with unit_of_work(actor) as unit:
        lock_until_commit(NUMBERS_LOCK)
        if find_exclusion(ticket) is not None:
            raise DomainError(OUT_ALREADY)
        words = without_persons(reason)
        db.session.add(
            HotlineExclusion(ticket_id=ticket.id, reason=words, by=actor.user_id, at=now)
        )
        facts = {"number": ticket.number, "organ": ticket.organ.code, "reason": words}
        unit.record(Action.HOTLINE_EXCLUDE, ticket, step="leave_out", **facts)


def count_again(actor: Actor, ticket_id: int, reason: str, *, now: datetime) -> None:
    """Let a ticket count again, for a reason. Raises DomainError if it does."""
    if actor.user_id is None:
        raise ValueError("a named person lets a ticket count")
    ticket = get_ticket_to_judge(actor, ticket_id)
    with unit_of_work(actor) as unit:
        lock_until_commit(NUMBERS_LOCK)
        exclusion = find_exclusion(ticket)
        if exclusion is None:
            raise DomainError(COUNTS)
        before, words = exclusion.reason, without_persons(reason)
        was = {"ticket_id": ticket.id, "reason": before, "by": exclusion.by, "at": exclusion.at}
        again = {"again_reason": words, "again_by": actor.user_id, "again_at": now}
        db.session.add(HotlineRecount(**was, **again))
        db.session.delete(exclusion)
        facts = {"number": ticket.number, "organ": ticket.organ.code, "reason": words}
        facts["left_out_for"] = before
        unit.record(Action.HOTLINE_EXCLUDE, ticket, step="count_again", **facts)
