"""Ballots that wait in the intake, as citizens have left them."""

from datetime import date
from typing import Any

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Posting, Staff
from evalsys.ratings.ballots.models import Channel, Intake, RaterGroup, Ticket, TicketStaff
from evalsys.ratings.ballots.rules import ballot_id, reference, ticket_hash, ticket_tag
from evalsys.ratings.ballots.sealing import WaitingBallot, name_of_contact
from tests.factories import make_section, make_staff

SERVED = date(2026, 9, 21)  # Monday
VALID_UNTIL = date(2026, 9, 28)
DAY_AFTER = date(2026, 9, 29)


def leave_ballot(secret: bytes, *staff: Staff, **values: Any) -> None:
    """Put a ballot of a ticket for each of its people into the intake."""
    add_ballot(secret, *staff, **values)
    db.session.commit()


def add_ballot(secret: bytes, *staff: Staff, **values: Any) -> None:
    """The same, to be committed by the caller."""
    day = {"served_on": values.pop("served_on", SERVED)}
    until = {"valid_until": values.pop("valid_until", VALID_UNTIL)}
    hashed = {"ticket_hash": ticket_hash(secret)}
    kind = {"rater_group": RaterGroup.RECIPIENT, "channel": Channel.SLIP, "service_type": "身份证"}
    kind = {name: values.pop(name, value) for name, value in kind.items()}
    db.session.add(Ticket(**hashed, **day, **until, **kind))
    for person in staff:
        section_id = db.session.query(Posting.section_id).filter_by(staff_id=person.id).scalar()
        key = {**hashed, "staff_id": person.id}
        db.session.add(TicketStaff(**key, section_id=section_id))
        ballot = make_waiting(secret, person, section_id, **kind, **values)
        db.session.add(Intake(**ballot.row(until["valid_until"])))


BLANK: dict[str, Any] = {
    "attitude": 5,
    "work_style": None,
    "efficiency": None,
    "competence": None,
    "reasons": 0,
    "comment": None,
    "contact": None,
    "base_period": "2026-Q3",
}


def make_waiting(secret: bytes, person: Staff, section_id: int, **values: Any) -> WaitingBallot:
    """A ballot of a ticket for one of its people."""
    return WaitingBallot(
        ballot_id=ballot_id(secret, person.number),
        tag=ticket_tag(secret),
        reference=reference(ballot_id(secret, person.number)),
        staff_id=person.id,
        section_id=section_id,
        contact_id=name_of_contact(secret, reference(ballot_id(secret, person.number))),
        **{**BLANK, **values},
    )


def waiting() -> list[WaitingBallot]:
    """What waits in the intake, opened."""
    found = [WaitingBallot.open(row) for row in db.session.scalars(select(Intake))]
    db.session.rollback()
    return found


def secrets_of(number: int) -> list[bytes]:
    """The secrets of some tickets: 16 bytes each."""
    return [f"ticket-{nth:09}".encode() for nth in range(number)]


def leave_ballots(number: int, staff: Staff | None = None, **values: Any) -> list[bytes]:
    """Put ballots of as many tickets into the intake, and return the secrets of their holders."""
    staff = staff or make_staff(make_section())
    secrets = secrets_of(number)
    for secret in secrets:
        add_ballot(secret, staff, **values)
    db.session.commit()
    return secrets
