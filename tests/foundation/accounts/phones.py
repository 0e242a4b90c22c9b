"""A phone with an authenticator app, and sign-in with it through the pages."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyotp

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.passwords import hash_password
from tests.factories import make_user

PASSWORD = "lantern-orbit-vinegar"


class Browser(Protocol):
    """A client of the suite, or a visitor of a real server."""

    def get(self, path: str, /) -> Any: ...

    def post(self, path: str, /, data: dict[str, Any]) -> Any: ...


@dataclass
class Phone:
    """An authenticator app with a scanned secret."""

    secret: str

    def code(self, at: datetime, ahead: int = 0) -> str:
        """Return the code of the app at a time, or some steps of 30 seconds later."""
        return pyotp.TOTP(self.secret).at(at, ahead)


def make_known(role: Role = Role.HR, **values: object) -> User:
    """Create an account whose password is PASSWORD."""
    return make_user(role, password_hash=hash_password(PASSWORD), **values)


def give_password(client: Browser, user: User, path: str = "/login") -> str:
    """Sign in with the password; return the redirect."""
    answer = client.post(path, data={"name": user.name, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def set_up(client: Browser, now: datetime) -> tuple[Phone, list[str]]:
    """Set up the second factor; return the phone and the recovery codes."""
    page = client.get("/second-factor/set-up").text
    key = re.search(r'class="factor-key"[^>]*>([^<]+)<', page)
    offer = re.search(r'name="offer"[^>]*value="([^"]+)"', page)
    assert key
    assert offer
    phone = Phone(key[1].replace(" ", ""))
    answer = client.post("/second-factor/set-up", data={"offer": offer[1], "code": phone.code(now)})
    assert answer.status_code == 200, answer.text
    return phone, re.findall(r"<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</li>", answer.text)
