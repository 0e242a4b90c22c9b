"""Somebody at a real server, without a browser: requests, cookies, the tokens of forms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from werkzeug.datastructures import MultiDict
from werkzeug.test import stream_encode_multipart

from evalsys.foundation.accounts.models import User
from tests.foundation.accounts.phones import Phone, give_password, set_up

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What the server said, with the names that the client of the suite has for it."""

    status_code: int
    headers: "Message[str, str]"
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def location(self) -> str:
        return str(self.headers["Location"])


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow nothing: the test wants to see where it leads."""


class Visitor:
    """Somebody who opens pages of a server of production and sends their forms."""

    def __init__(self, url: str) -> None:
        self.url, self._token = url, ""
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stay)
        self._opener.addheaders = [("Accept-Language", "en")]

    def get(self, path: str) -> Answer:
        return self._send(Request(self.url + path))  # noqa: S310  # Our own server.

    def post(self, path: str, data: Mapping[str, Any] | None = None) -> Answer:
        """Send a form with the token of the last page that had one."""
        if not self._token:
            self.get(path)
        values = MultiDict({"csrf_token": self._token, **(data or {})})
        body, length, boundary = stream_encode_multipart(values)
        head = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(length),
            "Origin": self.url,
        }
        return self._send(Request(self.url + path, body.read(), head))  # noqa: S310

    def sign_in(self, user: User) -> tuple[Phone, list[str]] | None:
        """Sign in with PASSWORD; set the second factor up where it is demanded.

        Return the phone and the recovery codes then.
        """
        self.get("/login")
        if give_password(self, user).startswith("/second-factor"):
            return set_up(self, datetime.now(UTC))
        return None

    def _send(self, request: Request) -> Answer:
        try:
            said: HTTPResponse | HTTPError = self._opener.open(request, timeout=120)
        except HTTPError as error:
            said = error
        with said:
            answer = Answer(said.status or 0, said.headers, said.read())
        if found := TOKEN.search(answer.data.decode(errors="replace")):
            self._token = found[1]
        return answer
