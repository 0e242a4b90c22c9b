"""What is left of a ticket when its window is over, and what its holder is told."""

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.ballots.models import Intake, Ticket, TicketStaff
from evalsys.ratings.ballots.queries import get_ticket
from evalsys.ratings.ballots.rules import UsedTicket, ticket_hash
from evalsys.ratings.counting.service import count_due
from evalsys.ratings.counting.spending import issued
from evalsys.ratings.counting.spent_models import IssuedCount, SpentTicket
from evalsys.ratings.tickets.rules.codes import write_code
from tests.factories import make_section, make_staff
from tests.ratings.intake import DAY_AFTER, SERVED, VALID_UNTIL, leave_ballot, leave_ballots

pytestmark = pytest.mark.usefixtures("app")
SECRET = 10  # bytes


def secret(nth: int) -> bytes:
    return nth.to_bytes(SECRET)


def test_when_its_window_is_over_a_ticket_is_its_hash_and_last_day() -> None:
    staff = make_staff(make_section())
    leave_ballot(secret(1), staff)
    count_due(SYSTEM, on=VALID_UNTIL)
    assert db.session.scalars(select(SpentTicket)).all() == [], "the window is open"
    count_due(SYSTEM, on=DAY_AFTER)
    [row] = db.session.execute(select(SpentTicket.__table__)).all()
    assert tuple(row) == (ticket_hash(secret(1)), VALID_UNTIL)
    for model in (Ticket, TicketStaff):
        assert db.session.scalars(select(model)).all() == []
    assert db.session.scalar(select(func.count()).select_from(Intake)) == 1, "too few to count"


def test_counts_of_issued_tickets_remain_by_person_and_day() -> None:
    section = make_section()
    one, two = make_staff(section), make_staff(section)
    leave_ballot(secret(1), one, two)
    leave_ballot(secret(2), one)
    open_day = date(2026, 9, 28)
    leave_ballot(secret(3), one, served_on=open_day, valid_until=date(2026, 10, 9))
    tickets = issued().c
    query = select(tickets.staff_id, tickets.served_on, func.sum(tickets.tickets))
    query = query.group_by(tickets.staff_id, tickets.served_on)

    def counts() -> set[tuple[int, date, int]]:
        return {(row[0], row[1], int(row[2])) for row in db.session.execute(query)}

    before = counts()
    assert before == {(one.id, SERVED, 2), (two.id, SERVED, 1), (one.id, open_day, 1)}
    for _ in range(2):
        count_due(SYSTEM, on=DAY_AFTER)
        assert counts() == before
    assert db.session.scalar(select(func.count()).select_from(IssuedCount)) == 2


def test_a_spent_ticket_still_says_whether_it_was_used(client: FlaskClient) -> None:
    staff = make_staff(make_section())
    leave_ballots(19, staff)
    leave_ballot(secret(1), staff)
    count_due(SYSTEM, on=DAY_AFTER)
    with pytest.raises(UsedTicket) as caught:
        get_ticket(secret(1))
    assert caught.value.params["day"] == VALID_UNTIL
    used = client.post("/r", data={"code": write_code(secret(1))})
    assert used.status_code == 409
    assert "Your rating is counted" in used.text


def test_a_spent_ticket_that_nobody_used_is_over(client: FlaskClient) -> None:
    staff = make_staff(make_section())
    leave_ballot(secret(7), staff)
    db.session.delete(db.session.scalars(select(Intake)).one())
    db.session.commit()
    count_due(SYSTEM, on=DAY_AFTER)
    answer = client.post("/r", data={"code": write_code(secret(7))})
    assert answer.status_code == 410
    assert "The time to rate is over" in answer.text
    assert "28 Sep" in answer.text


def test_a_code_that_nobody_issued_is_still_unknown(client: FlaskClient) -> None:
    assert client.post("/r", data={"code": write_code(secret(9))}).status_code == 404
