"""Requests that no browser sends: every route, role and method, with values that break programs.

Everything follows from a seed: the same seed sends the same requests to the same world.
"""

import contextlib
import io
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.routing import BuildError

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import ROLE_ACTIONS, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.service import start_session
from tests.fuzz.values import BYTES, FILES, HEADERS, QUERIES, TYPES, WORDS, Fields
from tests.routes import Route, routes, values_of
from tests.world import World

SIGN_IN_EVERY = 50  # requests
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
BROKEN = 500


@dataclass
class Fuzzer:
    """Sends requests to an application and keeps what broke it.

    `answers` counts the status codes; `faults` holds what ended with a 5xx, as method and view.
    """

    app: Flask
    world: World
    rng: random.Random
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app.config["PROPAGATE_EXCEPTIONS"] = False
        self.app.log_exception = self._note  # type: ignore[method-assign]
        self.routes = routes(self.app)
        self.values = {route.endpoint: values_of(route, self.world) for route in self.routes}
        users = {r: user.id for r, user in self.world.users.items() if r is not Role.CITIZEN}
        self.users = {**users, Role.SYSTEM: self.world.city.id}  # The officer of the whole city.
        self.tokens: dict[Role, str] = {}
        self.fields: dict[str, dict[str, list[str]]] = {}
        self._now = ""

    def run(self, number: int) -> None:
        """Send so many requests."""
        for nth in range(number):
            if nth % SIGN_IN_EVERY == 0:  # Some of the requests sign people out.
                self.tokens = {role: sign_in(user_id) for role, user_id in self.users.items()}
            self.send()

    def send(self) -> None:
        """Send one request, and note its answer."""
        route = self.rng.choice(self.routes)
        client, path = self._client(route), self._path(route)
        self._learn(route, client, path)
        methods = sorted(route.methods) if self._happens(0.9) else METHODS
        method = self.rng.choice(methods)
        self._now = f"{method} {route.endpoint}"
        answer = client.open(path, method=method, **self._body(route, method), **self._headers())
        answer.close()
        self.answers[answer.status_code] += 1
        if answer.status_code >= BROKEN:
            self.faults.append(f"{self._now}: {answer.status_code}")

    def _happens(self, probability: float) -> bool:
        return self.rng.random() < probability

    def _word(self, offered: Sequence[str] = ()) -> str:
        return self.rng.choice(offered if offered and self._happens(0.6) else WORDS)

    def _client(self, route: Route) -> FlaskClient:
        """Return a client of a role: mostly of one that may open the route."""
        roles = [Role.CITIZEN, *self.users]
        may = [r for r in self.users if r is Role.SYSTEM or route.action in ROLE_ACTIONS[r]]
        role = self.rng.choice(may if may and self._happens(0.7) else roles)
        client = self.app.test_client()
        if role is not Role.CITIZEN:
            with client.session_transaction() as cookie:
                cookie["_user_id"] = self.tokens[role]
        return client

    def _path(self, route: Route) -> str:
        """Return an address that exists, or one with a value that cannot be."""
        values = dict(self.rng.choice(self.values[route.endpoint]))
        path = route.address(values)
        if values and self._happens(0.2):
            values[self.rng.choice(sorted(values))] = self._word()
            with contextlib.suppress(BuildError, ValueError):
                path = route.address(values)
        if self._happens(0.3):
            pairs = [f"{self.rng.choice(QUERIES)}={quote(self._word(), safe='')}" for _ in "ab"]
            path += ("&" if "?" in path else "?") + "&".join(pairs)
        return path

    def _learn(self, route: Route, client: FlaskClient, path: str) -> None:
        """Learn the fields of a route, and what may stand in them, from the page that asks."""
        if route.endpoint not in self.fields and "GET" in route.methods:
            self._now = f"GET {route.endpoint} to learn its fields"
            answer = client.get(path)
            if answer.mimetype == "text/html":
                self.fields[route.endpoint] = Fields(answer.text).values
            answer.close()

    def _body(self, route: Route, method: str) -> dict[str, Any]:
        if method in {"GET", "HEAD", "OPTIONS"}:
            return {}
        if self._happens(0.05):
            return {"data": self.rng.choice(BYTES), "content_type": self.rng.choice(TYPES)}
        own = self.fields.get(route.endpoint) or {}
        every = {name: values for page in self.fields.values() for name, values in page.items()}
        known = own if own and self._happens(0.7) else every
        names = sorted(known)
        most = len(names) if known is own else min(len(names), 12)
        data: MultiDict[str, Any] = MultiDict()
        for name in self.rng.sample(names, k=self.rng.randint(most // 2, most)):
            data.add(name, self._word(known[name]))
        if self._happens(0.3):
            file = (io.BytesIO(self.rng.choice(BYTES)), self.rng.choice(FILES))
            data["file"] = file if self._happens(0.7) else self._word()
        return {"data": data}

    def _headers(self) -> dict[str, Any]:
        if self._happens(0.8):
            return {}
        name = self.rng.choice(sorted(HEADERS))
        return {"headers": {name: self.rng.choice(HEADERS[name])}}

    def _note(self, exc_info: Any) -> None:
        error, frame = exc_info[1], exc_info[2]
        while frame.tb_next:
            frame = frame.tb_next
        place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
        self.faults.append(f"{self._now}: {type(error).__name__} {error} at {place}"[:600])


def sign_in(user_id: int) -> str:
    """Return the token of a new session of an account."""
    db.session.rollback()
    user = db.session.get_one(User, user_id)
    with unit_of_work(user.actor) as unit:
        return start_session(unit, user, now=datetime.now(UTC))
