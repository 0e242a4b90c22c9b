from base64 import urlsafe_b64decode
from datetime import date

import pytest
from cryptography.fernet import InvalidToken
from flask import Flask
from sqlalchemy import func, select, update

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import Staff
from evalsys.ratings.ballots.models import Intake, Rating
from evalsys.ratings.ballots.queries import HeldTicket, find_receipts, get_ticket
from evalsys.ratings.ballots.rules import (
    ExpiredTicket,
    Hand,
    RatedBefore,
    RatingDraft,
    UnknownTicket,
    UsedTicket,
    ballot_id,
    kept_reference,
    reference,
)
from evalsys.ratings.ballots.service import open_contact, seal_contact, submit_rating
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.service import issue_tickets
from tests.factories import make_event, make_section, make_staff, save
from tests.ratings.intake import waiting

THURSDAY = date(2026, 11, 19)
LAST_DAY = date(2026, 11, 26)
GOOD = {"attitude": 5, "work_style": 4, "efficiency": 4, "competence": None}
LOW = {**GOOD, "attitude": 1}
HAND = Hand(b"the first phone!")
OTHER = Hand(b"another phone...")


def issue(*staff: Staff) -> HeldTicket:
    """A ticket of Thursday 19 November for these people, as its holder sees it."""
    event = make_event(THURSDAY, *(person.number for person in staff))
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
    reference = submit_rating(ticket, person, RatingDraft(GOOD, comment="谢谢"), HAND, on=THURSDAY)
    [row] = waiting()
    assert (row.attitude, row.competence, row.comment) == (5, None, "谢谢")
    assert row.base_period == "2026-Q4"
    assert db.session.scalars(select(Intake.valid_until)).all() == [LAST_DAY]
    assert (row.ballot_id, row.reference) == (person.ballot_id, reference)
    assert row.section_id == person.section_id


def test_the_last_ballot_of_a_ticket_replaces_the_one_before(ticket: HeldTicket) -> None:
    first = RatingDraft(LOW, reasons=1, comment="慢", contact="13855501321", pressured=True)
    submit_rating(ticket, ticket.served[0], first, HAND, on=THURSDAY)
    submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), HAND, on=LAST_DAY)
    [row] = waiting()
    assert (row.attitude, row.reasons, row.comment, row.contact) == (5, 0, None, None)
    assert row.pressured is True, "the mark stays"
    assert (row.replaced, row.replaced_on) == (1, LAST_DAY)


def test_the_same_ballot_sent_again_replaces_nothing(ticket: HeldTicket) -> None:
    draft = RatingDraft(LOW, reasons=1, comment="慢", contact="13855501321")
    first = submit_rating(ticket, ticket.served[0], draft, HAND, on=THURSDAY)
    assert submit_rating(ticket, ticket.served[0], draft, HAND, on=LAST_DAY) == first
    [row] = waiting()
    assert (row.replaced, row.replaced_on) == (0, None)


def test_another_phone_replaces_nothing_without_the_reference(ticket: HeldTicket) -> None:
    person, low = ticket.served[0], RatingDraft(LOW, comment="慢", pressured=True)
    first = submit_rating(ticket, person, low, HAND, on=THURSDAY)
    for known in (None, "HT4RK7WM"):
        with pytest.raises(RatedBefore):
            submit_rating(ticket, person, RatingDraft(GOOD), Hand(OTHER.key, known), on=THURSDAY)
    assert waiting()[0].comment == "慢"
    knowing = Hand(OTHER.key, first)
    assert submit_rating(ticket, person, RatingDraft(GOOD), knowing, on=LAST_DAY) == first
    [row] = waiting()
    assert (row.attitude, row.reference, row.replaced) == (5, first, 1)
    assert (row.replaced_on, row.pressured) == (LAST_DAY, True)
    assert submit_rating(ticket, person, low, HAND, on=LAST_DAY) == first, (
        "the first phone still may"
    )


def test_nobody_chooses_a_reference(ticket: HeldTicket) -> None:
    given = submit_rating(
        ticket, ticket.served[0], RatingDraft(GOOD), Hand(OTHER.key, "HT4RK7WM"), on=THURSDAY
    )
    assert given != "HT4RK7WM"
    assert waiting()[0].reference == given


def test_the_holder_of_the_code_alone_cannot_work_the_reference_out(ticket: HeldTicket) -> None:
    person = ticket.served[0]
    first = submit_rating(ticket, person, RatingDraft(GOOD), HAND, on=THURSDAY)
    guesses = {
        reference(ballot_id(ticket.secret, person.number)),
        reference(person.ballot_id),
        kept_reference(b"", ticket.hash, person.number),
        kept_reference(ticket.secret, ticket.hash, person.number),
    }
    assert first not in guesses


