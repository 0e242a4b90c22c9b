"""A page of a list that does not exist is the nearest one, on every list alike."""

import re
from collections.abc import Callable

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from evalsys.core.extensions import db
from evalsys.core.pages import SelectPages
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Organ
from tests.factories import make_organ
from tests.routes import addresses
from tests.world import NOW, make_world

SHOWN = re.compile(r'<nav class="pager".*?<span>(.*?)</span>', re.DOTALL)
ODD = ("9999", "0", "-1", "abc", "", "1.5", "9" * 30, "9" * 5000)
SOME = {"/accounts", "/archive", "/cases", "/jobs/", "/periods", "/ranking"}


def test_every_list_shows_the_nearest_page(sign_in: Callable[[User], FlaskClient]) -> None:
    seen = set()
    with time_machine.travel(NOW, tick=False):
        world = make_world()
        paths = [path for path in addresses(world) if "?" not in path]
        for role in (Role.HR, Role.SYSADMIN):
            client = sign_in(world.users[role])
            for path in paths:
                with client.get(path) as first:
                    is_page = first.mimetype == "text/html"
                    shown = SHOWN.findall(first.get_data(as_text=True)) if is_page else []
                for number in ODD if shown and path not in seen else ():
                    answer = client.get(path, query_string={"page": number}, follow_redirects=True)
                    assert answer.status_code == 200, (path, number)
                    assert SHOWN.findall(answer.text) == shown, (path, number)
                seen |= {path} if shown else set()
    assert seen >= SOME, SOME - seen


def test_rows_are_counted_only_where_a_page_does_not_tell_how_many_there_are(app: Flask) -> None:
    for _ in range(6):
        make_organ()
    asked = []
    with app.test_request_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        for number, per_page, items in [(1, 7, 6), (1, 6, 6), (2, 4, 2), (2, 3, 3), (9, 4, 2)]:
            page = SelectPages(number, per_page=per_page, select=select(Organ), session=db.session)
            assert (len(page.items), page.total) == (items, 6)
        assert sum("count(*)" in words for words in asked) == 3
        none = select(Organ).where(Organ.id < 0)
        empty = SelectPages(1, per_page=4, select=none, session=db.session)
        assert (empty.items, empty.total, empty.pages) == ([], 0, 0)
