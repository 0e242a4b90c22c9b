"""The migrations of this version, and the one of the database.

Read without Alembic, which web servers would otherwise import for the health check.
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

    There are no branches and file names start with the revision, as a test checks.
    """
    return tuple(sorted(path.name.partition("_")[0] for path in SCRIPTS.glob("[0-9]*.py")))


def is_at_head() -> bool:
    """Return whether the database is at the newest migration of this version."""
    if not sa.inspect(db.session.connection()).has_table(TABLE.name):
        return False
    return db.session.scalars(sa.select(TABLE.c.version_num)).all() == [known_revisions()[-1]]