def test_replacements_are_counted_no_further_than_can_be_stored(ticket: HeldTicket) -> None:
    submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), HAND, on=THURSDAY)
    db.session.execute(update(Intake).values(replaced=99))
    db.session.commit()
    submit_rating(ticket, ticket.served[0], RatingDraft(LOW), HAND, on=THURSDAY)
    assert db.session.scalars(select(Intake.replaced)).one() == 99


def test_a_ballot_leaves_no_audit_line(ticket: HeldTicket) -> None:
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), HAND, on=THURSDAY)
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_reasons_and_contact_of_a_good_ballot_are_not_stored(ticket: HeldTicket) -> None:
    draft = RatingDraft(GOOD, reasons=3, contact="13855501321")
    submit_rating(ticket, ticket.served[0], draft, HAND, on=THURSDAY)
    [row] = waiting()
    assert (row.reasons, row.contact) == (0, None)


def test_a_contact_is_stored_encrypted_and_without_a_time(ticket: HeldTicket) -> None:
    draft = RatingDraft(LOW, reasons=1, contact="13855501321")
    submit_rating(ticket, ticket.served[0], draft, HAND, on=THURSDAY)
    sealed = waiting()[0].contact
    assert sealed is not None
    assert b"13855501321" not in sealed
    assert open_contact(sealed) == "13855501321"
    assert submit_time(sealed) == 0


def submit_time(sealed: bytes) -> int:
    return int.from_bytes(urlsafe_b64decode(sealed)[1:9])


def test_after_the_window_a_ballot_is_refused(ticket: HeldTicket) -> None:
    with pytest.raises(ExpiredTicket):
        submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), HAND, on=date(2026, 11, 27))
    assert ballots() == 0


def test_a_counted_ballot_is_refused_even_inside_the_window(ticket: HeldTicket) -> None:
    count(ticket)
    with pytest.raises(UsedTicket):
        submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), HAND, on=THURSDAY)
    assert ballots() == 0


def count(ticket: HeldTicket) -> None:
    """Put a counted rating of the first person into the table, as counting would."""
    person = ticket.served[0]
    save(
        Rating(
            ballot_id=person.ballot_id,
            reference="HT4RK7WM",
            base_period="2026-Q4",
            section_id=person.section_id,
            staff_id=person.staff_id,
            rater_group=ticket.rater_group,
            channel=ticket.channel,
            attitude=5,
        )
    )


def test_an_incomplete_ballot_is_refused(ticket: HeldTicket) -> None:
    with pytest.raises(DomainError, match="The rating is not complete"):
        submit_rating(ticket, ticket.served[0], RatingDraft({}), HAND, on=THURSDAY)


def test_each_of_several_staff_has_a_ballot_of_their_own(app: Flask) -> None:
    section = make_section()
    ticket = issue(make_staff(section), make_staff(section))
    submit_rating(ticket, ticket.served[1], RatingDraft(GOOD), HAND, on=THURSDAY)
    receipts = find_receipts(ticket.hash, HAND.key)
    assert [receipt.number for receipt in receipts] == [ticket.served[1].number]
    assert find_receipts(ticket.hash, OTHER.key) == []
    submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), HAND, on=THURSDAY)
    assert ballots() == 2


def test_a_secret_that_nobody_issued_is_unknown(app: Flask) -> None:
    with pytest.raises(UnknownTicket):
        get_ticket(bytes(16))


# What an earlier release, which derived the key beside its ballots, sealed under the key below.
OLD_KEY, OLD_NUMBER = "a secret key of 2026 that stays", "13855501321"
OLD = (
    b"gAAAAAAAAAAAn1bDElggLmt410O9KS5uWiUnPe1YSqdisfoDoa4zdov7WPS"
    b"e4IWX1Yw_ITDKSfP3kwSdl9QRbNdGvC2spss2ZA=="
)


def test_a_number_that_an_earlier_release_sealed_still_opens(app: Flask) -> None:
    app.config["SECRET_KEY"] = OLD_KEY
    assert open_contact(OLD) == OLD_NUMBER
    assert open_contact(seal_contact(OLD_NUMBER)) == OLD_NUMBER
    app.config["SECRET_KEY"] = "another one"
    with pytest.raises(InvalidToken):
        open_contact(OLD)
