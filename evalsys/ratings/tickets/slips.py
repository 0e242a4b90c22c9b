"""Rating slips: what is printed for a ticket. `pdf` makes the sheets.

A slip is made from a code, which only exists on the page or paper that shows it: the page hands the
codes back to get the PDF, and the server keeps none.
"""

from dataclasses import dataclass
from datetime import date

from flask import current_app

from evalsys.ratings.ballots.queries import HeldTicket
from evalsys.ratings.ballots.words import post_words
from evalsys.ratings.tickets.rules.codes import write_code

MOST_BY_POST = 3  # people on a slip with their posts


@dataclass(frozen=True)
class Slip:
    """What is printed for one ticket."""

    code: str
    people: tuple[str, ...]
    section: str
    service_type: str | None
    served_on: date
    valid_until: date
    addressee: str = ""

    @property
    def link(self) -> str:
        """The address in the QR code."""
        return rating_link(self.code)


def slip_of(ticket: HeldTicket, addressee: str = "") -> Slip:
    """Return the slip of a ticket; only who handed it out knows the name of who was invited."""
    return Slip(
        code=write_code(ticket.secret),
        people=_people(ticket),
        section="、".join(dict.fromkeys(p.section for p in ticket.served)),
        service_type=ticket.service_type,
        served_on=ticket.served_on,
        valid_until=ticket.valid_until,
        addressee=addressee,
    )


def _people(ticket: HeldTicket) -> tuple[str, ...]:
    """Return who served, by post and number; by number alone where there are many."""
    if len(ticket.served) > MOST_BY_POST:
        return tuple(person.number for person in ticket.served)
    return tuple(f"{post_words(person)} {person.number}" for person in ticket.served)


def rating_link(code: str) -> str:
    """Return the address of a ticket: what stands behind # reaches no server and no log."""
    return f"{current_app.config['PUBLIC_URL']}/r#{code}"
