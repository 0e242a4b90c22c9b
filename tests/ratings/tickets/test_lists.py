"""Lists of services that become tickets: every row or none, and everything wrong at once."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.ballots.models import Channel, RaterGroup, Ticket, TicketStaff
from evalsys.ratings.tickets.checks import EventsRefused
from evalsys.ratings.tickets.lists import issue_list, read_services
from evalsys.ratings.tickets.service import IssuedTicket
from tests.factories import make_section, make_staff

pytestmark = pytest.mark.usefixtures("app")

TODAY = date(2026, 11, 24)
HEADING = "办理日期,工号,办件编号,事项,渠道,评价人,受邀人\n"


@pytest.fixture(autouse=True)
def clerks(app: Flask) -> None:
    section = make_section()
    for number in ("000217", "000218"):
        make_staff(section, number=number)


def issue(text: str, *, most: int | None = None) -> list[IssuedTicket]:
    services = read_services("服务.csv", (HEADING + text).encode(), on=TODAY)
    with unit_of_work(SYSTEM) as unit:
        return issue_list(unit, services, on=TODAY, most=most)


def refused(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(EventsRefused) as caught:
        issue(text)
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0
    return [(p.row, p.field, p.value) for p in caught.value.problems]


def test_a_row_is_one_ticket_for_everybody_who_served() -> None:
    issued = issue("2026-11-23,000217、000218,,证照补领,短信,基层单位,桥西社区\n")
    assert len(issued) == 1
    ticket = db.session.scalars(select(Ticket)).one()
    assert (ticket.channel, ticket.rater_group) == (Channel.SMS, RaterGroup.GRASSROOTS)
    assert db.session.scalar(select(func.count()).select_from(TicketStaff)) == 2


def test_digits_parted_at_another_place_are_another_row() -> None:
    assert len(issue("2026-11-23,000217,8127-1-23,,,,\n2026-11-23,000217,8127-12-3,,,,\n")) == 2
    twice = "2026-11-23,000217,8128-1-23,,,,\n2026-11-23,000217,8128123,,,,\n"
    with pytest.raises(EventsRefused) as caught:
        issue(twice)
    found = [(p.row, p.message) for p in caught.value.problems]
    assert found == [(3, "Stands in the list twice")]


def test_everything_that_is_wrong_stands_in_one_report() -> None:
    assert refused(
        "2026-11-23,000217,SP-000001,,,,\n"
        "昨天,999999,SP-000002,,,,\n"
        "2026-11-23,888888,SP-000003,,飞鸽,,\n"
        "2026-11-25,000217,SP-000004,,,,\n"
        "2026-11-23,,SP-000005,,,,\n"
        "2026-11-23,000218,,,,,\n"
        "2026-11-23,000218,SP-1,,,,\n"
        "2026-11-23,000217,sp 000001,,,,\n"
        "2026-11-23,000217,,,,分管领导,\n"
    ) == [
        (3, "served_on", "昨天"),
        (3, "staff", "999999"),
        (4, "channel", "飞鸽"),
        (4, "staff", "888888"),
        (5, "served_on", "2026-11-25"),
        (6, "staff", ""),
        (7, "event_no", ""),
        (8, "event_no", "SP-1"),
        (9, "event_no", "sp 000001"),
        (10, "addressee", ""),
    ]


def test_without_a_day_nobody_is_said_to_be_elsewhere() -> None:
    left = make_staff(make_section(started_on=date(2027, 1, 1)), number="000300")
    assert left.number == "000300"
    assert refused("昨天,000300,SP-000001,,,,\n") == [(2, "served_on", "昨天")]


@pytest.mark.parametrize("text", ["", ",,,,,,\n"])
def test_a_heading_alone_is_no_list(text: str) -> None:
    assert refused(text) == [(0, "", "")]


def test_a_page_takes_so_many_rows_and_the_command_more(app: Flask, tmp_path: Path) -> None:
    rows = "".join(f"{pages.today()},000217,SP-00000{n},,,,\n" for n in range(3))
    with pytest.raises(EventsRefused):
        issue(rows, most=2)
    file, codes = tmp_path / "list.csv", tmp_path / "codes.csv"
    file.write_text(HEADING + rows)
    done = app.test_cli_runner().invoke(args=["ratings", "issue", str(file), "--out", str(codes)])
    assert (done.exit_code, len(codes.read_text().splitlines())) == (0, 4)
