"""`python -m tests.bench.city FOLDER`: make the large city as a SQLite file, to look at."""

import secrets
import sys
import time
from pathlib import Path

from sqlalchemy import update

from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.passwords import hash_password
from tests.bench.city.kept import SECRET, copy_of_city, opened
from tests.bench.city.maker import figures, user_of


def main() -> None:
    """Copy the city into a folder, give its accounts a password, and tell how to serve it."""
    folder, password = Path(sys.argv[1]), "-".join(secrets.token_hex(2) for _ in range(4))
    folder.mkdir(parents=True, exist_ok=True)
    uri = copy_of_city(folder, lambda said: say(f"{time.strftime('%H:%M:%S')} {said}"))
    with opened(uri, folder):
        with unaudited_unit():
            db.session.execute(update(User).values(password_hash=hash_password(password)))
        say(figures())
        names = ", ".join(f"{role} {user_of(role).name}" for role in (Role.HR, Role.LEADER))
        say(f"sign in with {password}: {names}, …")
    settings = {"SQLALCHEMY_DATABASE_URI": uri, "DATA_DIR": folder, "SECRET_KEY": f"'{SECRET}'"}
    say(" ".join(f"EVALSYS_{name}={value}" for name, value in settings.items()) + " flask run")


def say(words: str) -> None:
    """Print a line at once."""
    print(words, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
