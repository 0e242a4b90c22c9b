"""A rating ticket for a caller, so that they can rate who handled their ticket.

The office that sends the reply issues it and hands it on; the responsible person never holds it.
Among all ratings it is a slip like any other: neither kind nor channel tells that it is of the
hotline, so that nobody finds the one caller of a week among the ratings of the week.
"""

from datetime import date

from evalsys.cases.engine.queries import find_step
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Staff
from evalsys.ratings.ballots.models import Channel
from evalsys.ratings.tickets.checks import ServiceEvent
from evalsys.ratings.tickets.rules.events import EVENT_LENGTH
from evalsys.ratings.tickets.service import IssuedTicket, issue_tickets
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.hotline.models import HotlineTicket

PREFIX = "12345-"  # A short number alone would count as one of a queue, which repeats each day.
NO_REPLY = N_("The matter has no reply yet: then there is nothing to rate.")


def handler_of(ticket: HotlineTicket) -> Staff | None:
    """Return who handled a ticket and has replied; None before that."""
    matter = ticket.matter
    if matter is None or find_step(matter, "feed_back") is None:
        return None
    return matter.named(MatterDuty.HANDLER)


def service_of(ticket: HotlineTicket) -> ServiceEvent:
    """Return the service that a caller can rate: the reply, on its day. Raises DomainError."""
    matter, handler = ticket.matter, handler_of(ticket)
    step = find_step(matter, "feed_back") if matter else None
    if handler is None or step is None:
        raise DomainError(NO_REPLY)
    number = f"{PREFIX}{ticket.number}"
    if len(number) > EVENT_LENGTH:
        number = ticket.number
    return ServiceEvent(local_day(step.at), (handler.number,), None, Channel.SLIP, event_no=number)


def issue_for_caller(actor: Actor, ticket: HotlineTicket, *, on: date) -> list[IssuedTicket]:
    """Issue the rating ticket of a hotline ticket, once. Raises EventsRefused or DomainError."""
    event = service_of(ticket)
    with unit_of_work(actor) as unit:
        return issue_tickets(unit, [event], on=on)
