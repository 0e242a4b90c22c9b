"""The board of the pool with many people in it: counts are true, and every card can be reached."""

import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.personnel.pool.board import COLUMNS, FIRST
from evalsys.personnel.pool.rules.returns import RETURN
from evalsys.personnel.pool.rules.stays import POOL
from evalsys.personnel.pool.views import PER_PAGE
from tests.factories import make_case, make_section, make_staff
from tests.world import NOW, Place, World, make_world

MANY = 2 * PER_PAGE + 1
CARD = re.compile(r'<article class="item">.*?/cases/(\d+)"', re.DOTALL)
HEAD = re.compile(r'<h2 id="col[^"]*"><span>([^<]+)</span><span>(\d+)</span>')


@pytest.fixture
def world(app: object) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.fixture
def hall(world: World) -> Section:
    """A section with many people in training, and some being assessed."""
    section = make_section(organ=world.corners[Place.OWN].section.organ, name="不动产科")
    for number in range(MANY + FIRST):
        state = "in_training" if number < MANY else "assessing"
        make_case("pool", section=section, staff=make_staff(section), state=state)
    return section


@pytest.fixture
def office(world: World, sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    client = sign_in(world.users[Role.HR])
    client.set_cookie("lang", "en")
    return client


def cards(page: str) -> list[int]:
    """The cases whose cards a page shows, in their order."""
    return [int(number) for number in CARD.findall(page)]


def test_every_open_state_stands_in_one_column() -> None:
    for kind, machine in (("return", RETURN), ("pool", POOL)):
        shown = [state for each in COLUMNS if each.kind == kind for state in each.states]
        assert sorted(shown) == sorted(set(machine.states) - machine.finals)


def test_a_column_shows_its_oldest_cases_and_counts_all(office: FlaskClient, hall: Section) -> None:
    page = office.get("/pool").text
    stays = select(Subject.id).where(Subject.kind == "pool").order_by(Subject.opened_at, Subject.id)
    training = db.session.scalars(stays.where(Subject.state == "in_training")).all()
    assert dict(HEAD.findall(page)) | {
        "Handover and training": str(len(training)),
        "Assessment": str(FIRST),
    } == dict(HEAD.findall(page))
    shown = cards(page)
    assert [one for one in shown if one in training] == list(training[:FIRST])
    open_ones = db.session.scalar(
        select(func.count()).where(
            Subject.kind.in_(("return", "pool")), Subject.closed_at.is_(None)
        )
    )
    assert f"{open_ones} open cases" in page
    assert page.count("Show all") == 1  # The column that is not cut leads nowhere.


def test_all_of_a_column_are_read_page_by_page_with_the_filter(
    office: FlaskClient, hall: Section
) -> None:
    board = office.get(f"/pool?section={hall.code}&which=mine").text
    found = re.search(r'href="(/pool[^"]+)">Show all (\d+)<', board)
    assert found is None or int(found[2]) > FIRST
    board = office.get(f"/pool?section={hall.code}").text
    found = re.search(r'href="(/pool[^"]+)">Show all (\d+)<', board)
    assert found
    assert int(found[2]) == MANY
    path = found[1].replace("&amp;", "&")
    assert f"section={hall.code}" in path
    seen: list[int] = []
    for number in (1, 2, 3):
        page = office.get(f"{path}&page={number}").text
        assert f"of {MANY}" in page
        assert f"{MANY} open cases" in page
        assert f"section={hall.code}" in re.findall(r'href="(/pool[^"]*page=[^"]*)"', page)[0]
        seen += cards(page)
    assert len(seen) == len(set(seen)) == MANY
    assert cards(office.get(f"{path}&page=4").text) == cards(page), "the nearest page"


def test_the_page_is_as_large_for_many_as_for_few(office: FlaskClient, hall: Section) -> None:
    few = office.get("/pool")
    for _number in range(FIRST):
        make_case("pool", section=hall, staff=make_staff(hall), state="in_training")
    many = office.get("/pool")
    assert len(cards(many.text)) == len(cards(few.text)) <= FIRST * len(COLUMNS)
    assert abs(len(many.data) - len(few.data)) < 10


@pytest.mark.parametrize("query", ["column=nowhere", "column=", "page=7", "column=talk"])
def test_an_address_that_names_nothing_is_still_a_board(office: FlaskClient, query: str) -> None:
    assert office.get(f"/pool?{query}").status_code == 200
