"""Who is asked to rate well is told to supervision: by section, and no small number."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from flask.testing import FlaskClient

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.ratings.counting.service import count_due
from tests.factories import make_organ, make_policy, make_section, make_staff, make_user
from tests.ratings.intake import DAY_AFTER, add_ballot, secrets_of

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[[User], FlaskClient]


def rated(section: Section, ballots: int, pressured: int) -> None:
    """Count ballots of which some say "I was asked to rate well"."""
    person = make_staff(section)
    for nth, secret in enumerate(secrets_of(ballots)):
        add_ballot(secret + section.code.encode(), person, pressured=nth < pressured)
    db.session.commit()
    count_due(SYSTEM, on=DAY_AFTER, force=True)


def lines(page: str) -> dict[str, list[str]]:
    """The rows of the table: name of the section -> what stands beside it."""
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    return {name: re.findall(r">([^<>]+)<", cells) for name, cells in rows}


@pytest.fixture
def clock() -> time_machine.travel:
    return time_machine.travel(datetime(2026, 9, 29, 2, tzinfo=UTC), tick=False)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.DISCIPLINE])
def test_supervision_sees_reports_by_section_and_a_task_from_the_threshold_on(
    sign_in: SignIn, role: Role, clock: time_machine.travel
) -> None:
    make_policy()
    organ = make_organ()
    much, some, none = (make_section(organ, name=name) for name in ("登记科", "勘验科", "档案科"))
    for section, pressured in ((much, 12), (some, 4), (none, 0)):
        rated(section, 20, pressured)
    with clock:
        client = sign_in(make_user(role))
        found = lines(client.get("/pressure").text)
        start = client.get("/").text
    assert next(iter(found)) == much.name, "what is marked comes first"
    assert found[much.name][1:3] == ["10+", "20+"], "a day more tells of no single ballot"
    assert found[some.name][1:] == found[none.name][1:], "four and none look alike"
    assert found[some.name][1] == "&lt;10"
    assert "Raters were asked to rate well" in start
    assert "1 section" in start


def test_no_task_below_the_threshold(sign_in: SignIn, clock: time_machine.travel) -> None:
    make_policy()
    rated(make_section(make_organ()), 20, 4)
    with clock:
        start = sign_in(make_user(Role.SUPERVISOR)).get("/").text
    assert "Raters were asked to rate well" not in start


@pytest.mark.parametrize("role", [Role.CHIEF, Role.LEADER, Role.HR, Role.STAFF])
def test_nobody_else_sees_them(sign_in: SignIn, role: Role) -> None:
    organ = make_organ()
    user = make_user(role, staff_id=make_staff(make_section(organ)).id)
    assert sign_in(user).get("/pressure").status_code == 404


def test_the_office_of_an_organ_sees_its_own_sections_only(
    sign_in: SignIn, clock: time_machine.travel
) -> None:
    make_policy()
    own, other = make_organ(), make_organ()
    for organ, name in ((own, "自己科"), (other, "别人科")):
        rated(make_section(organ, name=name), 20, 12)
    with clock:
        page = sign_in(make_user(Role.SUPERVISOR, organ_id=own.id)).get("/pressure").text
    assert list(lines(page)) == ["自己科"]
