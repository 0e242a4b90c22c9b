"""Bulk inserts take few statements, with the same result on both databases."""

from datetime import date

from flask import Flask
from sqlalchemy import select

from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.foundation.rows import add_new_rows, add_rows, add_to_rows
from evalsys.ratings.counting.spent_models import IssuedCount, RatedTicket
from evalsys.ratings.tickets.models import UsedEvent
from tests.databases import KIND
from tests.factories import make_section, make_staff

DAY = date(2026, 11, 19)


def events(number: int) -> list[dict[str, object]]:
    return [{"event_hash": n.to_bytes(16), "kept_until": DAY} for n in range(number)]


def test_a_thousand_rows_are_one_statement(app: Flask, statements: list[str]) -> None:
    with unaudited_unit():
        statements.clear()
        add_rows(UsedEvent, events(1_000))
    assert len(statements) == 1
    assert KIND == "sqlite" or statements[0].count("), (") == 999
    found = db.session.scalars(select(UsedEvent.event_hash).order_by(UsedEvent.event_hash)).all()
    assert found == [row["event_hash"] for row in events(1_000)]


def test_no_rows_are_no_statement(app: Flask, statements: list[str]) -> None:
    with unaudited_unit():
        statements.clear()
        add_rows(UsedEvent, [])
    assert statements == []


def test_what_is_there_already_stays_and_the_rest_comes(app: Flask) -> None:
    for number in (2, 3):
        with unaudited_unit():
            add_new_rows(RatedTicket, [{"tag": bytes([n]) * 16} for n in range(number)])
    assert len(db.session.scalars(select(RatedTicket.tag)).all()) == 3


def test_numbers_are_added_to_the_row_of_their_key(app: Flask) -> None:
    section = make_section()
    one, other = make_staff(section), make_staff(section)
    for people, number in (([one], 2), ([one, other], 3), ([one], -1)):
        rows = [
            {"served_on": DAY, "section_id": section.id, "staff_id": who.id, "tickets": number}
            for who in people
        ]
        with unaudited_unit():
            add_to_rows(IssuedCount, rows, ["tickets"])
    found = db.session.execute(select(IssuedCount.staff_id, IssuedCount.tickets)).all()
    assert dict(found) == {one.id: 4, other.id: 3}
