"""The nginx configuration of the manual, in a real nginx before a real server."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from flask import Flask

from tests.databases import free_port
from tests.ratings.ballots.test_durability import issue, rate
from tests.servers import ROOT, Server, serve, settings_of

HALF = (
    b"POST /r HTTP/1.1\r\nHost: rate.example.gov.cn\r\nContent-Length: 900\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\ncode=AAAA"
)
MAIN = """\
daemon off;
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections 512; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""


def documented(folder: Path, port: int, behind: int) -> str:
    """Return the configuration of the manual, without TLS, with ports and folder of this test.

    It ends a body of which nothing comes sooner.
    """
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    lines = str(re.findall(r"```nginx\n(.*?)```", manual, re.DOTALL)[0])
    first, _, _ = lines.partition("server {                               # whoever")
    for was, now in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("/var/log/nginx/", f"{folder}/"),
        ("    http2 on;\n", ""),
        ("client_body_timeout 10s;", "client_body_timeout 1s;"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{behind}"),
    ):
        assert was in first
        first = first.replace(was, now)
    return first


def program() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise RuntimeError("the tests need nginx: install the package nginx-light")
    return found


@contextmanager
def nginx(folder: Path, behind: int) -> Iterator[Server]:
    """Start nginx before the server on a port, and stop it at last."""
    port, settings = free_port(), folder / "nginx.conf"
    settings.write_text(MAIN.format(folder=folder, server=documented(folder, port, behind)))
    with subprocess.Popen([program(), "-c", settings, "-p", folder]) as process:
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if not probe.connect_ex(("127.0.0.1", port)):
                        break
                time.sleep(0.1)
            yield Server(port, process)
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "nginx"
    folder.mkdir()
    return folder


def half_sent(stack: ExitStack, server: Server, number: int) -> list[socket.socket]:
    """Open connections that send half of a rating, and leave them open."""
    hands = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(number)]
    for hand in hands:
        stack.enter_context(hand)
        hand.settimeout(60)
        hand.sendall(HALF)
    return hands


def test_forty_half_sent_ratings_keep_nobody_waiting_and_are_ended(
    app: Flask, folder: Path
) -> None:
    code = issue(1)[0]
    with serve(settings_of(app)) as behind, nginx(folder, behind.port) as server, ExitStack() as s:
        hands = half_sent(s, server, 40)
        assert rate(server, code, 5, 5, 5, 5).status == 303
        assert [hand for hand in hands if not is_ended(hand)] == []


def test_what_a_citizen_opens_leaves_no_line_not_even_of_who_works_here(
    app: Flask, folder: Path
) -> None:
    code = issue(1)[0]
    opened = ["/r", f"/r/{code}", f"/R/{code}", f"/r%23{code}", "/r%EF%BC%83" + code, "/check"]
    with serve(settings_of(app)) as behind, nginx(folder, behind.port) as server:
        for path in (*opened, f"/r?code={code}", f"/rr/{code}", "/login"):
            sent = Request(server.url + path, headers={"Cookie": "session=x"})  # noqa: S310  # Our own server.
            with suppress(HTTPError), urlopen(sent) as answer:  # noqa: S310
                answer.read()
    lines = (folder / "access.log").read_text(encoding="utf-8").splitlines()
    assert {line.split('"')[1].split()[1] for line in lines} == {"/login"}


def is_ended(hand: socket.socket) -> bool:
    """Wait until the peer closes a connection. Raises TimeoutError."""
    try:
        answer = hand.recv(200)
    except ConnectionResetError:
        return True
    return answer == b"" or b"408" in answer


def test_without_a_proxy_forty_half_sent_ratings_leave_threads_for_others(app: Flask) -> None:
    codes = issue(8)
    with serve(settings_of(app)) as server, ExitStack() as stack:
        half_sent(stack, server, 40)
        assert {rate(server, code, 5, 5, 5, 5).status for code in codes} == {303}
