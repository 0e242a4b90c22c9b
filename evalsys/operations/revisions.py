"""The migrations of this version, and that of the database.

Read without Alembic, which every web server would have to load to answer its watchdog.
"""

import functools
from pathlib import Path

import sqlalchemy as sa

from evalsys.core.extensions import db

SCRIPTS = Path(__file__).parents[2] / "migrations" / "versions"
TABLE = sa.table("alembic_version", sa.column("version_num"))


@functools.cache
def known_revisions() -> tuple[str, ...]:
    """Return the migrations of this version, the newest last.

    They are one line without branches, each file begins with its number: a test holds it.
    """
    return tuple(sorted(path.name.partition("_")[0] for path in SCRIPTS.glob("[0-9]*.py")))


def is_at_head() -> bool:
    """Say whether the database has exactly the migrations of this version."""
    if not sa.inspect(db.session.connection()).has_table(TABLE.name):
        return False
    return db.session.scalars(sa.select(TABLE.c.version_num)).all() == [known_revisions()[-1]]
