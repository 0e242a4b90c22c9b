"""Tickets against services handled: one row for a person's day, and no number that misleads."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.tickets.models import COMMAND_LINE, IssuingTally
from evalsys.results.reports.handled.days import HandledFilter
from evalsys.results.reports.handled.page import list_rows, read_totals
from tests.applications import noted_statements
from tests.factories import make_section, make_staff, make_user, save
from tests.world import NOW

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
DAY, NEXT = date(2026, 11, 23), date(2026, 11, 24)
BOTH = HandledFilter(DAY, NEXT)


@pytest.fixture
def clerk(section: Section) -> Staff:
    return make_staff(section, name="王芳")


def issued(
    day: date, staff: Staff, section: Section, issuer_id: int, tickets: int, **more: int
) -> None:
    about = {"invitations": 0, "for_colleagues": 0, **more}
    key = {"served_on": day, "staff_id": staff.id, "section_id": section.id}
    save(IssuingTally(**key, issuer_id=issuer_id, tickets=tickets, **about))


def served(
    day: date, staff: Staff, section: Section, services: int, by: User | None = None
) -> None:
    about = {"services": services, "entered_by": by.id if by else None, "entered_on": NEXT}
    save(ServicesHandled(served_on=day, staff_id=staff.id, section_id=section.id, **about))


def test_several_issuers_do_not_multiply_the_services(clerk: Staff, section: Section) -> None:
    for number in (1, 2, 3):
        issued(DAY, clerk, section, make_user().id, number, invitations=9)
    served(DAY, clerk, section, 8)
    [row] = list_rows(SYSTEM, BOTH)
    assert (row.tickets, row.services, row.ratio, row.is_more) == (6, 8, 0.75, False)
    assert [one.tickets for one in row.issuers] == [3, 2, 1]
    totals = read_totals(SYSTEM, BOTH)
    assert (totals.tickets, totals.services, totals.known, totals.one_hand) == (6, 8, 6, 3)


def test_a_day_without_a_number_leaves_both_sides_and_is_counted(
    clerk: Staff, section: Section
) -> None:
    hand = make_user()
    issued(DAY, clerk, section, hand.id, 40)
    issued(NEXT, clerk, section, hand.id, 5)
    served(NEXT, clerk, section, 10)
    totals = read_totals(SYSTEM, BOTH)
    assert (totals.rows, totals.unknown, totals.tickets, totals.known) == (2, 1, 45, 5)
    assert totals.ratio == 0.5
    unknown = HandledFilter(DAY, NEXT, show="unknown")
    assert [(row.served_on, row.ratio) for row in list_rows(SYSTEM, unknown)] == [(DAY, None)]


def test_services_without_a_ticket_and_tickets_without_a_service_both_stand_there(
    clerk: Staff, section: Section
) -> None:
    served(DAY, clerk, section, 30)
    issued(NEXT, clerk, section, COMMAND_LINE, 2)
    served(NEXT, clerk, section, 0)
    after, before = list_rows(SYSTEM, BOTH)
    assert (before.tickets, before.services, before.ratio) == (0, 30, 0.0)
    assert (after.tickets, after.services, after.ratio, after.is_more) == (2, 0, None, True)
    assert [one.name for one in after.issuers] == [""]
    assert read_totals(SYSTEM, BOTH).more == 1
    first, second = list_rows(SYSTEM, HandledFilter(DAY, NEXT, sort="share"))
    assert (first.served_on, second.served_on) == (NEXT, DAY), "the worst first"


def test_who_is_invited_had_no_service(clerk: Staff, section: Section) -> None:
    issued(DAY, clerk, section, make_user().id, 0, invitations=12)
    assert list_rows(SYSTEM, BOTH) == []
    assert read_totals(SYSTEM, BOTH).rows == 0


def test_one_hand_is_one_person_whatever_the_accounts_and_oneself_is_named(
    clerk: Staff, section: Section
) -> None:
    person = make_staff()
    one = make_user(Role.COUNTER, staff_id=person.id, display_name="孙丽", disabled_at=NOW)
    two = make_user(Role.HR, staff_id=person.id, display_name="孙丽（人事）")
    own = make_user(Role.COUNTER, staff_id=clerk.id)
    issued(DAY, clerk, section, one.id, 4)
    issued(DAY, clerk, section, two.id, 3)
    issued(DAY, clerk, section, own.id, 5, for_colleagues=5)
    served(DAY, clerk, section, 6, by=two)
    [row] = list_rows(SYSTEM, BOTH)
    assert (row.tickets, row.one_hand, row.own, row.colleagues) == (12, 7, 5, 5)
    assert row.is_own_number, "who counted the services issued the tickets"
    totals = read_totals(SYSTEM, BOTH)
    assert (totals.one_hand, totals.own) == (7, 5)
    assert len(totals.one_hand_names) == 2


def test_an_office_sees_its_own_organ_and_the_filters_narrow(
    clerk: Staff, section: Section
) -> None:
    foreign = make_section()
    other = make_staff(foreign, name="赵强")
    for staff, where in ((clerk, section), (other, foreign)):
        issued(DAY, staff, where, make_user().id, 3)
    own = Actor(Role.SUPERVISOR, organ_id=section.organ_id)
    assert [row.staff.name for row in list_rows(own, BOTH)] == ["王芳"]
    assert read_totals(own, BOTH).tickets == 3
    for found in ({"section": foreign.code}, {"person": other.number}, {"person": "赵"}):
        assert [r.staff.name for r in list_rows(SYSTEM, HandledFilter(DAY, NEXT, **found))] == [
            "赵强"
        ]
    assert list_rows(SYSTEM, HandledFilter(DAY, NEXT, person="%")) == []
    assert list_rows(own, HandledFilter(DAY, NEXT, section=foreign.code)) == []


def test_the_page_says_what_is_missing_and_any_number_of_rows_takes_as_many_queries(
    sign_in: SignIn, clerk: Staff, section: Section
) -> None:
    client = sign_in(make_user(Role.SUPERVISOR))
    hand = make_user(Role.COUNTER, display_name="大厅甲")
    issued(DAY, clerk, section, hand.id, 4)
    db.session.expire_all()
    with noted_statements() as few:
        page = client.get("/handled?since=2026-11-01&until=2026-11-30").text
    assert "not entered" in page
    assert "大厅甲" in page
    for _ in range(60):
        issued(DAY, make_staff(make_section()), section, make_user().id, 2)
    db.session.expire_all()
    with noted_statements() as many:
        page = client.get("/handled?since=2026-11-01&until=2026-11-30").text
    assert len(many) == len(few)
    assert "Rows 1–50 of 61" in page
    assert client.get("/handled?since=2026-11-30&until=2026-11-01").status_code == 422


@pytest.mark.parametrize(
    "role", [Role.CHIEF, Role.STAFF, Role.COUNTER, Role.LEADER, Role.AUDITOR, Role.DISCIPLINE]
)
def test_who_is_rated_who_issues_and_who_decides_do_not_find_it(
    sign_in: SignIn, section: Section, role: Role
) -> None:
    client = sign_in(make_user(role, organ_id=section.organ_id))
    for path in ("/handled", "/handled/enter"):
        assert client.get(path).status_code == 404
        assert "/handled" not in client.get("/").text


def test_supervision_finds_it_in_the_navigation_and_the_office_beside_its_tickets(
    sign_in: SignIn, section: Section
) -> None:
    assert 'href="/handled"' in sign_in(make_user(Role.SUPERVISOR)).get("/").text
    client = sign_in(make_user(Role.HR))
    assert 'href="/handled"' not in client.get("/").text
    assert 'href="/handled"' in client.get("/tickets").text
