"""Rating slips, as printed by `pdf`.

A slip is built from its code, which exists on the page or paper only: the page sends the codes back
to get the PDF, and the server stores none.
"""

from dataclasses import dataclass
from datetime import date

from flask import current_app

from evalsys.ratings.ballots.queries import HeldTicket
from evalsys.ratings.ballots.words import post_words
from evalsys.ratings.tickets.rules.codes import write_code

MOST_BY_POST = 3  # people shown with their posts


@dataclass(frozen=True)
class Slip:
    """The printed content of one ticket."""

    code: str
    people: tuple[str, ...]
    section: str
    service_type: str | None
    served_on: date
    valid_until: date
    addressee: str = ""

    @property
    def link(self) -> str:
        """The URL in the QR code."""
        return rating_link(self.code)


def slip_of(ticket: HeldTicket, addressee: str = "") -> Slip:
    """Return the slip of a ticket; the addressee is known to the issuer only."""
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
    """Return posts and numbers; numbers alone above MOST_BY_POST people."""
    if len(ticket.served) > MOST_BY_POST:
        return tuple(person.number for person in ticket.served)
    return tuple(f"{post_words(person)} {person.number}" for person in ticket.served)


def rating_link(code: str) -> str:
    """Return the URL of a ticket; the fragment reaches no server and no log."""
    return f"{current_app.config['PUBLIC_URL']}/r#{code}"
