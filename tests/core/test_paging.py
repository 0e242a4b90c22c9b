"""A page of a list that does not exist is the nearest one, on every list alike."""

import re
from collections.abc import Callable

import time_machine
from flask.testing import FlaskClient

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
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
