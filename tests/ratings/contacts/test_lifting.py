"""Numbers to call come out of waiting ballots each night, change with them, and have a term."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import select, text

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.organisation.periods.models import PeriodState
from evalsys.ratings.ballots.models import CallbackContact, Intake
from evalsys.ratings.ballots.queries import HeldTicket, get_ticket
from evalsys.ratings.ballots.rules import Hand, RatingDraft
from evalsys.ratings.ballots.service import open_contact, submit_rating
from evalsys.ratings.contacts.lifting import GONE, lift_contacts
from evalsys.ratings.contacts.rows import LENGTH, Contact, open_row, seal_row
from evalsys.ratings.counting import service as counting
from evalsys.ratings.counting.service import CountingResult, count_due
from tests.factories import make_period, make_section, make_staff
from tests.ratings.intake import DAY_AFTER, VALID_UNTIL, leave_ballot, leave_ballots, waiting

pytestmark = pytest.mark.usefixtures("app")

MONDAY = date(2026, 9, 21)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
SECRET = b"a-citizen-000001"
HAND = Hand(b"a citizen's key!")
PHONE, OTHER = "13855501321", "13855501322"


@pytest.fixture
def ticket() -> HeldTicket:
    leave_ballot(SECRET, make_staff(make_section()))
    db.session.execute(text("DELETE FROM intake"))
    db.session.commit()
    return get_ticket(SECRET)


def rate(ticket: HeldTicket, phone: str | None, attitude: int = 1, hand: Hand = HAND) -> None:
    draft = RatingDraft({"attitude": attitude}, reasons=1, contact=phone)
    submit_rating(ticket, ticket.served[0], draft, hand, on=MONDAY)


def rows() -> list[CallbackContact]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(CallbackContact)))


def numbers() -> list[str]:
    found = (open_row(row.sealed).phone for row in rows())
    return sorted(open_contact(phone.encode()) for phone in found if phone)


def test_a_submit_writes_no_contact_and_the_night_lifts_it(ticket: HeldTicket) -> None:
    rate(ticket, PHONE)
    assert rows() == []
    lift_contacts(TUESDAY)
    [row] = rows()
    assert numbers() == [PHONE]
    assert row.organ_id == db.session.scalar(text("SELECT organ_id FROM section"))
    assert (row.is_done, row.due_on) == (False, WEDNESDAY), "two working days after the rating"


def test_the_id_stays_when_somebody_rates_again_and_the_number_changes(ticket: HeldTicket) -> None:
    rate(ticket, PHONE)
    lift_contacts(TUESDAY)
    [before] = [(row.id, row.due_on) for row in rows()]
    rate(ticket, OTHER)
    lift_contacts(WEDNESDAY)
    assert [(row.id, row.due_on) for row in rows()] == [before]
    assert numbers() == [OTHER]


@pytest.mark.parametrize(("phone", "attitude"), [(None, 1), (PHONE, 5)])
def test_a_number_that_was_taken_back_leaves_an_empty_row(
    ticket: HeldTicket, phone: str | None, attitude: int
) -> None:
    rate(ticket, PHONE)
    lift_contacts(TUESDAY)
    [row] = rows()
    length, due_on = len(row.sealed), row.due_on
    rate(ticket, phone, attitude)
    lift_contacts(WEDNESDAY)
    [row] = rows()
    assert open_row(row.sealed) == Contact()
    assert (len(row.sealed), row.due_on, row.is_done) == (length, due_on, False)


def test_each_night_seals_every_row_anew_at_one_length() -> None:
    leave_ballots(30, contact=b"sealed")
    lift_contacts(TUESDAY)
    before = {row.id: row.sealed for row in rows()}
    lift_contacts(WEDNESDAY)
    after = {row.id: row.sealed for row in rows()}
    assert len(before) == 30
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    assert len({len(one) for one in (*before.values(), *after.values())}) == 1


def test_an_id_cannot_be_worked_out_from_what_is_counted(ticket: HeldTicket) -> None:
    """Not from ballot id and reference of the rating, nor from the hash of its ticket."""
    from evalsys.ratings.ballots.sealing import name_of_contact  # noqa: PLC0415  # The thief's own.

    rate(ticket, PHONE)
    [ballot] = waiting()
    known = (ballot.ballot_id, ballot.tag, ticket.hash, ballot.reference.encode())
    assert ballot.contact_id == name_of_contact(SECRET, ballot.reference)
    assert ballot.contact_id not in {name_of_contact(one, ballot.reference) for one in known}


def test_a_ballot_from_before_keeps_its_id_until_it_is_rated_again(
    ticket: HeldTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalsys.ratings.ballots.service.name_of_contact", lambda *_: "")
    rate(ticket, PHONE)
    lift_contacts(TUESDAY)
    [before] = [row.id for row in rows()]
    lift_contacts(WEDNESDAY)
    assert [row.id for row in rows()] == [before]
    monkeypatch.undo()
    rate(ticket, PHONE)
    lift_contacts(WEDNESDAY)
    assert numbers() == [PHONE], "one full, and one empty"
    assert len(rows()) == 2


def test_a_ballot_between_the_lift_and_the_counting_takes_its_number_along_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leave_ballots(20, attitude=1, contact=b"sealed")
    with monkeypatch.context() as patch:
        patch.setattr(counting, "lift_contacts", lambda on: None)
        assert count_due(SYSTEM, on=DAY_AFTER).counted == CountingResult(batches=0)
    assert count_due(SYSTEM, on=DAY_AFTER).counted.ballots == 20
    assert len(rows()) == 20


def test_another_secret_key_empties_nothing() -> None:
    leave_ballots(3, contact=b"sealed")
    lift_contacts(TUESDAY)
    before = {row.id: row.sealed for row in rows()}
    key, current_app.config["SECRET_KEY"] = current_app.config["SECRET_KEY"], "another key"
    lift_contacts(WEDNESDAY)
    current_app.config["SECRET_KEY"] = key
    assert {row.id: row.sealed for row in rows()} == before


def held_after(days: int, **values: Any) -> None:
    """Leave ballots of a period that closes before they are counted, and let some days go by."""
    leave_ballots(3)
    leave_ballot(b"with-a-number-01", make_staff(make_section()), attitude=1, **values)
    lift_contacts(TUESDAY)
    make_period("2026-Q3", state=PeriodState.CLOSED)
    lift_contacts(VALID_UNTIL + timedelta(days=days))


def test_a_number_whose_ballot_is_never_counted_has_a_term_too() -> None:
    held_after(90, contact=b"sealed")
    assert [ballot.contact for ballot in waiting()].count(b"sealed") == 1
    before = {row.name: row.sealed for row in db.session.scalars(select(Intake))}
    db.session.rollback()
    lift_contacts(VALID_UNTIL + timedelta(days=91))
    assert [ballot.contact for ballot in waiting()] == [None] * 4
    [row] = rows()
    assert open_row(row.sealed) == Contact()
    after = {row.name: row.sealed for row in db.session.scalars(select(Intake))}
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values()), "nothing tells which had the number"
    query = select(AuditEvent.details).where(AuditEvent.action == Action.CONTACT_DELETE)
    assert db.session.scalars(query).all() == [{"contacts": 1}]


@pytest.mark.parametrize("words", ["", "等" * 150, "等" * 1000])
def test_a_held_ballot_loses_its_number_and_neither_words_nor_length(words: str) -> None:
    held_after(90, contact=b"s" * 140, comment=words or None)
    before = {row.name: len(row.sealed) for row in db.session.scalars(select(Intake))}
    db.session.rollback()
    lift_contacts(VALID_UNTIL + timedelta(days=91))
    assert {row.name: len(row.sealed) for row in db.session.scalars(select(Intake))} == before
    assert (words or None) in [ballot.comment for ballot in waiting()]


def test_an_empty_row_goes_when_its_day_is_long_over_and_a_full_one_stays() -> None:
    leave_ballots(1, contact=b"sealed")
    lift_contacts(TUESDAY)
    organ_id = rows()[0].organ_id
    row = {"organ_id": organ_id, "due_on": TUESDAY, "sealed": seal_row(Contact())}
    db.session.add(CallbackContact(id="0" * 32, **row))
    db.session.commit()
    lift_contacts(TUESDAY + GONE)
    assert len(rows()) == 2
    lift_contacts(TUESDAY + GONE + timedelta(days=1))
    [left] = rows()
    assert open_row(left.sealed).phone == "sealed"


def test_what_does_not_fit_is_never_cut() -> None:
    with pytest.raises(ValueError, match="longer"):
        seal_row(Contact(phone="1" * LENGTH))
