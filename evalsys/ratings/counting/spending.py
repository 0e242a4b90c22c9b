"""Tickets whose window is over are reduced to hash and last day; their counts remain.

A ticket names a service, a person and a day; a rating names a person and a counting: together they
could be matched.
"""

from datetime import date

from sqlalchemy import Subquery, delete, func, insert, literal, select, union_all

from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.foundation.rows import table_of
from evalsys.ratings.ballots.models import Ticket, TicketStaff
from evalsys.ratings.counting.spent_models import IssuedCount, SpentTicket
from evalsys.ratings.counting.tallies import add_issued


def issued() -> Subquery:
    """Return the ratings asked for: staff_id, section_id, served_on and `tickets`.

    One row per person and open ticket, one per person and day of spent ones.
    """
    open_ = select(
        TicketStaff.staff_id, TicketStaff.section_id, Ticket.served_on, literal(1).label("tickets")
    ).join(Ticket, Ticket.ticket_hash == TicketStaff.ticket_hash)
    spent = select(
        IssuedCount.staff_id, IssuedCount.section_id, IssuedCount.served_on, IssuedCount.tickets
    )
    return union_all(open_, spent).subquery("issued")


def shrink_tickets(on: date) -> int:
    """Reduce every ticket whose window closed before a day; return how many there were.

    Ballots in the intake no longer need their ticket.
    """
    is_over = Ticket.valid_until < on
    hashes = select(Ticket.ticket_hash).where(is_over)
    with unaudited_unit():
        number = db.session.scalar(select(func.count()).select_from(Ticket).where(is_over)) or 0
        if not number:
            return 0
        rows = db.session.execute(
            select(Ticket.served_on, TicketStaff.section_id, TicketStaff.staff_id, func.count())
            .join(Ticket, Ticket.ticket_hash == TicketStaff.ticket_hash)
            .where(is_over)
            .group_by(Ticket.served_on, TicketStaff.section_id, TicketStaff.staff_id)
        )
        add_issued({(row[0], row[1], row[2]): row[3] for row in rows})
        left = select(Ticket.ticket_hash, Ticket.valid_until).where(is_over)
        db.session.execute(
            insert(table_of(SpentTicket)).from_select(
                ["ticket_hash", "valid_until"], left.order_by(Ticket.ticket_hash)
            )
        )
        db.session.execute(delete(TicketStaff).where(TicketStaff.ticket_hash.in_(hashes)))
        db.session.execute(delete(Ticket).where(is_over))
    return number
