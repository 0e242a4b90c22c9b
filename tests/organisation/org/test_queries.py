from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from evalsys.core.extensions import db
from evalsys.core.permissions import CITIZEN, SYSTEM, Actor, Role
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.org.queries import (
    find_posting,
    select_visible,
    staff_by_number,
    visible_to,
)
from tests.factories import (
    make_chief,
    make_leader,
    make_organ,
    make_posting,
    make_section,
    make_staff,
)

pytestmark = pytest.mark.usefixtures("app")

START, END = date(2026, 7, 1), date(2026, 9, 30)
BEFORE, AFTER = date(2026, 6, 30), date(2026, 10, 1)
MIDDLE = date(2026, 8, 15)


def seen(actor: Actor, start: date = START, end: date = END) -> set[int]:
    """Return the ids of the sections visible to an actor in a span of days."""
    return set(db.session.scalars(select_visible(actor, start, end)))


@pytest.fixture
def town() -> dict[str, Section]:
    """Two organs: the first with two sections, the second with one."""
    first, second = make_organ(), make_organ()
    return {
        "own": make_section(first),
        "sibling": make_section(first),
        "foreign": make_section(second),
    }


def ids(town: dict[str, Section], *names: str) -> set[int]:
    return {town[name].id for name in names}


@pytest.mark.parametrize("role", [Role.HR, Role.SUPERVISOR, Role.DISCIPLINE])
def test_offices_see_their_organ_or_without_one_everything(
    town: dict[str, Section], role: Role
) -> None:
    organ = town["own"].organ_id
    assert seen(Actor(role, 1, organ_id=organ)) == ids(town, "own", "sibling")
    assert seen(Actor(role, 1)) == ids(town, "own", "sibling", "foreign")


def test_a_leader_sees_the_sections_in_their_charge_or_a_whole_organ(
    town: dict[str, Section],
) -> None:
    leader = make_leader(town["own"])
    make_leader(town["foreign"], leader)
    assert seen(Actor(Role.LEADER, 1, staff_id=leader.id)) == ids(town, "own", "foreign")
    organ = Actor(Role.LEADER, 1, organ_id=town["own"].organ_id)
    assert seen(organ) == ids(town, "own", "sibling")
    assert seen(Actor(Role.LEADER, 1)) == set()


def test_a_chief_sees_the_sections_they_led_in_the_span(town: dict[str, Section]) -> None:
    chief = make_chief(town["own"], ended_on=MIDDLE)
    make_chief(town["sibling"], chief, started_on=date(2026, 8, 16))
    actor = Actor(Role.CHIEF, 1, staff_id=chief.id)
    assert seen(actor) == ids(town, "own", "sibling")
    assert seen(actor, START, MIDDLE) == ids(town, "own")
    assert seen(actor, AFTER, AFTER) == ids(town, "sibling")
    assert seen(Actor(Role.CHIEF, 1)) == set()
    both = Actor(Role.CHIEF, 1, staff_id=chief.id, section_id=town["foreign"].id)
    assert seen(both, AFTER, AFTER) == ids(town, "sibling", "foreign")


def test_a_chief_sees_the_section_that_the_account_names(town: dict[str, Section]) -> None:
    assert seen(Actor(Role.CHIEF, 1, section_id=town["own"].id)) == ids(town, "own")


@pytest.mark.parametrize(
    ("started_on", "ended_on", "sees"),
    [
        (date(2020, 1, 1), BEFORE, False),
        (date(2020, 1, 1), START, True),
        (END, None, True),
        (AFTER, None, False),
        (date(2020, 1, 1), None, True),
        (MIDDLE, MIDDLE, True),
    ],
)
def test_both_ends_of_a_span_count(
    town: dict[str, Section], started_on: date, ended_on: date | None, sees: bool
) -> None:
    chief = make_chief(town["own"], started_on=started_on, ended_on=ended_on)
    actor = Actor(Role.CHIEF, 1, staff_id=chief.id)
    assert seen(actor) == (ids(town, "own") if sees else set())


@pytest.mark.parametrize(
    "role", [Role.CITIZEN, Role.STAFF, Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR]
)
def test_everybody_else_sees_no_section(town: dict[str, Section], role: Role) -> None:
    chief = make_chief(town["own"])
    organ, section = town["own"].organ_id, town["own"].id
    assert seen(Actor(role, 1, chief.id, organ, section)) == set()
    assert seen(CITIZEN) == set()


def test_the_system_sees_everything(town: dict[str, Section]) -> None:
    assert seen(SYSTEM) == ids(town, "own", "sibling", "foreign")


def test_without_a_person_or_a_place_a_role_sees_everything_or_nothing(
    town: dict[str, Section],
) -> None:
    everywhere = {Role.HR, Role.SUPERVISOR, Role.DISCIPLINE, Role.SYSTEM}
    for role in Role:
        found = set(db.session.scalars(select(Section).where(visible_to(Actor(role), START, END))))
        assert found == (set(town.values()) if role in everywhere else set()), role


def test_who_belonged_where_on_a_day() -> None:
    old, new = make_section(), make_section()
    person = make_staff()
    make_posting(person, old, ended_on=MIDDLE)
    make_posting(person, new, started_on=date(2026, 8, 16))
    found = find_posting(person.id, MIDDLE)
    assert found is not None
    assert found.section_id == old.id
    assert find_posting(make_staff().id, MIDDLE) is None
    assert find_posting(person.id, date(2019, 12, 31)) is None


def test_people_are_found_by_number_and_unknown_numbers_left_out() -> None:
    person = make_staff()
    assert staff_by_number([person.number, "none"]) == {person.number: person}
    assert staff_by_number([]) == {}


def test_the_database_refuses_a_span_that_ends_before_it_starts() -> None:
    section, person = make_section(), make_staff()
    with pytest.raises(IntegrityError):
        make_posting(person, section, started_on=MIDDLE, ended_on=START)
    db.session.rollback()
    with pytest.raises(IntegrityError):
        make_chief(section, make_staff(), started_on=MIDDLE, ended_on=START)
    db.session.rollback()


def test_the_database_knows_each_number_and_code_once() -> None:
    person, section = make_staff(), make_section()
    with pytest.raises(IntegrityError):
        make_staff(number=person.number)
    db.session.rollback()
    with pytest.raises(IntegrityError):
        make_section(code=section.code)
    db.session.rollback()
    assert len(db.session.scalars(select(Staff)).all()) == 1
