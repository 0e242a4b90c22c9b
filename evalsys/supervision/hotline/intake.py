"""A matter that the supervision office takes in by hand with the number of a ticket on file."""

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.queries import find_by_number
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.matters.rules import MatterSource

OF_ANOTHER = N_(
    "Ticket %(number)s is on file with another organ: choose that organ, or correct the number."
)


def organ_of_ticket(source: str, number: str) -> Organ | None:
    """Return the organ of the ticket with a number, None if there is none."""
    ticket = find_by_number(number) if source == MatterSource.HOTLINE else None
    return ticket.organ if ticket else None


def give_to_ticket(_unit: Unit, case: Subject) -> None:
    """Let the matter be that of its ticket. Raises DomainError if that is of another organ."""
    matter = get_matter(case)
    if matter.source is not MatterSource.HOTLINE or matter.reference is None:
        return
    ticket = find_by_number(matter.reference)
    if ticket is None:
        return
    if ticket.organ_id != next(one.organ_id for one in case.parties if one.duty == OWNER):
        raise DomainError(OF_ANOTHER, number=ticket.number)
    ticket.matter_id = case.id
    db.session.flush()
