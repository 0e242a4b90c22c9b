"""A referral of a matter that was closed, or given to others, since its draft is not sent."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.rules.machine import NotReady
from evalsys.cases.engine.service import take_step
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.referrals.service import draft_by_hand
from tests.factories import make_user
from tests.supervision.office import NOW
from tests.supervision.referrals.office import REASONED, Referrals

SignIn = Callable[[User], FlaskClient]
CHECKED: dict[str, Any] = {"asked_on": "2026-02-12", "answer": "satisfied", "conclusion": "属实。"}
ANSWER: dict[str, Any] = {"result": "已补齐。", "reply": "已办结。"}
LACKS = "The matter is not closed"
ROUNDS = 8


@pytest.fixture(autouse=True)
def noon(app: Flask) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def answered(city: Referrals, matter: Subject) -> Subject:
    """The matter with an answer to be checked, and the draft of its referral."""
    city.take(city.handler, matter, "sign")
    case = draft_by_hand(city.second.actor, matter, now=NOW)
    city.take(city.handler, matter, "feed_back", **ANSWER)
    return case


def test_the_page_says_so_and_shows_the_way_out(sign_in: SignIn) -> None:
    city = Referrals()
    case = answered(city, city.matter)
    client = sign_in(make_user(Role.SUPERVISOR))
    page, path = f"/cases/{case.id}", f"/cases/{case.id}/step"
    assert f"{path}/send" in client.get(page).text
    city.take(city.office, city.matter, "close", **CHECKED)
    told = client.get(f"{page}?lang=en").text
    assert LACKS in told
    assert f"{path}/send" not in told
    assert f"{path}/withdraw" in told
    sent = client.post(f"{path}/send?lang=en", data=REASONED)
    assert sent.status_code == 422
    assert LACKS in sent.text
    db.session.refresh(case)
    assert case.state == "drafted"
    gone = client.post(f"{path}/withdraw", data={"reasons": "已经办结。"})
    assert gone.status_code == 303


def test_nor_is_one_that_another_section_has_meanwhile(sign_in: SignIn) -> None:
    city = Referrals()
    case = draft_by_hand(city.second.actor, city.matter, now=NOW)
    city.take(city.chief, city.matter, "refuse", reasons="不属本科。")
    page = sign_in(make_user(Role.SUPERVISOR)).get(f"/cases/{case.id}?lang=en").text
    assert "still has the matter" in page
    assert f"/cases/{case.id}/step/send" not in page
    with pytest.raises(NotReady):
        city.take(city.office, case, "send", **REASONED)
    assert city.take(city.office, case, "withdraw", reasons="改派。").state == "withdrawn"


def test_closing_and_sending_at_once_never_sends_what_is_closed(app: Flask) -> None:
    city = Referrals()
    matters = [city.assigned(reference=f"RX-{number}") for number in range(ROUNDS)]
    pairs = [(matter.id, answered(city, matter).id) for matter in matters]
    closer, sender = city.office, make_user(Role.SUPERVISOR).actor
    db.session.remove()
    ready = Barrier(2)

    def close(case_id: int) -> None:
        take_step(closer, case_id, "close", CHECKED, now=NOW)

    def send(case_id: int) -> None:
        take_step(sender, case_id, "send", REASONED, now=NOW)

    def work(step: Callable[[int], None], place: int) -> int:
        refused = 0
        with app.app_context():
            for pair in pairs:
                ready.wait(timeout=60)
                try:
                    step(pair[place])
                except NotReady:
                    refused += 1
                finally:
                    db.session.remove()
        return refused

    with ThreadPoolExecutor(2) as hands:
        asked = [hands.submit(work, close, 0), hands.submit(work, send, 1)]
        assert asked[0].result() == 0, "a matter is closed whatever is drafted"
        refused = asked[1].result()
    states = [db.session.get_one(Subject, case_id).state for _, case_id in pairs]
    assert states.count("drafted") == refused
    for matter_id, case_id in pairs:
        assert db.session.get_one(Subject, matter_id).state == "closed"
        steps = {(row.subject_id, row.name): row.id for row in db.session.scalars(select(CaseStep))}
        if (case_id, "send") in steps:
            assert steps[case_id, "send"] < steps[matter_id, "close"]
