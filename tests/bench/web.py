"""(a) The citizen's form and its submit, against a bare page and a bare durable insert."""

import statistics
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlencode

from evalsys.core.audit import unit_of_work
from evalsys.core.pages import today
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.tickets.ceilings.limits import CEILING
from evalsys.ratings.tickets.service import issue_tickets
from tests.bench import bare
from tests.bench.load import Load, send
from tests.factories import make_event, make_policy, make_section, make_staff, with_limits
from tests.servers import serve

ROUNDS, SECONDS, TICKETS = 3, 4.0, 8_000
ANSWERS = {"attitude": 5, "work_style": 4, "efficiency": 5, "competence": 3}
BALLOT = {**ANSWERS, "key": "5a" * 16}  # The phone's key: a code is used in several rounds.


def make_tickets() -> list[str]:
    """Issue tickets of a small city and return their codes."""
    numbers = [
        make_staff(section).number for section in (make_section() for _ in range(10)) for _ in "12"
    ]
    make_policy(with_limits({CEILING: 1000}))
    day = today() - timedelta(days=1)
    events = [make_event(day, numbers[n % len(numbers)]) for n in range(TICKETS)]
    with unit_of_work(SYSTEM) as unit:
        return [ticket.code for ticket in issue_tickets(unit, events, on=today())]


def measure(floor: str, settings: dict[str, str], codes: Sequence[str]) -> dict[str, Load]:
    """Return the median round of each: page, form, insert, submit, in turns.

    `floor` is the database of the bare insert: one of its own, of the same kind.
    """
    bare.make_table(floor)
    with serve(settings, is_prepared=False) as server:
        ours = server.port
        size = _form_size(ours, codes[0])
        floor_settings = {"BENCH_DATABASE": floor, "BENCH_PAGE_BYTES": str(size)}
        with serve(
            floor_settings, application="tests.bench.bare:app", is_prepared=False
        ) as bare_server:
            bare_port = bare_server.port
            plan = {
                "page": (bare_port, [get("/page")] * TICKETS * 4),
                "form": (ours, [get("/r", code) for code in codes]),
                "insert": (bare_port, [_post("/insert", ANSWERS)] * TICKETS * 2),
                "submit": (ours, [_post("/r", {**BALLOT, "code": c}, c) for c in codes]),
            }
            for port, requests in plan.values():
                send(port, requests[:400], SECONDS)  # Warm.
            rounds = [
                {name: send(port, requests, SECONDS) for name, (port, requests) in plan.items()}
                for _ in range(ROUNDS)
            ]
    return {name: _median([each[name] for each in rounds]) for name in plan}


def _median(loads: Sequence[Load]) -> Load:
    return Load(
        statistics.median(load.rate for load in loads),
        statistics.median(load.p99 for load in loads),
        sum(load.failed for load in loads),
    )


def _form_size(port: int, code: str) -> int:
    cookie = {"Cookie": f"ticket={code}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/r", headers=cookie)
    with urllib.request.urlopen(request) as answer:  # noqa: S310  # Our own server.
        return len(answer.read())


def get(path: str, code: str = "") -> bytes:
    """Return the bytes of a request, of a phone that holds a ticket."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: ticket={code}\r\n\r\n".encode()


def _post(path: str, fields: Mapping[str, object], code: str = "") -> bytes:
    body = urlencode(fields)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nCookie: ticket={code}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return f"{head}{body}".encode()
