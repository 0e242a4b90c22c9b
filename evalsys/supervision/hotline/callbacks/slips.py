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
from evalsys.ratings.ballots.models import Channel
from evalsys.ratings.tickets.checks import ServiceEvent
from evalsys.ratings.tickets.rules.events import read_event_no
from evalsys.ratings.tickets.service import IssuedTicket, issue_tickets
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.queries import may_judge
from evalsys.supervision.matters.queries import find_answer, get_matter

# A short number alone would count as one of a queue, which repeats each day. The number of a ticket
# that is none of a service, or whose matter follows another, gives way to that of the matter.
PREFIX, OF_MATTER = "12345-", "督办"
NO_REPLY = N_("The matter has no reply yet: then there is nothing to rate.")
SENT_BACK = N_("The reply was sent back: until there is another one, there is nothing to rate.")
NOT_YOURS = N_("You answer for the matter, or lead who does: somebody else issues the ticket.")


def why_none(actor: Actor, ticket: HotlineTicket) -> str | None:
    """Return why no rating ticket is issued to the caller by the actor; None if one may be."""
    if not may_judge(actor, ticket):
        return NOT_YOURS
    matter = ticket.matter
    if matter is None or find_step(matter, "feed_back") is None:
        return NO_REPLY
    return SENT_BACK if find_answer(matter) is None else None


def service_of(ticket: HotlineTicket) -> ServiceEvent:
    """Return the service that a caller can rate: the reply that stands, on its day.

    Raises DomainError if there is none.
    """
    matter = ticket.matter
    step = find_answer(matter) if matter else None
    handler = matter.named(MatterDuty.HANDLER) if matter else None
    if matter is None or handler is None or step is None:
        raise DomainError(NO_REPLY)
    number, turn = f"{PREFIX}{ticket.number}", get_matter(matter).turn
    if turn > 1 or read_event_no(number) is None:
        number = f"{PREFIX}{OF_MATTER}{matter.number}"
    return ServiceEvent(local_day(step.at), (handler.number,), None, Channel.SLIP, event_no=number)


def issue_for_caller(actor: Actor, ticket: HotlineTicket, *, on: date) -> list[IssuedTicket]:
    """Issue the rating ticket of a hotline ticket, once. Raises EventsRefused or DomainError."""
    if refusal := why_none(actor, ticket):
        raise DomainError(refusal)
    event = service_of(ticket)
    with unit_of_work(actor) as unit:
        return issue_tickets(unit, [event], on=on)
