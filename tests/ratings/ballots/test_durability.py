"""Ballots under stress: a real server with several processes, many hands, and a sudden end."""

import http.client
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.pages import today
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import Intake
from evalsys.ratings.ballots.queries import get_ticket
from evalsys.ratings.ballots.rules import kept_reference, print_reference, ticket_hash, ticket_tag
from evalsys.ratings.tickets.ceilings.limits import CEILING
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.service import issue_tickets
from tests.factories import make_event, make_policy, make_section, make_staff, with_limits
from tests.ratings.intake import waiting
from tests.servers import Server, serve, settings_of

HANDS = 8
KEY = b"kept by a phone!"
PHONE, BROWSER, ADDRESS = "13855501321", "MicroMessenger/8.0.49", "203.0.113.77"
REFUSED = (ConnectionError, http.client.HTTPException, TimeoutError)


@dataclass(frozen=True)
class Answer:
    """What a server said to a request."""

    status: int
    page: str


def issue(number: int) -> list[str]:
    """Issue tickets for a member, many for several, and return their codes."""
    make_policy(with_limits({CEILING: 1000}))
    section = make_section()
    people = [make_staff(section) for _ in range(1 + number // 1000)]
    day = today() - timedelta(days=1)
    events = [make_event(day, people[nth % len(people)].number) for nth in range(number)]
    with unit_of_work(SYSTEM) as unit:
        return [one.code for one in issue_tickets(unit, events, on=today())]


def hand_of(code: str) -> str:
    """What the form gave the phone to keep when it was opened."""
    return f"{ticket_hash(read_code(code)).hex()}.{KEY.hex()}"


def ask(server: Server, method: str, path: str, code: str, body: str = "") -> Answer:
    """Send what a phone sends."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"ticket={code}; hand={hand_of(code)}" if code else "",
        "User-Agent": BROWSER,
        "X-Forwarded-For": ADDRESS,
    }
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())
    finally:
        connection.close()


def rate(server: Server, code: str, *levels: int, **words: str) -> Answer:
    """Hand a ballot in, as a browser does."""
    fields = {"code": code, **dict(zip(DIMENSIONS, levels, strict=True)), **words}
    return ask(server, "POST", "/r", code, urlencode(fields))


def intake() -> dict[bytes, tuple[int | None, ...]]:
    """The ballots that wait, by what marks their ticket."""
    db.session.rollback()
    rows = waiting()
    found = {row.tag: row.levels for row in rows}
    assert len(found) == len(rows)
    return found


def levels_of(nth: int) -> tuple[int, int, int, int]:
    """Four levels that differ from one ballot to the next, none of them low."""
    return 3 + nth % 3, 3 + nth // 3 % 3, 3 + nth // 9 % 3, 3 + nth // 27 % 3


def open_form(server: Server, code: str) -> str:
    """Open the form as a phone does, and return the key that it gets."""
    page = ask(server, "POST", "/r", "", urlencode({"code": code})).page
    found = re.search(r'name="key" value="(\w+)"', page)
    assert found
    return found[1]


def test_fifty_posts_of_one_phone_at_once_leave_one_ballot_and_the_same_thanks(app: Flask) -> None:
    """Double clicks and many tabs of the first rating: the phone knows no reference yet."""
    code = issue(1)[0]
    ticket = get_ticket(read_code(code))
    together = threading.Barrier(50)

    def post(server: Server, nth: int) -> tuple[Answer, Answer]:
        together.wait()
        said = rate(server, code, *levels_of(nth), comment=f"{nth}")
        return said, ask(server, "GET", "/r/thanks", code)

    with serve(settings_of(app)) as server, ThreadPoolExecutor(50) as hands:
        answers = list(hands.map(post, [server] * 50, range(50)))
    assert {said.status for said, _ in answers} == {303}
    thanks = {page for _, page in answers}
    assert len(thanks) == 1, "everybody sees the same page"
    assert thanks.pop().status == 200
    reference = kept_reference(KEY, ticket.hash, ticket.served[0].number)
    assert print_reference(reference) in answers[0][1].page
    found = intake()
    assert list(found) == [ticket_tag(ticket.secret)]
    [row] = waiting()
    assert row.levels == levels_of(int(row.comment or "")), "the row is one whole ballot"
    assert row.replaced == 49


def test_fifty_clicks_of_a_phone_without_cookies_are_one_rating(app: Flask) -> None:
    code = issue(1)[0]

    def post(server: Server, nth: int) -> Answer:
        fields = {"code": code, "key": key, "attitude": 1, "contact": PHONE}
        return ask(server, "POST", "/r", "", urlencode(fields))

    with serve(settings_of(app)) as server, ThreadPoolExecutor(50) as hands:
        key = open_form(server, code)
        answers = set(hands.map(post, [server] * 50, range(50)))
    assert {answer.status for answer in answers} == {200}
    assert len(answers) == 1
    assert len(intake()) == 1
    assert db.session.scalars(select(Intake.replaced)).all() == [0]


def test_of_fifty_phones_at_once_one_rates_and_the_others_are_asked(app: Flask) -> None:
    code = issue(1)[0]

    def post(server: Server, nth: int) -> Answer:
        fields = {"code": code, **dict(zip(DIMENSIONS, levels_of(nth), strict=True))}
        return ask(server, "POST", "/r", "", urlencode(fields))

    with serve(settings_of(app)) as server, ThreadPoolExecutor(50) as hands:
        answers = list(hands.map(post, [server] * 50, range(50)))
    assert sorted(answer.status for answer in answers) == [200] + [422] * 49
    first = next(nth for nth, answer in enumerate(answers) if answer.status == 200)
    assert list(intake().values()) == [levels_of(first)]


def test_a_killed_server_has_lost_nothing_that_it_acknowledged(app: Flask) -> None:
    """Many hands rate without a pause; in their midst every process of the server is killed."""
    codes = issue(1500)
    hand_in = Stream(codes)
    with serve(settings_of(app)) as server:
        killer = threading.Thread(target=hand_in.after, args=(150, server.kill))
        killer.start()
        hand_in.run(server)
        killer.join()
        assert server.process.poll() is not None
    acknowledged = hand_in.acknowledged
    assert 150 <= len(acknowledged) < len(codes), "it was killed in the midst"
    sent = {ticket_tag(read_code(code)): levels_of(nth) for nth, code in enumerate(codes)}
    found = intake()
    assert {hashed: found.get(hashed) for hashed in acknowledged} == acknowledged
    assert found == {hashed: sent[hashed] for hashed in found}, "no ballot is there by half"
    with serve(settings_of(app)) as server:
        assert rate(server, codes[-1], 5, 5, 5, 5).status == 303
        again = Stream(codes)
        again.run(server, limit=200)
    assert len(again.acknowledged) == 200, "what was interrupted is simply sent again"
    last = ticket_tag(read_code(codes[-1]))
    assert intake().keys() == found.keys() | again.acknowledged.keys() | {last}


class Stream:
    """Several hands that hand ballots in, one after the other, until the server is gone."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = codes
        self.acknowledged: dict[bytes, tuple[int, ...]] = {}
        self._reached = threading.Condition()

    def run(self, server: Server, limit: int | None = None) -> None:
        todo = list(enumerate(self.codes[:limit]))
        with ThreadPoolExecutor(HANDS) as hands:
            list(
                hands.map(self._rate_all, [server] * HANDS, [todo[n::HANDS] for n in range(HANDS)])
            )

    def after(self, number: int, then: Callable[[], None]) -> None:
        """Do something as soon as so many ballots are acknowledged."""
        with self._reached:
            self._reached.wait_for(lambda: len(self.acknowledged) >= number, timeout=120)
        then()

    def _rate_all(self, server: Server, todo: Sequence[tuple[int, str]]) -> None:
        for nth, code in todo:
            try:
                status = rate(server, code, *levels_of(nth)).status
            except REFUSED:
                return
            assert status == 303
            with self._reached:
                self.acknowledged[ticket_tag(read_code(code))] = levels_of(nth)
                self._reached.notify_all()


def test_the_log_of_the_rating_pages_knows_neither_ticket_nor_visitor(
    app: Flask, tmp_path: Path
) -> None:
    code, wrong = issue(1)[0], "0" * 27
    log = tmp_path / "server.log"
    ticket = get_ticket(read_code(code))
    with serve(settings_of(app), log=log) as server:
        for path in (f"/r/{code}", f"/r?code={code}", "/r", "/r/thanks", f"/r/{code}/nothing"):
            ask(server, "GET", path, code)
        fields = {"code": code, "attitude": 1, "reasons": 1, "comment": "王科长", "contact": PHONE}
        for body in (fields, {**fields, "attitude": 9}, {**fields, "code": wrong}):
            ask(server, "POST", "/r", code, urlencode(body))
        reference = waiting()[0].reference
        ask(server, "POST", "/check", code, urlencode({"reference": reference}))
    words = log.read_text()
    assert "/r" not in re.findall(r'"route": "(.*?)"', words), "it is counted by the hour"
    secrets = (code, wrong, ticket.hash.hex(), ticket.secret.hex(), reference, PHONE, "王科长")
    people = (BROWSER, ADDRESS, "127.0.0.1", ticket.served[0].number)
    assert [secret for secret in (*secrets, *people) if secret in words] == []
