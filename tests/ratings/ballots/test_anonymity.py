"""From the citizen's hand to the tallies: nothing joins a rating to its ticket or to a day."""

import itertools
import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Date, DateTime, func, select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.ballots.models import Comment, Exclusion, ExclusionReason, Intake, Rating
from evalsys.ratings.ballots.queries import HeldTicket, get_ticket
from evalsys.ratings.ballots.rules import Hand, RatingDraft, kept_reference
from evalsys.ratings.ballots.service import submit_rating
from evalsys.ratings.counting.service import count_due
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.service import issue_tickets
from tests.factories import make_event, make_section, make_staff, save

pytestmark = pytest.mark.usefixtures("app")

HAND = Hand(b"a citizen's key!")
SERVED, COUNTED = date(2026, 9, 21), date(2026, 10, 20)
TICKET_SIDE = ("ticket", "ticket_staff", "intake")
RATING_SIDE = ("rating", "exclusion", "comment", "callback_contact", "tally", "pressure_tally")
# Who was rated in which section, by whom, how and for what: the same for a whole crowd.
COARSE = {"section_id", "staff_id", "rater_group", "service_type", "channel", "base_period"}
BALLOT = {  # What moves from the intake to the rating, and leaves the intake by that.
    *("ballot_id", "reference", "attitude", "work_style", "efficiency", "competence"),
    "replaced",
    "sealed",  # Different things under one name.
}
LOW, HIGH = (1, 2, 1, 2), (5, 5, 4, 5)
NAMES = ("attitude", "work_style", "efficiency", "competence")


def reference_of(ticket: HeldTicket) -> str:
    return kept_reference(HAND.key, ticket.hash, ticket.served[0].number)


def rated(levels: tuple[int, ...], **words: Any) -> HeldTicket:
    """A ticket whose holder has rated."""
    ticket = issue(1)[0]
    reasons = 1 if min(levels) < 3 else 0
    draft = RatingDraft(dict(zip(NAMES, levels, strict=True)), reasons=reasons, **words)
    submit_rating(ticket, ticket.served[0], draft, HAND, on=SERVED)
    return ticket


def issue(number: int) -> list[HeldTicket]:
    person = make_staff(make_section())
    events = [make_event(SERVED, person.number) for _ in range(number)]
    with unit_of_work(SYSTEM) as unit:
        issued = issue_tickets(unit, events, on=SERVED)
    return [get_ticket(read_code(one.code)) for one in issued]


def columns(table: str) -> set[str]:
    return set(metadata.tables[table].columns.keys())


def values_of(tables: tuple[str, ...]) -> dict[tuple[str, str], set[Any]]:
    """The values of every column of some tables, as they are stored."""
    found: dict[tuple[str, str], set[Any]] = {}
    for name in tables:
        table = metadata.tables[name]
        rows = db.session.execute(select(table)).all()
        for place, column in enumerate(table.columns):
            found[name, column.name] = {row[place] for row in rows} - {None}
    return found


def test_the_two_sides_share_no_column_but_what_is_alike_for_a_crowd() -> None:
    for one, other in itertools.product(("ticket", "ticket_staff"), RATING_SIDE):
        assert columns(one) & columns(other) <= COARSE
    for other in RATING_SIDE:
        assert columns("intake") & columns(other) <= COARSE | BALLOT


def test_after_counting_no_value_of_a_ticket_stands_beside_a_rating() -> None:
    for nth, ticket in enumerate(issue(40)):
        levels = dict(zip(NAMES, (1 + nth % 5, None, 3, 4), strict=True))
        draft = RatingDraft(levels, reasons=1, comment=f"{nth}", contact="13855501321")
        submit_rating(ticket, ticket.served[0], draft, HAND, on=SERVED)
    tickets = values_of(TICKET_SIDE)
    count_due(SYSTEM, on=COUNTED)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Intake)) == 0
    assert db.session.scalar(select(func.count()).select_from(Rating)) == 40
    tickets |= values_of(("ticket", "ticket_staff", "spent_ticket"))
    ratings = values_of(RATING_SIDE)
    telling = {
        (place, value)
        for place, values in tickets.items()
        if place[1] not in COARSE
        for value in values
        if isinstance(value, bytes | date)
    }
    assert len(telling) > 40
    everything = set().union(*(v for place, v in ratings.items() if place[1] not in COARSE))
    assert {value for _, value in telling} & everything == set()


def test_no_time_of_a_ballot_is_finer_than_its_period() -> None:
    rated(HIGH, comment="谢谢")
    count_due(SYSTEM, on=COUNTED, force=True)
    ratings = values_of(RATING_SIDE)
    assert ratings["rating", "base_period"] == {"2026-Q3"}
    times = {
        (table, column.name)
        for table in ("rating", "comment", "tally", "pressure_tally")
        for column in metadata.tables[table].columns
        if isinstance(column.type, Date | DateTime) or "time" in column.name
    }
    assert times <= {("comment", "reviewed_at")}, "the reviewer's time, not the rater's"
    assert db.session.scalars(select(Comment.reviewed_at)).all() == [None]


def test_neither_a_submit_nor_a_look_writes_an_audit_line(client: FlaskClient) -> None:
    ticket = issue(1)[0]
    lines = select(func.count()).select_from(AuditEvent)
    before = db.session.scalar(lines)
    submit_rating(ticket, ticket.served[0], RatingDraft({"attitude": 5}), HAND, on=SERVED)
    client.post("/check", data={"reference": reference_of(ticket)})
    db.session.rollback()
    assert db.session.scalar(lines) == before


def answer(client: FlaskClient, ticket: HeldTicket) -> str:
    """What `/check` says about a ballot, without the reference that was typed."""
    reference = reference_of(ticket)
    page = client.post("/check", data={"reference": reference}).text
    return re.sub(f"{reference}|{reference[:4]} {reference[4:]}", "REFERENCE", page)


def test_check_says_the_same_of_a_good_and_of_a_bad_ballot(client: FlaskClient) -> None:
    bad = rated(LOW, comment="太慢了", contact="13855501321", pressured=True)
    good = rated(HIGH)
    received = answer(client, bad)
    assert received == answer(client, good)
    assert "Received" in received
    count_due(SYSTEM, on=COUNTED, force=True)
    counted = answer(client, bad)
    assert counted == answer(client, good)
    assert "Counted" in counted
    for ticket in (bad, good):
        save(
            Exclusion(
                staff_id=ticket.served[0].staff_id,
                ballot_id=ticket.served[0].ballot_id,
                reason=ExclusionReason.MISTAKEN,
                grounds="decision 12",
                decided_on=COUNTED,
            )
        )
    aside = answer(client, bad)
    assert aside == answer(client, good)
    assert "Set aside" in aside
    assert "太慢了" not in received + counted + aside
    assert "decision 12" not in aside
