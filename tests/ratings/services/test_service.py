"""How many services somebody handled: entered by somebody else, and never silently another."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import hands_of, may_be
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.services.service import (
    ChangedMeanwhile,
    NumberEntry,
    NumbersRefused,
    enter_services,
    plan_entries,
)
from evalsys.ratings.tickets.checks import Check, ServiceEvent
from tests.applications import noted_statements
from tests.factories import make_chief, make_posting, make_section, make_staff, make_user

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
TODAY = date(2026, 11, 24)


def enter(client: FlaskClient, staff: Staff, services: object, **more: str) -> tuple[int, str]:
    data = {"number": staff.number, "served_on": "2026-11-24", "services": str(services), **more}
    answer = client.post("/handled/enter", data=data)
    db.session.rollback()
    return answer.status_code, answer.text


def stored() -> dict[str, tuple[int, int | None]]:
    rows = db.session.scalars(select(ServicesHandled))
    return {str(row.served_on): (row.services, row.entered_by) for row in rows}


def test_supervision_enters_a_number_and_another_takes_its_place_only_if_meant(
    sign_in: SignIn, clerk: Staff, section: Section
) -> None:
    first = make_user(Role.SUPERVISOR)
    second = make_user(Role.SUPERVISOR, organ_id=section.organ_id)
    first_id, second_id = first.id, second.id
    assert enter(sign_in(first), clerk, 35)[0] == 303
    status, page = enter(sign_in(second), clerk, 12)
    assert status == 422
    assert "35 services stand there" in page
    assert stored() == {"2026-11-24": (35, first_id)}
    assert enter(sign_in(second), clerk, 12, replaces="y", stands="35")[0] == 303
    assert stored() == {"2026-11-24": (12, second_id)}
    lines = db.session.scalars(
        select(AuditEvent).filter_by(action=Action.HANDLED_ENTER).order_by(AuditEvent.id)
    ).all()
    assert [(one.subject_id, one.details["before"], one.details["services"]) for one in lines] == [
        (clerk.number, None, 35),
        (clerk.number, 35, 12),
    ]


def test_only_the_number_that_was_shown_is_replaced(sign_in: SignIn, clerk: Staff) -> None:
    supervision = sign_in(make_user(Role.SUPERVISOR))
    enter(supervision, clerk, 7)
    assert "7 services stand there" in enter(supervision, clerk, 12)[1]
    enter(supervision, clerk, 9, replaces="y", stands="7")  # Meanwhile, in another tab.
    status, page = enter(supervision, clerk, 12, replaces="y", stands="7")
    assert status == 422
    assert "9 services stand there" in page
    assert 'value="9"' in page
    assert "checked" not in page
    assert [services for services, _ in stored().values()] == [9]


def test_a_typed_staff_number_is_read_as_those_of_lists_are(sign_in: SignIn, clerk: Staff) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in clerk.number)
    data = {"number": f" \u200b{wide}\ufeff", "served_on": "2026-11-24", "services": "3"}
    assert sign_in(make_user(Role.SUPERVISOR)).post("/handled/enter", data=data).status_code == 303
    assert [services for services, _ in stored().values()] == [3]


@pytest.mark.parametrize("services", ["-1", "10000", "", "many"])
def test_what_is_no_number_of_services_is_not_entered(
    sign_in: SignIn, clerk: Staff, services: str
) -> None:
    assert enter(sign_in(make_user()), clerk, services)[0] == 422
    assert stored() == {}


def test_nobody_enters_for_themselves_their_own_section_or_one_that_they_lead(
    sign_in: SignIn, clerk: Staff, section: Section
) -> None:
    me, led = make_staff(section), make_section(section.organ)
    far = make_staff(led)
    make_chief(led, me)
    client = sign_in(make_user(Role.HR, staff_id=me.id))
    for person in (me, clerk, far):
        status, page = enter(client, person, 5)
        assert status == 422
        assert "nobody enters them for themselves" in page
    namesake = make_staff(make_section(), name="周敏")
    nameless = sign_in(make_user(Role.HR, display_name="周 \u200b敏"))
    assert "nobody can tell whether it is you" in enter(nameless, namesake, 5)[1]
    assert stored() == {}


def test_another_organ_a_day_ahead_and_a_day_without_a_section_are_refused(
    sign_in: SignIn, clerk: Staff, section: Section
) -> None:
    client = sign_in(make_user(Role.HR, organ_id=section.organ_id))
    assert "belonged to no section" in enter(client, make_staff(make_section()), 5)[1]
    assert "in the future" in enter(client, clerk, 5, served_on="2026-11-25")[1]
    late = make_staff(section, since=date(2026, 11, 24))
    assert enter(client, late, 5)[0] == 303
    assert "belonged to no section" in enter(client, late, 5, served_on="2026-11-23")[1]
    assert "There is no staff member with this number" in enter(client, clerk, 5, number="X")[1]
    assert list(stored()) == ["2026-11-24"]


def test_two_sections_on_one_day_are_said_to_be_the_rosters_fault(
    clerk: Staff, section: Section
) -> None:
    make_posting(clerk, make_section(section.organ), started_on=date(2026, 11, 1))
    [problem] = plan_entries(SYSTEM, [NumberEntry(TODAY, clerk.number, 5)], on=TODAY).problems
    assert "two sections" in problem.message


def test_all_numbers_of_a_list_are_entered_or_none_and_twice_changes_nothing(
    clerk: Staff, section: Section
) -> None:
    yesterday = date(2026, 11, 23)
    entries = [NumberEntry(TODAY, clerk.number, 5, 2), NumberEntry(yesterday, clerk.number, 7, 3)]
    wrong = [*entries, NumberEntry(TODAY, clerk.number, 6, 4), NumberEntry(TODAY, "none", 6, 5)]
    with pytest.raises(NumbersRefused) as caught, unit_of_work(SYSTEM) as unit:
        enter_services(unit, wrong, on=TODAY)
    assert [(one.row, one.value) for one in caught.value.problems] == [
        (4, clerk.number),
        (5, "none"),
    ]
    assert stored() == {}
    for changes in (2, 0):
        with unit_of_work(SYSTEM) as unit:
            assert len(enter_services(unit, entries, on=TODAY).changes) == changes
    assert stored() == {"2026-11-24": (5, None), "2026-11-23": (7, None)}


def test_what_was_shown_is_entered_or_nothing(clerk: Staff, section: Section) -> None:
    mine = [NumberEntry(TODAY, clerk.number, 5)]
    shown = plan_entries(SYSTEM, mine, on=TODAY).changes
    with unit_of_work(SYSTEM) as unit:
        enter_services(unit, [NumberEntry(TODAY, clerk.number, 9)], on=TODAY)
    with pytest.raises(ChangedMeanwhile), unit_of_work(SYSTEM) as unit:
        enter_services(unit, mine, on=TODAY, shown=shown)
    assert stored() == {"2026-11-24": (9, None)}


def test_hands_are_persons_by_the_rule_of_the_second_person(app: Flask) -> None:
    """Accounts share a hand exactly where nobody could be the second person after the other."""
    one, two = make_staff(name="张三"), make_staff(name="张三")
    users = [
        make_user(staff_id=one.id, display_name="张三"),
        make_user(Role.COUNTER, staff_id=one.id, display_name="张三（大厅）"),
        make_user(staff_id=two.id, display_name="张三"),
        make_user(display_name="张 三"),
        make_user(display_name="李四"),
        make_user(display_name="李四"),
        make_user(display_name="王五"),
    ]
    hands = hands_of([user.id for user in users] + [0])
    assert hands[0] == {("account", 0)}
    same = {
        user.id: set(db.session.scalars(select(User.id).where(may_be(user.actor))))
        for user in users
    }

    def behind(user: User) -> list[User]:
        own = [each for each in users if user.staff_id and each.staff_id == user.staff_id]
        return own or [user]

    for user in users:
        for other in users:
            may = any(b.id in same[a.id] for a in behind(user) for b in behind(other))
            assert bool(hands[user.id] & hands[other.id]) == may, (user.id, other.id)


def test_a_long_list_asks_no_more_than_a_short_one(clerk: Staff, section: Section) -> None:
    people = [clerk, *(make_staff(section) for _ in range(3))]
    actor = make_user(Role.SUPERVISOR).actor
    asked = []
    for some in (people[:1], people[:2], people):  # The first one reads the calendar, too.
        rows = enumerate((person.number for person in some), start=2)
        entries = [NumberEntry(TODAY, number, 9, row) for row, number in rows]
        events = [ServiceEvent(TODAY, (person.number,), event_no="A1") for person in some]
        with noted_statements() as sent:
            assert len(plan_entries(actor, entries, on=TODAY).changes) == len(some)
            Check(actor, events, TODAY).problems()
        asked.append(len(sent))
    assert asked[1] == asked[2]
