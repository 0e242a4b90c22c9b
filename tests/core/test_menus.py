"""Menus: visible entries per role, their order, and the current one."""

import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core.frame.menus import MenuEntry, add_entries, navigation
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_user
from tests.world import NOW, World, make_world

SignIn = Callable[[User], FlaskClient]
MOST = 8  # entries that a role can look over

LIGHTS = ["/lights", "/matters"]
FINDS = {
    Role.STAFF: ["/", "/me", "/cases", "/visits", "/tickets/colleagues"],
    Role.CHIEF: ["/", *LIGHTS, "/reform", "/sections", "/me", "/cases", "/visits"],
    Role.LEADER: ["/", *LIGHTS, "/reform", "/ranking", "/sections", "/me", "/cases"],
    Role.HR: [
        *("/", "/ranking", "/sections", "/cases", "/tickets", "/periods", "/comments", "/roster"),
    ],
    Role.COUNTER: ["/", "/me", "/cases", "/visits", "/tickets"],
    Role.SUPERVISOR: [
        *("/", *LIGHTS, "/reform", "/ranking", "/sections", "/pressure", "/handled"),
    ],
    Role.DISCIPLINE: ["/", *LIGHTS, "/pressure", "/cases"],
    Role.SYSADMIN: ["/", "/accounts", "/system"],
    Role.SECADMIN: ["/", "/accounts"],
    Role.AUDITOR: ["/", "/audit"],
}


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def menu_of(client: FlaskClient, path: str) -> dict[str, str]:
    """Each address in the menu of a page, with how it stands to the page."""
    nav = client.get(path).text.split('<nav class="app-nav"')[1].partition("</nav>")[0]
    return dict(re.findall(r'<a href="([^"]+)"(?: aria-current="(\w+)")?>', nav))


@pytest.mark.parametrize("role", FINDS)
def test_each_role_finds_its_pages_in_order(role: Role, world: World, sign_in: SignIn) -> None:
    found = menu_of(sign_in(world.users[role]), "/sign-ins")
    assert list(found) == FINDS[role]
    assert len(found) <= MOST
    assert set(found.values()) == {""}


def test_who_is_not_signed_in_has_no_menu(app: Flask) -> None:
    with app.test_request_context("/login"):
        assert navigation() == []


def test_the_menu_says_on_which_page_one_is_and_below_which(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.users[Role.HR])
    at = {path: here for path, here in menu_of(client, "/tickets").items() if here}
    assert at == {"/tickets": "page"}
    at = {path: here for path, here in menu_of(client, "/tickets/list").items() if here}
    assert at == {"/tickets": "true"}
    assert [path for path, here in menu_of(client, "/").items() if here] == ["/"]


@pytest.mark.parametrize(
    ("role", "path", "above"),
    [
        (Role.SUPERVISOR, "/hotline", "/matters"),
        (Role.SUPERVISOR, "/hotline/imports", "/matters"),
        (Role.SUPERVISOR, "/coordination", "/matters"),
        (Role.SUPERVISOR, "/visits", "/matters"),
        (Role.LEADER, "/hotline/league", "/matters"),
        (Role.CHIEF, "/visits", ""),  # It has an entry of its own.
        (Role.HR, "/visits", "/cases"),
        (Role.HR, "/ledgers", "/cases"),
    ],
)
def test_a_page_that_stands_beside_another_is_below_its_entry(
    role: Role, path: str, above: str, world: World, sign_in: SignIn
) -> None:
    answer = sign_in(world.users[role]).get(path)
    assert answer.status_code == 200
    at = {one: how for one, how in menu_of(sign_in(world.users[role]), path).items() if how}
    assert at == ({above: "true"} if above else {path: "page"})


def test_an_account_without_a_person_has_no_results_of_its_own(
    world: World, sign_in: SignIn
) -> None:
    assert "/me" not in menu_of(sign_in(make_user(Role.CHIEF)), "/sign-ins")


def test_an_entry_opens_with_the_right_that_its_page_asks_for(app: Flask) -> None:
    """The start page is everybody's: whoever signed in has the right of its entry."""
    entries: list[MenuEntry] = app.extensions["evalsys.menus"]
    wrong = {
        entry.endpoint
        for entry in entries
        if entry.action != getattr(app.view_functions[entry.endpoint], "action", Action.HOME_VIEW)
    }
    assert wrong == set()


def test_a_feature_brings_an_entry_between_two_others(
    app: Flask, world: World, sign_in: SignIn
) -> None:
    add_entries(app, MenuEntry(15, "accounts.sign_ins", "Toys", Action.HOME_VIEW))
    assert list(menu_of(sign_in(world.users[Role.HR]), "/"))[:3] == ["/", "/sign-ins", "/ranking"]
