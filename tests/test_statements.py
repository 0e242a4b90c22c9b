"""How many questions a page asks the database: every page, as everybody who may read it.

The demo city has something of everything, so that a page which asks once for each row is found.
What a page writes, the trace of a look and the heartbeat of a session, does not count.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import exists, select

from evalsys.core.audit import unit_of_work
from evalsys.core.database import BareConnection
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.service import start_session
from evalsys.ratings.ballots.models import EXCLUDES, Exclusion, ExclusionReason, Rating
from evalsys.results.closing.late import ask_to_leave
from tests.applications import another_database, make_app, noted_statements
from tests.browser.city import City, Site, fill, user_of
from tests.browser.test_every_page import VISITORS, addresses
from tests.demo.city import NOW, demo_city
from tests.factories import save

MOST = 12  # questions of a page
WRITE = re.compile(r"INSERT|UPDATE|DELETE")


@pytest.fixture(scope="module")
def site(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The city of the browser tests, in a database of its own and without a server."""
    folder: Path = tmp_path_factory.mktemp("city")
    app = make_app(another_database(migrated, folder, "statements"), folder)
    with app.app_context(), time_machine.travel(NOW, tick=False):
        site = Site("", app, fill(demo_city()))
        _set_aside_late(site.city)
        yield site
        db.session.remove()
        db.engine.dispose()


def _set_aside_late(city: City) -> None:
    """Set a rating of each closed quarter aside after its closing; ask to leave one as it is."""
    whole = select(Rating).where(~exists().where(EXCLUDES)).limit(1)
    for code in city.closed:
        rating = db.session.scalars(whole.where(Rating.base_period == code)).one()
        save(
            Exclusion(
                staff_id=rating.staff_id,
                ballot_id=rating.ballot_id,
                reason=ExclusionReason.MISTAKEN,
                grounds="系统停机",
                decided_on=NOW.date(),
            )
        )
    ask_to_leave(user_of(city.accounts[Role.HR].name).actor, city.closed[1], "影响很小", now=NOW)


@pytest.fixture
def sent(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement, those over a bare connection too."""
    run = BareConnection._run  # noqa: SLF001  # Both of its methods go through it.
    with noted_statements() as noted:

        def noting(self: BareConnection, statement: Any, values: Any) -> Any:
            noted.append(str(statement))
            return run(self, statement, values)

        monkeypatch.setattr(BareConnection, "_run", noting)
        yield noted


@pytest.mark.parametrize("role", VISITORS)
def test_no_page_asks_more_than_twelve_questions(
    site: Site, sent: list[str], role: Role | None
) -> None:
    client = site.app.test_client()
    if role:
        user = user_of(site.city.accounts[role].name)
        with unit_of_work(user.actor) as unit:
            token = start_session(unit, user, now=NOW)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
    many, seen = {}, 0
    for path in list(addresses(site, role)):
        for _look in range(2):  # The first look at a case is written down.
            db.session.remove()  # As between two requests of a server.
            sent.clear()
            with client.get(path) as answer:
                seen += answer.status_code == HTTPStatus.OK and answer.mimetype == "text/html"
            asked = sum(not WRITE.match(words) for words in sent)
            if asked > MOST:
                many[path] = asked
    assert not many
    assert seen >= (40 if role else 16)
