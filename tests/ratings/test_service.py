from base64 import urlsafe_b64decode
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.org.models import Staff
from evalsys.ratings.codes import read_code
from evalsys.ratings.issuing import ServiceEvent, issue_tickets
from evalsys.ratings.models import CountBatch, Intake, Rating
from evalsys.ratings.queries import HeldTicket, get_ticket
from evalsys.ratings.rules import (
    BadBallot,
    ExpiredTicket,
    RatingDraft,
    UnknownTicket,
    UsedTicket,
)
from evalsys.ratings.service import open_contact, submit_rating
from tests.factories import make_section, make_staff, save

THURSDAY = date(2026, 11, 19)
LAST_DAY = date(2026, 11, 26)
GOOD = {"attitude": 5, "work_style": 4, "efficiency": 4, "competence": None}
LOW = {**GOOD, "attitude": 1}


def issue(*staff: Staff) -> HeldTicket:
    """A ticket of Thursday 19 November for these people, as its holder sees it."""
    event = ServiceEvent(THURSDAY, tuple(person.number for person in staff))
    with unit_of_work(SYSTEM) as unit:
        code = issue_tickets(unit, [event], on=THURSDAY)[0].code
    return get_ticket(read_code(code))


@pytest.fixture
def ticket(app: Flask) -> HeldTicket:
    return issue(make_staff(make_section()))


def ballots() -> int:
    return db.session.scalar(select(func.count()).select_from(Intake)) or 0


def test_a_ballot_waits_in_the_intake_with_what_counting_needs(ticket: HeldTicket) -> None:
    person = ticket.served[0]
    submit_rating(ticket, person, RatingDraft(GOOD, comment="谢谢"), on=THURSDAY)
    row = db.session.scalars(select(Intake)).one()
    assert (row.attitude, row.competence, row.comment) == (5, None, "谢谢")
    assert (row.base_period, row.valid_until) == ("2026-Q4", LAST_DAY)
    assert (row.ballot_id, row.reference) == (person.ballot_id, person.reference)
    assert row.section_id == person.section_id


def test_the_last_ballot_of_a_ticket_replaces_the_one_before(ticket: HeldTicket) -> None:
    first = RatingDraft(LOW, reasons=1, comment="慢", contact="13855501321", pressured=True)
    submit_rating(ticket, ticket.served[0], first, on=THURSDAY)
    submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), on=LAST_DAY)
    row = db.session.scalars(select(Intake)).one()
    assert (row.attitude, row.reasons, row.comment, row.contact) == (5, 0, None, None)
    assert row.pressured is False


def test_a_ballot_leaves_no_audit_line(ticket: HeldTicket) -> None:
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), on=THURSDAY)
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_reasons_and_contact_of_a_good_ballot_are_not_stored(ticket: HeldTicket) -> None:
    draft = RatingDraft(GOOD, reasons=3, contact="13855501321")
    submit_rating(ticket, ticket.served[0], draft, on=THURSDAY)
    row = db.session.scalars(select(Intake)).one()
    assert (row.reasons, row.contact) == (0, None)


def test_a_contact_is_stored_encrypted_and_without_a_time(ticket: HeldTicket) -> None:
    draft = RatingDraft(LOW, reasons=1, contact="13855501321")
    submit_rating(ticket, ticket.served[0], draft, on=THURSDAY)
    sealed = db.session.scalars(select(Intake.contact)).one()
    assert sealed is not None
    assert b"13855501321" not in sealed
    assert open_contact(sealed) == "13855501321"
    assert submit_time(sealed) == 0


def submit_time(sealed: bytes) -> int:
    return int.from_bytes(urlsafe_b64decode(sealed)[1:9])


def test_after_the_window_a_ballot_is_refused(ticket: HeldTicket) -> None:
    with pytest.raises(ExpiredTicket):
        submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), on=date(2026, 11, 27))
    assert ballots() == 0


def test_a_counted_ballot_is_refused_even_inside_the_window(ticket: HeldTicket) -> None:
    count(ticket)
    with pytest.raises(UsedTicket):
        submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), on=THURSDAY)
    assert ballots() == 0


def count(ticket: HeldTicket) -> None:
    """Put a counted rating of the first person into the table, as counting would."""
    person = ticket.served[0]
    batch = save(CountBatch(counted_on=LAST_DAY, ballots=1))
    save(
        Rating(
            ballot_id=person.ballot_id,
            reference=person.reference,
            base_period="2026-Q4",
            section_id=person.section_id,
            staff_id=person.staff_id,
            rater_group=ticket.rater_group,
            channel=ticket.channel,
            batch_id=batch.id,
            attitude=5,
        )
    )


def test_an_incomplete_ballot_is_refused(ticket: HeldTicket) -> None:
    with pytest.raises(BadBallot):
        submit_rating(ticket, ticket.served[0], RatingDraft({}), on=THURSDAY)


def test_each_of_several_staff_has_a_ballot_of_their_own(app: Flask) -> None:
    section = make_section()
    ticket = issue(make_staff(section), make_staff(section))
    submit_rating(ticket, ticket.served[1], RatingDraft(GOOD), on=THURSDAY)
    assert [person.number for person in ticket.rated()] == [ticket.served[1].number]
    submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), on=THURSDAY)
    assert ballots() == 2


def test_a_secret_that_nobody_issued_is_unknown(app: Flask) -> None:
    with pytest.raises(UnknownTicket):
        get_ticket(bytes(16))
