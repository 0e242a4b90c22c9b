"""What all logs hold of citizens, who stand before nginx, server and worker as the manual has them.

They open, type and send what people do, right and wrong, while all is well and while a table is
away; then every line is read that nginx, the web server, the application and the worker wrote.
"""

import http.client
import json
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy import text

from evalsys.core.extensions import db
from evalsys.organisation.policies.rules import DIMENSIONS
from tests import prepared, production
from tests.foundation.accounts.phones import make_known
from tests.operations.test_nginx import nginx
from tests.ratings.ballots.test_durability import hand_of, issue
from tests.ratings.intake import waiting
from tests.servers import ROOT, Server, serve, settings_of
from tests.visitors import Visitor

PHONE, WORDS = "13855501321", "王科长说话很难听"
BROWSER, HOME = "MicroMessenger/8.0.49", "127.0.0.77"  # Of the citizen; both are nobody else's.
FULL_TIME = re.compile(r"\d\d:\d\d:\d\d")


class Citizen:
    """A phone with its own client address."""

    def __init__(self, server: Server, code: str) -> None:
        self.server, self.code = server, code

    def ask(self, path: str, body: dict[str, str] | None = None, method: str = "") -> int:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.server.port, timeout=60, source_address=(HOME, 0)
        )
        headers = {
            "Cookie": f"ticket={self.code}; hand={hand_of(self.code)}",
            "User-Agent": BROWSER,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        method = method or ("GET" if body is None else "POST")
        with closing(connection):
            try:
                connection.request(method, path, urlencode(body or {}), headers)
                answer = connection.getresponse()
                answer.read()
            except OSError:
                return 0  # The server had enough of a body that is too long.
            return answer.status

    def send(self, words: bytes) -> None:
        """Send a malformed request and ignore the response."""
        address = ("127.0.0.1", self.server.port)
        with suppress(OSError), socket.create_connection(address, 2, (HOME, 0)) as hand:
            hand.sendall(words)
            hand.shutdown(socket.SHUT_WR)
            hand.recv(4096)


def do_everything(citizen: Citizen, reference: str) -> set[int]:
    """Send the requests of citizens; return the statuses of the responses."""
    code, ask = citizen.code, citizen.ask
    levels = dict.fromkeys(DIMENSIONS, "2")
    ballot = {"code": code, **levels, "reasons": "1", "comment": WORDS, "contact": PHONE}
    seen = [
        ask(path)
        for path in (
            *("/", "/results", "/formulas", "/r", "/R", "/check", "/static/citizen.css"),
            *("/static/rating.js", "/bootstrap/static/css/bootstrap.min.css", "/favicon.ico"),
            *("/apple-touch-icon.png", "/switch?lang=en&to=/r", f"/w/{code}", f"/s/{code}"),
            *(f"/r/{code}", f"/R/{code}", f"/r/{code}%0A", f"/r?ticket={code}", f"/r?code={code}"),
            *(
                f"/{code}",
                f"/r.{code}",
                f"/r{code}",
                f"/rate/{code}",
                f"//r/{code}",
                f"/./r/{code}",
            ),
            *(f"/check?reference={reference}", f"/check/{reference}", f"/r/{quote('评价')}{code}"),
            *(f"/r/{code}{'A' * 3000}", f"/r/{'A' * 9000}{code}", "/r/thanks"),
        )
    ]
    seen += [
        ask("/r", ballot),
        ask("/r/thanks"),
        ask("/r", ballot),
        ask("/r/taken", {"code": code}),
    ]
    seen += [ask("/check", {"reference": one}) for one in (reference, "ABCD-EFGH", code, PHONE)]
    seen += [ask("/r", {"code": "K7QM" * 7}), ask("/r", {**ballot, "attitude": "9"})]
    seen += [ask("/r", {**ballot, "comment": WORDS * 9000}), ask(f"/r/{code}", ballot)]
    seen += [ask("/r/forget", {"code": code}), ask(f"/r/{code}", method="DELETE")]
    citizen.send(f"GET /r/{code} HTTP/1.1\r\nHost: a b\r\n\r\n".encode())
    citizen.send(f"POST /r HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\ncode={code}".encode())
    citizen.send(f"GET /r/{code} HTTP/9.9\r\n\r\n".encode())
    citizen.send(f"code={code}&contact={PHONE}\r\n\r\n".encode())
    return set(seen)


@contextmanager
def table_away(name: str) -> Iterator[None]:
    """Rename a table for a while, so that queries fail with an error that quotes it."""
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {name} RENAME TO {name}_away"))
    yield
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {name}_away RENAME TO {name}"))


def reference_of_the_first() -> str:
    """The reference of the ballot that waits; a word of nobody's while there is none."""
    db.session.rollback()
    return next((one.reference for one in waiting()), "WXYZ-WXYZ")


@contextmanager
def working(app: Flask, log: Path) -> Iterator[None]:
    """Run the worker meanwhile."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "work"]
    with log.open("wb") as output:
        worker = prepared.Popen[bytes](
            command, cwd=ROOT, env=production.environment(app), stdout=output, stderr=output
        )
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(timeout=30)


@pytest.fixture
def logs(app: Flask, tmp_path: Path) -> dict[str, str]:
    """Return all logs: of nginx, the server with the application, and the worker."""
    app.config["SECRET_KEY"] = "no-trace-7RzW5bNc8LpYd4HsGfA6eU"
    folder = tmp_path / "nginx"
    folder.mkdir()
    web, worker = tmp_path / "web.log", tmp_path / "worker.log"
    codes = issue(3)
    settings = settings_of(app) | {"EVALSYS_PROXY_HOPS": "1", "WEB_WORKERS": "2"}
    with (
        working(app, worker),
        serve(settings, log=web) as behind,
        nginx(folder, behind.port) as server,
    ):
        for one in (server, behind):  # Through nginx, and past it.
            seen = do_everything(Citizen(one, codes[0]), reference_of_the_first())
            assert seen >= {200, 303, 404}
        reference = reference_of_the_first()
        for table in ("intake", "ticket"):
            with table_away(table):
                seen = do_everything(Citizen(server, codes[1]), reference)
            assert seen & {500, 503}, "it broke"
        Visitor(behind.url).sign_in(make_known())
        clerk = Visitor(server.url)
        assert [clerk.get(path).status_code for path in ("/login", "/login", "/r")] == [200] * 3
        behind.kill()
        assert 502 in do_everything(Citizen(server, codes[2]), "ABCD-EFGH")
    own_logs = {name: (folder / f"{name}.log").read_text() for name in ("access", "error")}
    return own_logs | {
        "web": web.read_text(),
        "worker": worker.read_text(),
        "codes": " ".join(codes),
    }


def test_no_line_anywhere_tells_who_opened_typed_or_sent_what_and_when(
    logs: dict[str, str],
) -> None:
    codes = logs.pop("codes").split()
    written = "\n".join(logs.values())
    references = [one.reference for one in waiting()]
    assert references
    for secret in (*codes, *(one.replace("-", "") for one in codes), *references, PHONE, WORDS):
        assert secret.lower() not in written.lower()
    assert HOME not in written
    assert BROWSER not in written
    assert "ABCD-EFGH" not in written
    assert logs["error"] == ""
    assert re.findall(r'"(\w+ \S+)', logs["access"]) == ["GET /login"], "who has a session"
    lines = [json.loads(line) for line in logs["web"].splitlines() if line.startswith("{")]
    assert [line["route"] for line in lines if line["message"] == "request"][-1] == "/login"
    of_citizens = [line for line in lines if line.get("route") not in {"/login", "/", "/healthz"}]
    assert of_citizens, "errors are written"
    assert [line for line in of_citizens if FULL_TIME.search(line["time"])] == []
    rest = [line for line in logs["web"].splitlines() if not line.startswith("{")]
    assert [line for line in rest if "[INFO]" not in line and line.strip()] == []
