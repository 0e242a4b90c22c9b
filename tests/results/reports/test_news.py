"""The start page in its order: what is due, what is new, what waits, each case once."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from evalsys.cases.engine.models import Notice, Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from tests.factories import make_user
from tests.supervision.coordination.office import Coordinations
from tests.supervision.office import NOW
from tests.supervision.referrals.office import REASONED, Referrals

SignIn = Callable[[User], FlaskClient]
ORDER = ["due", "new", "waiting"]


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def groups(page: str) -> dict[str, list[int]]:
    """The groups of a start page in their order, each with the cases of its lines."""
    found = {}
    for name, panel in re.findall(r'aria-labelledby="(\w+)"(.*?)</section>', page, re.DOTALL):
        if name in ORDER:
            found[name] = [int(case) for case in re.findall(r'href="/cases/(\d+)', panel)]
    assert list(found) == [name for name in ORDER if name in found]
    return found


def user_of(actor: Actor) -> User:
    return db.session.get_one(User, actor.user_id)


def tell(user: User, case: Subject, key: str, *, days: int = 0) -> None:
    at = NOW - timedelta(days=days)
    db.session.add(Notice(user_id=user.id, subject=case, key=key, topic="moved", at=at))
    db.session.commit()


def test_the_supervision_office_reads_what_is_due_what_is_new_and_what_waits(
    sign_in: SignIn,
) -> None:
    city = Referrals()
    late = city.taken_in(now=NOW - timedelta(days=9), reference="RX-1", title="逾期未受理")
    old = city.taken_in(reference="RX-2", title="待受理")
    came = city.taken_in(reference="RX-3", title="新来的")
    db.session.execute(delete(Notice))
    user = make_user(Role.SUPERVISOR, name="duty")
    for case, key in ((late, "a"), (came, "b"), (came, "c"), (city.matter, "d")):
        tell(user, case, key)
    client = sign_in(user)
    page = client.get("/?lang=en").text
    assert groups(page) == {
        "due": [late.id],
        "new": [city.matter.id, came.id],
        "waiting": [old.id],
    }
    assert "New since you looked last" in page
    new = page[page.index('id="new"') : page.index('id="waiting"')]
    assert "Accept the matter by" in new, "what is new and waits says until when"
    client.get(f"/cases/{came.id}")
    assert groups(client.get("/").text) == {
        "due": [late.id],
        "new": [city.matter.id],
        "waiting": [old.id, came.id],
    }


def test_the_discipline_organ_finds_a_new_referral(sign_in: SignIn) -> None:
    city = Referrals()
    case = city.sent()
    client = sign_in(city.watch)
    assert groups(client.get("/").text) == {"new": [case.id]}
    client.get(f"/cases/{case.id}")
    assert groups(client.get("/").text) == {"waiting": [case.id]}


def test_the_head_finds_what_was_fed_back(sign_in: SignIn) -> None:
    city = Coordinations()
    case = city.decided()
    task = city.reported(case)
    head = user_of(city.head)
    found = groups(sign_in(head).get("/").text)
    assert task.id in found["new"]
    assert task.id not in found.get("waiting", [])


def test_the_hotline_desk_finds_the_reply_to_a_ticket(sign_in: SignIn) -> None:
    city = Referrals()
    desk = make_user(Role.SUPERVISOR, name="desk")
    case = city.fed_back(reference="RX-9")
    client = sign_in(desk)
    page = client.get("/?lang=en").text
    assert groups(page) == {"new": [case.id]}
    assert "Check with the petitioner by" in page


def test_the_owner_of_a_ticket_finds_it_as_new(sign_in: SignIn) -> None:
    city = Referrals()
    case = city.assigned(reference="RX-9")
    client = sign_in(user_of(city.handler))
    assert case.id in groups(client.get("/").text)["new"]
    client.get(f"/cases/{case.id}")
    found = groups(client.get("/").text)
    assert case.id not in found.get("new", [])
    assert case.id in [*found.get("due", []), *found["waiting"]]


def test_more_than_five_are_counted_and_lead_to_the_messages(sign_in: SignIn) -> None:
    city = Referrals()
    user = make_user(Role.SUPERVISOR, name="duty")
    cases = [city.assigned(reference=f"RX-{n}", title=f"事项{n}") for n in range(8)]
    db.session.execute(delete(Notice))
    for n, case in enumerate(cases):
        tell(user, case, f"n{n}", days=n)
    page = sign_in(user).get("/?lang=en").text
    assert groups(page)["new"] == [case.id for case in cases[:5]]
    assert 'href="/?show=messages">and 3 more' in page


def test_what_is_not_with_somebody_any_more_is_not_new(sign_in: SignIn) -> None:
    city = Referrals()
    user = user_of(city.chief_beside)
    tell(user, city.matter, "gone")
    assert groups(sign_in(user).get("/").text) == {}
    assert db.session.scalar(select(func.count(Notice.id)).filter_by(user_id=user.id)) == 1


def test_the_groups_are_headings_and_their_lines_links(sign_in: SignIn) -> None:
    """Whoever has only a keyboard goes from heading to heading, and by tab from line to line."""
    city = Referrals()
    tell(make_user(Role.DISCIPLINE, name="two"), city.sent(), "x")
    page = sign_in(city.watch).get("/?lang=en").text
    assert re.search(r'<section class="panel[^"]*" aria-labelledby="new">.*?<h2 id="new">', page)
    assert re.search(r'<a class="btn[^>]*aria-label="Go to it: Confirm', page)
    assert REASONED["reasons"] not in page
