"""Who reads the rates of organs: the office, leaders all of them, a chief the own organ."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.rules import Satisfaction
from tests.factories import make_organ, make_user
from tests.supervision.hotline.lists import as_csv, row, written
from tests.supervision.office import Supervision, at

SignIn = Callable[[User], FlaskClient]
REASON = "重复来电不计"
FEBRUARY = "/hotline/league?lang=en&since=2026-02-01&until=2026-02-28"


@pytest.fixture
def client(office: Supervision, sign_in: SignIn) -> Iterator[FlaskClient]:
    """Signed in as the office of the city after a month with six calls of each organ.

    The other one is better.
    """
    make_organ(code="RS", name="人社局")
    office_of_city = sign_in(make_user(Role.SUPERVISOR))
    rows = [row(f"RX-{n}", 承办单位="审批局" if n < 7 else "人社局") for n in range(13)]
    written(office_of_city, as_csv(rows))
    for ticket in db.session.scalars(select(HotlineTicket)):
        ticket.called_on, ticket.is_reached = date(2026, 2, 11), True
        ticket.in_limit, ticket.satisfaction = True, Satisfaction.SATISFIED
        ticket.is_solved = ticket.organ.code == "RS"
    db.session.commit()
    first = db.session.scalars(select(HotlineTicket.id).filter_by(number="RX-1")).one()
    office_of_city.post(f"/hotline/{first}/leave-out", data={"reason": REASON})
    with time_machine.travel(at(date(2026, 3, 2)), tick=False):
        yield sign_in(make_user(Role.SUPERVISOR))


def test_a_leader_reads_all_organs_and_nothing_of_single_tickets(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    head = make_user(Role.LEADER, organ_id=office.organ.id)
    for leader in (db.session.get_one(User, office.leader.user_id), head):
        who = sign_in(leader)
        assert "/hotline/league" in who.get("/matters").text
        page = who.get("/hotline/league?lang=en").text
        assert "审批局" in page
        assert "人社局" in page
        for hidden in (REASON, 'href="/hotline"', "/hotline/imports", "/ledgers/hotline"):
            assert hidden not in page
        assert who.get("/hotline").status_code == 404
        assert who.get("/ledgers/hotline").status_code in {403, 404}
    assert REASON in client.get(FEBRUARY).text


def test_a_chief_reads_the_own_organ_and_its_rank_among_all(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    who = sign_in(db.session.get_one(User, office.chief.user_id))
    page = who.get("/hotline/league?lang=en").text
    assert "审批局" in page
    assert "人社局" not in page
    assert "The rank is among all 2 organs" in page
    assert '<td class="num" data-l="Rank">2</td>' in page
    own = sign_in(make_user(Role.SUPERVISOR, organ_id=office.organ.id))
    shown = own.get(FEBRUARY).text
    assert "人社局" not in shown
    assert '<td class="num" data-l="Rank">2</td>' in shown, "the office of an organ too"


def test_nobody_else_reads_it(client: FlaskClient, sign_in: SignIn) -> None:
    for role in (Role.HR, Role.COUNTER, Role.DISCIPLINE, Role.AUDITOR):
        assert sign_in(make_user(role)).get("/hotline/league").status_code == 404


def test_one_day_or_a_few_callers_tell_nobody_what_a_caller_said(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    day = "/hotline/league?lang=en&since=2026-02-10&until=2026-02-10"
    head = sign_in(make_user(Role.LEADER, organ_id=office.organ.id))
    assert 'value="2026-02-01"' in head.get(day).text, "whole months"
    assert 'value="2026-02-28"' in head.get(day).text
    for ticket in db.session.scalars(select(HotlineTicket)):
        if ticket.organ.code == "RS" and ticket.number != "RX-12":
            ticket.is_reached = ticket.in_limit = ticket.is_solved = ticket.satisfaction = None
            ticket.called_on = None
    db.session.commit()
    page = head.get(day).text
    assert "too few callers to say" in page
    assert "1/1" not in page
    assert "1/1" in client.get(FEBRUARY).text


def test_the_month_that_runs_on_is_not_shown(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    leader = make_user(Role.LEADER, organ_id=office.organ.id)
    assert "6/6" in sign_in(leader).get("/hotline/league?lang=en").text
    with time_machine.travel(at(date(2026, 2, 28)), tick=False):
        head = sign_in(leader)
        for span in ("", "&since=2026-02-01&until=2026-02-28", "&since=2026-01-01"):
            page = head.get(f"/hotline/league?lang=en{span}").text
            assert "6/6" not in page
            assert 'value="2026-01-31"' in page


def test_the_difference_of_two_views_is_never_that_of_a_few_callers(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    two = [row(f"RX-{n}", 受理时间="2026/3/1 9:00") for n in (20, 21)]
    written(client, as_csv(two))
    for ticket in db.session.scalars(select(HotlineTicket).filter_by(called_on=None)):
        if ticket.received_on.month == 3:
            ticket.called_on, ticket.is_reached = date(2026, 3, 2), True
            ticket.in_limit, ticket.is_solved = False, False
            ticket.satisfaction = Satisfaction.DISSATISFIED
    db.session.commit()
    both, numbers = FEBRUARY.replace("02-28", "03-31"), re.compile(r"\d+/\d+")
    with time_machine.travel(at(date(2026, 4, 1)), tick=False):
        head = sign_in(make_user(Role.LEADER, organ_id=office.organ.id))
        views = [numbers.findall(head.get(path).text) for path in (FEBRUARY, both)]
        city = sign_in(make_user(Role.SUPERVISOR))
        all_of_it = numbers.findall(city.get(both).text)
    assert views[0] == views[1] != []
    assert all_of_it != views[1]


def test_one_answer_to_a_question_is_not_shown_for_many_callers(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    rated = select(HotlineTicket).join(HotlineTicket.organ).where(Organ.code == "RS")
    for ticket in db.session.scalars(rated.where(HotlineTicket.number != "RX-12")):
        ticket.satisfaction = None
    db.session.commit()
    head = sign_in(make_user(Role.LEADER, organ_id=office.organ.id))
    assert "1/1" not in head.get(FEBRUARY).text
