"""Control characters come along when somebody pastes: no form and no filter fails on them.

PostgreSQL stores no NUL and SQLite any; what is stored is the same on both.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, Enum, String, Text, cast, func, select
from werkzeug.datastructures import MultiDict
from werkzeug.routing import BuildError

from evalsys.core.extensions import db, metadata
from evalsys.core.forms import storable
from evalsys.foundation.accounts.models import User
from tests.fuzz.requests import sign_in as token_of
from tests.fuzz.values import QUERIES
from tests.routes import routes, values_of
from tests.world import NOW, World, make_world

PLAIN, PASTED = "甲乙", "甲\x00乙\x07\x1b\x7f\x9f\xad\u200b\u202e\u2060\u2800\u3164\ufff9\U000e0041"
TYPED = {"text", "search", "password", "email", "tel"}
FILTERS = (*QUERIES, "which", "since", "until", "name", "number", "action", "light", "city", "year")
BROKEN = {HTTPStatus.NOT_FOUND, *range(500, 600)}


class Forms(HTMLParser):
    """The forms of a page that are posted: where to, and fields with what may stand in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, MultiDict[str, str]]] = []
        self._fields: MultiDict[str, str] | None = None
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = MultiDict()
            if given.get("method", "").lower() == "post":
                self.found.append((given.get("action", ""), self._fields))
        elif self._fields is None:
            return
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and self._select not in self._fields:
            if given.get("value"):
                self._fields.add(self._select, given["value"])
        elif given.get("name") and tag in {"input", "textarea", "button"}:
            self._enter(given, "text" if tag == "textarea" else given.get("type", "text"))

    def _enter(self, given: dict[str, str], kind: str) -> None:
        assert self._fields is not None
        value = given.get("value", "")
        if kind in TYPED and not given.get("inputmode"):
            value = PASTED
        if kind != "file" and given["name"] not in self._fields:
            self._fields.add(given["name"], value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "select":
            self._select = ""


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def pages(app: Flask, world: World) -> Iterator[tuple[str, User | None]]:
    """Every page, with who may open it: the officer of the whole city, or another role."""
    for route in routes(app):
        may: list[User | None] = [
            user
            for user in (world.city, *world.users.values())
            if route.action and user.actor.may(route.action)
        ]
        for path in route.addresses(world) if "GET" in route.methods else ():
            for user in may or [None]:
                yield path, user


def signed_in(app: Flask, user: User | None) -> FlaskClient:
    client = app.test_client()
    if user:
        token = token_of(user.id)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
    return client


def stored_controls() -> list[str]:
    """Columns of texts in which a control character was stored."""
    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, JSON | String) and not isinstance(column.type, Enum):
                sign = r"\u0007" if isinstance(column.type, JSON) else "\x07"
                query = select(func.count()).where(cast(column, Text).contains(sign))
                found += [str(column)] if db.session.scalar(query) else []
    return found


def test_what_is_pasted_into_any_form_is_stored_or_refused_at_its_field(
    app: Flask, world: World
) -> None:
    seen, broken = set(), []
    for path, user in pages(app, world):
        with signed_in(app, user).get(path) as page:
            forms = Forms(page.get_data(as_text=True)).found if page.mimetype == "text/html" else []
        for action, fields in forms:
            target = action or path
            key = urlsplit(target).path, *sorted(fields)
            if key in seen:
                continue
            seen.add(key)
            with signed_in(app, user).post(target, data=fields) as answer:
                if answer.status_code in BROKEN:
                    broken.append((target, answer.status_code, [*fields]))
    assert broken == []
    assert len(seen) > 40
    assert stored_controls() == []


def test_a_filter_with_what_was_pasted_finds_what_the_plain_one_finds(
    app: Flask, world: World
) -> None:
    broken, looked = [], set()
    for path, user in pages(app, world):
        if path in looked or "?" in path:
            continue
        looked.add(path)
        client, answers = signed_in(app, user), []
        for text in (PLAIN, PASTED):
            with client.get(f"{path}?{urlencode(dict.fromkeys(FILTERS, text))}") as answer:
                answers.append(answer.status_code)
        if answers[0] != answers[1]:
            broken.append((path, *answers))
    assert broken == []
    assert len(looked) > 100
    assert stored_controls() == []


def test_an_address_with_a_nul_is_none(app: Flask, world: World) -> None:
    client = signed_in(app, world.city)
    for route in routes(app):
        for name in route.arguments:
            values = {**values_of(route, world)[0], name: "a\x00b"}
            try:
                path = route.address(values)
            except (BuildError, ValueError):  # It takes numbers alone.
                continue
            for method in route.methods:
                with client.open(path, method=method) as answer:
                    assert answer.status_code < 500, path


@pytest.mark.parametrize(
    "reason", ["\xad", "\u3164\u2800", "\u200d", "\u200c \ufe0f", "\U000e0041\x85", " \u3000\t\r\n"]
)
def test_a_text_that_nobody_sees_is_none(reason: str) -> None:
    assert storable(reason) == ""


@pytest.mark.parametrize("text", ["甲\n乙\t丙", "葛\U000e0100城", "👩\u200d⚕\ufe0f", "a b", "é"])
def test_what_is_seen_stays_as_it_is(text: str) -> None:
    assert storable(text) == text
